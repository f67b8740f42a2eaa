#!/usr/bin/env bash
# make test-arm: compiles for 64-bit Arm and runs unit and parity tests of what computes under an emulator, with NEON's
# kernels, those that leave the choice of kernels to the environment once more without, and fal_hpc --selftest on one
# rank. The compiler is the system's cross compiler; Arm's libraries are Debian packages that are fetched and unpacked
# into build/arm/root, so the system keeps its one architecture; MPI is MPICH, which needs no launcher for one rank. What
# cannot be had is skipped, by name and with the reason. The last line is "N passed, N failed, N skipped".
# Usage: scripts/test_arm.sh [LAYER/test_NAME | selftest ...]; without: base, io, data, nn, train, fed, query, parity and
# selftest.
set -u
cd "$(dirname "$0")/.."
unset CC MAKEFLAGS MFLAGS CFLAGS LDFLAGS FAL_KERNELS_ISA FAL_KERNELS_PAIRS
here=$PWD/build/arm
root=$here/root
triplet=aarch64-linux-gnu
libraries="libc6-dev libgcc-s1 libgomp1 libhdf5-dev libopenblas-pthread-dev libssl-dev zlib1g-dev librandom123-dev libcmocka-dev"
libraries+=" libarchive-dev libpng-dev libturbojpeg0-dev libmatio-dev libmpich-dev"
mkdir -p "$here"

nothing() { echo "skip  arm: $1"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }

# The compiler and the emulator: packages of this machine's own architecture.
tools() { command -v $triplet-gcc >/dev/null && command -v qemu-aarch64 >/dev/null; }
if ! tools && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  install="apt-get -q -y install --no-install-recommends gcc-$triplet qemu-user"
  $install >"$here/log" 2>&1 </dev/null || { apt-get -q update && $install; } >"$here/log" 2>&1 </dev/null
fi
tools || nothing "$triplet-gcc or qemu-aarch64 is not there (Debian: gcc-$triplet, qemu-user)"

# fetch: apt with a state of its own, which knows no installed package and only this architecture, finds the libraries with
# all that they need; nothing is installed, and no script of a package runs.
fetch() {
  rm -rf "$here/apt" "$root"
  mkdir -p "$here/apt/state/lists/partial" "$here/apt/cache/archives/partial" "$root"
  : >"$here/apt/status"
  local apt=(apt-get -q -y -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Debug::NoLocking=1
    -o Dir::State="$here/apt/state" -o Dir::State::status="$here/apt/status" -o Dir::Cache="$here/apt/cache" -o APT::Sandbox::User=root)
  "${apt[@]}" update || true # a source without this architecture is no reason to stop
  # shellcheck disable=SC2086
  "${apt[@]}" --no-install-recommends --download-only install $libraries || return
  local folder package
  for folder in bin sbin lib; do mkdir -p "$root/usr/$folder"; ln -s usr/$folder "$root/$folder"; done
  for package in "$here"/apt/cache/archives/*.deb; do dpkg -x "$package" "$root" || return; done
  rm -rf "$here/apt"
}
if [ "$(cat "$root/ready" 2>/dev/null)" != "$libraries" ]; then
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || nothing "apt-get and dpkg are not there to fetch Arm's libraries"
  fetch >"$here/log" 2>&1 </dev/null || nothing "Arm's libraries cannot be had: $(grep -m1 -E '^(E|dpkg[^:]*): ' "$here/log" || tail -n 1 "$here/log")"
  echo "$libraries" >"$root/ready"
fi

# The Makefile as it is, with the root's libraries. Where packages share a name, their scripts would choose; OpenBLAS by
# its own folder.
folder=usr/lib/$triplet
export PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_PATH=
export PKG_CONFIG_LIBDIR=$root/$folder/openblas-pthread/pkgconfig:$root/$folder/pkgconfig:$root/usr/share/pkgconfig
arm=(make --no-print-directory CC=$triplet-gcc MPI_CFLAGS="-I$root/usr/include/$triplet/mpich" MPI_LIBS=-lmpich MPI_NAME=MPICH
  CFLAGS="--sysroot=$root"
  LDFLAGS="--sysroot=$root -Wl,-rpath-link,$root/$folder -Wl,-rpath,/$folder/openblas-pthread")
objects=$("${arm[@]}" -s print-OBJ); objects=${objects#OBJ = }
names=("$@"); skipped=0
if [ ${#names[@]} -eq 0 ]; then
  for name in $("${arm[@]}" -s print-UNIT_TESTS print-PARITY_TESTS); do
    name=${name#"$objects/tests/"}
    case $name in
      io/test_sandbox) echo "skip  $name: limits of memory count the emulator's, too"; skipped=$((skipped + 1));;
      base/* | io/* | data/* | nn/* | train/* | fed/* | query/* | parity/*) names+=("$name");;
    esac
  done
  names+=(selftest)
fi
programs=(); plain=(); selftest=
for name in "${names[@]}"; do
  case $name in selftest) selftest=$objects/bin/fal_hpc;; *) programs+=("$name");; esac
  # What makes nets and does not choose their kernels itself, nor try all that there are.
  case $name in nn/test_gradient | nn/test_net | train/* | parity/test_layers | parity/test_nn) plain+=("$name");; esac
done
start=$SECONDS
# shellcheck disable=SC2086
"${arm[@]}" -j"$(env -u OMP_NUM_THREADS nproc)" "${programs[@]/#/$objects/tests/}" $selftest >"$here/log" 2>&1 ||
  { grep -m 20 -E 'error|undefined|No rule' "$here/log"; echo "FAIL  arm: it does not build"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
echo "built ${#names[@]} programs for $triplet in $((SECONDS - start)) s"

mkdir -p "$objects/bin"
export OPENBLAS_NUM_THREADS=1
emulator="qemu-aarch64 -L $root"
run() { # run NAME...: the last line counts
  [ $# -gt 0 ] || { echo "0 passed, 0 failed, 0 skipped"; return; }
  BIN=$objects/bin TESTS=$objects/tests FLAVOUR=release FAL_TEST_SLOW=${FAL_TEST_SLOW:-20} EMULATOR=$emulator tests/run.sh "$@" 2>&1
}
passed=0; failed=0
count() { # count LOG: adds what it says at the end
  local p= f s
  read -r p f s < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed\(, \([0-9]*\) skipped\)*.*/\1 \2 \4/p' "$1" | tail -n 1)
  [ -n "${p:-}" ] || { echo "arm: the tests did not end"; exit 1; }
  passed=$((passed + p)); failed=$((failed + f)); skipped=$((skipped + ${s:-0}))
}
(export FAL_KERNELS_ISA=blas; run "${plain[@]}" >"$here/log.blas") & # on a second core, if there is one
run "${programs[@]}" | tee "$here/log" | sed -u '$d'
wait
count "$here/log"; count "$here/log.blas"
[ ${#plain[@]} -eq 0 ] || { echo "without NEON:"; sed '$d' "$here/log.blas"; }
if [ -n "$selftest" ]; then
  timeout -k 5 3600 $emulator "$selftest" --selftest 2>&1 | tee "$here/log"
  count "$here/log"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
