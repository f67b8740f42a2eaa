#!/usr/bin/env bash
# The exact sum does not depend on how MPI adds: its test gives one digest with Open MPI's own choice, with linear and with
# ring reductions.
set -u
test=$(dirname "$BIN")/tests/mpi/test_exact_sum
[ -x "$test" ] || { echo "no $test (make test builds it)"; exit 77; }
run() { mpirun -q -np 5 "$@" "$test"; }
run > own || exit 1
for algorithm in 1 4; do
  run --mca coll_tuned_use_dynamic_rules 1 --mca coll_tuned_allreduce_algorithm $algorithm > with || exit 1
  cmp own with || { echo "Allreduce algorithm $algorithm gives other bits"; exit 1; }
done
grep -q '^digest [0-9a-f]\{64\}$' own
