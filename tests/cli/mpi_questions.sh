# Questions start no MPI: they are answered where MPI cannot start, with a small stack, and once under mpirun.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
# What srun sets; Open MPI 4 without SLURM's PMI ends in MPI_Init here.
srun=(SLURM_JOBID=7 SLURM_JOB_ID=7 SLURM_STEP_ID=0 SLURM_STEPID=0 SLURM_STEP_NUM_TASKS=4 SLURM_NTASKS=4 SLURM_PROCID=0
  SLURM_LOCALID=0 SLURM_NODEID=0 SLURM_STEP_NODELIST=here SLURM_NODELIST=here SLURM_TASKS_PER_NODE=4)

answers() { # answers PROGRAM OPTION
  expect_exit 0 "$BIN/$1" "$2"
  expect_empty err; cp out expected
  [ -s expected ] || fail "$1 $2 says nothing"
  expect_exit 0 env -i "$BIN/$1" "$2"; cmp out expected || fail "$1 $2 in an empty environment"
  expect_exit 0 env "${srun[@]}" "$BIN/$1" "$2"; cmp out expected || fail "$1 $2 under srun"
  expect_exit 0 env PMI_FD=99 PMI_RANK=0 PMI_SIZE=2 "$BIN/$1" "$2"; cmp out expected || fail "$1 $2 with a dead PMI"
  expect_exit 0 env PMI_FD=99 PMI_RANK=1 PMI_SIZE=2 "$BIN/$1" "$2"; expect_empty out
  expect_exit 0 mpirun -np 3 "$BIN/$1" "$2"; cmp out expected || fail "$1 $2 under mpirun"
  case $FLAVOUR in release | debug) # sanitizers want more
    (ulimit -s 128; expect_exit 0 "$BIN/$1" "$2"; cmp out expected) || fail "$1 $2 with a stack of 128 KiB";;
  esac
}
FLAVOUR=${FLAVOUR:-release}
for option in --help --version --list-strategies --document-parameters; do answers fal_hpc $option; done
for option in --help --version; do answers fal_bench $option; done

# Where MPI is needed and does not start, one line of ours stands beside those of the library.
small_dataset small.h5
env "${srun[@]}" "$BIN/fal_hpc" small.h5 --list-trials >out 2>err </dev/null; code=$?
if [ $code != 0 ]; then
  # Ours comes from a process of its own, after the library's last words and perhaps after the program's end.
  for _ in $(seq 50); do grep -q "^fal_hpc: " err && break; sleep 0.1; done
  grep -qE "^fal_hpc: (.* did not start, see above: )?.*srun --mpi=pmix" err || { cat err; fail "no advice under srun"; }
  env "${srun[@]}" SLURM_PROCID=1 "$BIN/fal_hpc" small.h5 --list-trials >out 2>err </dev/null && fail "the second task under srun runs"
  expect_no_line "^fal_hpc: " err
fi
