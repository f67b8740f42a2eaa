#!/usr/bin/env bash
# The exact sum does not depend on how MPI adds: its test gives one digest with the library's own choice and with other
# algorithms, on ranks that have their cores (blocking sums of Open MPI) and on more.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
test=$(dirname "$BIN")/tests/mpi/test_exact_sum
[ -x "$test" ] || skip "no $test (make test builds it)"
other_sums >algorithms
[ -s algorithms ] || skip "no names of other algorithms for the MPI of $(command -v mpirun)"
for np in 2 5; do
  mpirun -np $np "$test" 2>said | grep ^digest >own
  grep -q '^digest [0-9a-f]\{64\}$' own || { cat own said; fail "no digest on $np ranks"; }
  while read -r algorithm; do
    # shellcheck disable=SC2086
    env $algorithm mpirun -np $np "$test" </dev/null 2>>said | grep ^digest >with
    cmp own with || { cat own with said; fail "$np ranks, $algorithm: other bits"; }
  done <algorithms
done
