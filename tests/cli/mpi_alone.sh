# Copies that the launcher of another MPI started, each alone in its world, are refused once, with 2, before anything is
# written; one process on purpose, mpirun -np 1 inside a scheduler's step, and a batch script's variables are not.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5
job="small.h5 $short --list-trials"
# Those of this test's own surroundings.
unset OMPI_COMM_WORLD_SIZE OMPI_COMM_WORLD_RANK PMI_SIZE PMI_RANK PMI_FD PMIX_RANK SLURM_STEP_NUM_TASKS SLURM_PROCID

# refused VARIABLE WHAT-TO-DO assignments...
refused() {
  local variable=$1 advice=$2; shift 2
  expect_exit 2 env "$@" "$BIN/fal_hpc" $job
  expect_message fal_hpc "$variable: .* started [0-9]+.* copies and each is alone.*$advice.*env -u $variable"
  expect_empty out
}
# quiet assignments...: refused as well, but another copy says so
quiet() { expect_exit 2 env "$@" "$BIN/fal_hpc" $job; expect_empty err; expect_empty out; }
runs() { expect_exit 0 env "$@" "$BIN/fal_hpc" $job; expect_empty err; expect_line "^0 logo 1 " out; }

mpicc_beside="mpirun of .*mpicc beside"
refused PMI_SIZE "$mpicc_beside" PMI_SIZE=4 PMI_RANK=0
quiet PMI_SIZE=4 PMI_RANK=3
refused OMPI_COMM_WORLD_SIZE "$mpicc_beside" OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=0
quiet OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=1
refused SLURM_STEP_NUM_TASKS "srun --mpi=pmix" SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=0 SLURM_NTASKS=8
quiet SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=7 SLURM_NTASKS=8
refused PMI_SIZE "srun --mpi=pmix" PMI_SIZE=8 PMI_RANK=0 SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=0 # srun --mpi=pmi2
refused FLUX_JOB_SIZE "$mpicc_beside" FLUX_JOB_SIZE=2 FLUX_TASK_RANK=0
refused PALS_LOCAL_SIZE "$mpicc_beside" PALS_LOCAL_SIZE=2 PALS_RANKID=0
refused JSM_NAMESPACE_SIZE "$mpicc_beside" JSM_NAMESPACE_SIZE=2 JSM_NAMESPACE_RANK=0
refused MV2_COMM_WORLD_SIZE "$mpicc_beside" MV2_COMM_WORLD_SIZE=2 MV2_COMM_WORLD_RANK=0
[ ! -e outputs ] || fail "a refused job has written something"

runs SLURM_NTASKS=8 SLURM_PROCID=0 SLURM_NPROCS=8                # alone in a batch script
runs SLURM_STEP_NUM_TASKS=1 SLURM_PROCID=0 SLURM_NTASKS=8        # a step of one task
runs FLUX_JOB_SIZE=four FLUX_TASK_RANK=                           # no numbers (of a launcher that no library reads)
runs OMPI_COMM_WORLD_SIZE=1 OMPI_COMM_WORLD_RANK=0 PMI_SIZE=1 PMI_RANK=0 SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1
# The real thing: one rank of the right mpirun, inside a step of two daemons, runs.
expect_exit 0 env SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1 SLURM_NTASKS=8 mpirun -np 1 "$BIN/fal_hpc" $job
expect_line "^0 logo 1 " out
# Several ranks of one world are no copies, whatever else the environment says.
expect_exit 0 env SLURM_STEP_NUM_TASKS=2 FLUX_JOB_SIZE=9 mpirun -np 2 "$BIN/fal_hpc" $job
[ "$(wc -l <out)" = 1 ] || { cat out; fail "the list came more than once"; }

# fal_bench starts MPI for the aggregation.
expect_exit 2 env PMI_SIZE=4 PMI_RANK=0 "$BIN/fal_bench" --only aggregation --runs 1
expect_message fal_bench "PMI_SIZE: mpirun started 4 copies"
expect_exit 2 env PMI_SIZE=4 PMI_RANK=1 "$BIN/fal_bench" --only aggregation --runs 1
expect_empty err
