#!/usr/bin/env bash
# make test-machines: what depends on kernels or BLAS, as other CPUs compute it. This one is made to be them: OpenBLAS takes
# another core's kernels (OPENBLAS_CORETYPE), ours another instruction set (FAL_KERNELS_ISA, FAL_KERNELS_PAIRS), and an
# emulator plays CPUs that lack instructions altogether. The last line is "N passed, N failed, N skipped".
# Usage: BIN=... TESTS=... scripts/test_machines.sh [VARIANT ...]; without names: all, e.g. blas-Haswell isa-avx2 cpu-Nehalem
set -u
cd "$(dirname "$0")/.."
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# Only this target needs the emulator.
if ! command -v qemu-x86_64 >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get -q -y install --no-install-recommends qemu-user >/dev/null 2>&1 </dev/null ||
    { apt-get -q update && apt-get -q -y install --no-install-recommends qemu-user; } >/dev/null 2>&1 </dev/null
fi
at_once=$(( $(env -u OMP_NUM_THREADS nproc) > 1 ? 2 : 1 ))

has() { # has FLAG...: this CPU has them all
  local flag
  for flag in "$@"; do grep -m1 '^flags' /proc/cpuinfo | grep -qw -- "$flag" || return 1; done
}

# Products of BLAS: every test that has one on its path. The Winograd kernels have none; their tests run by instruction
# set. k-means, GCN and the strategies choose by numbers that come from products.
products="nn/test_kernels nn/test_net nn/test_model nn/test_gradient nn/test_front_layers nn/test_tiny train/test_trainer fed/test_fed"
products+=" query/test_kmeans query/test_strategies query/test_copies"
for t in "$TESTS"/parity/test_*; do if [ -x "$t" ] && [ -f "$t" ]; then products+=" parity/$(basename "$t")"; fi; done
# Everything that computes, and what compares digests of one machine.
kernels=$products
for t in "$TESTS"/nn/test_*; do
  name=nn/$(basename "$t")
  if [ -x "$t" ] && [ -f "$t" ] && ! grep -qw "$name" <<<"$products"; then kernels+=" $name"; fi
done
programs="cli/fal_query_reference cli/hpc_digests cli/hpc_v010"
# An emulator takes about fifty times as long: one test of each kind, the plain kernels and BLAS of old CPUs.
emulated="nn/test_tiny nn/test_model query/test_strategies query/test_kmeans"

# Whole rounds take minutes without vector kernels: isa-blas has them, with the core that OpenBLAS takes itself.
# A variant: NAME, CPU flags that it needs (or -), variables between semicolons (or -), tests. OpenBLAS's cores by the
# instructions they use; those that this OpenBLAS was built without are skipped by name.
variants=()
core() { variants+=("blas-$1|$2|OPENBLAS_CORETYPE=$1;FAL_KERNELS_ISA=blas|${products/ parity\/test_fed/}"); }
core Prescott "pni"
core Core2 "pni ssse3"
core Nehalem "sse4_2"
core Barcelona "pni"
core Sandybridge "avx"
core Bulldozer "avx fma4"
core Haswell "avx2 fma"
core Zen "avx2 fma"
core SkylakeX "avx512f avx512bw avx512dq avx512vl"
core Cooperlake "avx512f avx512bw avx512dq avx512vl avx512_bf16"
core Sapphirerapids "avx512f avx512bw avx512dq avx512vl avx512_bf16 amx_bf16"
variants+=("isa-avx2|avx2 fma|FAL_KERNELS_ISA=avx2|$kernels $programs")
variants+=("isa-blas|-|FAL_KERNELS_ISA=blas|$products $programs")
variants+=("pairs-off|avx2 fma|FAL_KERNELS_PAIRS=0|nn/test_kernels nn/test_net nn/test_pairs")
variants+=("cpu-core2duo|-|EMULATOR=qemu-x86_64 -cpu core2duo|$emulated")
variants+=("cpu-Nehalem|-|EMULATOR=qemu-x86_64 -cpu Nehalem|$emulated")
variants+=("cpu-Haswell|-|EMULATOR=qemu-x86_64 -cpu Haswell|nn/test_tiny")

# Why a variant cannot run here; nothing if it can.
why_not() {
  local name=$1 flags=$2 variable=$3 said
  case $name in
    blas-*)
      [ -z "${OPENBLAS_CORETYPE:-}" ] || { echo "OPENBLAS_CORETYPE is set by the environment"; return; }
      # shellcheck disable=SC2086
      has $flags || { echo "this CPU lacks $flags"; return; }
      said=$(env "${variable%%;*}" OPENBLAS_VERBOSE=2 "$BIN/fal_query" --version 2>&1 | sed -n 's/^Core: //p' | tail -n 1)
      [ "${said,,}" = "$(tr '[:upper:]' '[:lower:]' <<<"${name#blas-}")" ] || echo "this OpenBLAS takes ${said:-no core} instead";;
    cpu-*)
      command -v qemu-x86_64 >/dev/null || { echo "qemu-x86_64 (Debian: qemu-user) is not there"; return; }
      [ "$(uname -m)" = x86_64 ] || echo "no x86-64 programs here";;
    *)
      # shellcheck disable=SC2086
      [ "$flags" = - ] || has $flags || echo "this CPU lacks $flags";;
  esac
}

run_variant() { # its log ends with the counts
  local name=$1 variables=$2 tests=$3
  local list
  IFS=';' read -ra list <<<"$variables"
  export "${list[@]}"
  # What OpenBLAS should take on this CPU is no matter to one that is played.
  case $name in cpu-*) unset OPENBLAS_CORETYPE; export FAL_TEST_SLOW=20;; esac
  # shellcheck disable=SC2086
  JOBS=1 tests/run.sh $tests >"$work/$name" 2>&1
}

wanted=("$@")
skipped=0
running=()
names=()
for row in "${variants[@]}"; do
  IFS='|' read -r name flags variable tests <<<"$row"
  if [ ${#wanted[@]} -gt 0 ] && ! printf '%s\n' "${wanted[@]}" | grep -qx -- "$name"; then continue; fi
  reason=$(why_not "$name" "$flags" "$variable")
  if [ -n "$reason" ]; then echo "skip  $name: $reason"; skipped=$((skipped + 1)); continue; fi
  if [ ${#running[@]} -ge $at_once ]; then wait "${running[0]}"; running=("${running[@]:1}"); fi
  (run_variant "$name" "$variable" "$tests") & running+=($!)
  names+=("$name")
done
wait

passed=0; failed=0
for name in "${names[@]:+${names[@]}}"; do
  last=$(tail -n 1 "$work/$name")
  read -r p f s < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' <<<"$last")
  if [ -z "${p:-}" ]; then p=0; f=1; s=0; fi
  if [ "$f" -gt 0 ]; then cat "$work/$name"; fi
  echo "$([ "$f" -gt 0 ] && echo FAIL || echo ok)    $name: $p passed, $f failed, $s skipped"
  passed=$((passed + p)); failed=$((failed + f)); skipped=$((skipped + s))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
