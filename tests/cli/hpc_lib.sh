# For the tests of fal_hpc: a small data set, a short trial, mpirun with a time limit. Sourced after lib.sh.
. "$TOP/scripts/mpi.sh"
mpi_environment
mpirun=$(mpi_signalled) # in the background: "$mpirun" -np N ... & pid=$!
limit=$((60 * ${FAL_TEST_SLOW:-1}))

# 28x28 grey: the smallest images of a real kind.
small_dataset() { "$BIN/fal_data" synth -o "${1:-small.h5}" --train 400 --test 150 --seed 5 >/dev/null; }

# ranks NP arguments...: fal_hpc under mpirun.
ranks() { local np=$1; shift; timeout -k 5 "$limit" mpirun -np "$np" "$BIN/fal_hpc" "$@" </dev/null; }

# two_commands COMMAND COMMAND: what rank 0 and rank 1 of two run, as a shell reads it. Not "mpirun A : B", of which the
# mpirun of Open MPI 5.0.7 crashes.
two_commands() {
  printf 'case ${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-$PMIX_RANK}} in\n0) %s;;\n*) %s;;\nesac\n' "$1" "$2" >by_rank.sh
  timeout -k 5 "$limit" mpirun -np 2 bash by_rank.sh </dev/null
}

# A trial of seconds: 4 clients, 2 AL rounds of 3 FL rounds; a line after each of them, which tests wait for.
short="--clients 4 --al-rounds 2 --fl-rounds 3 --local-epochs 1 --budget 12 --batch-size 16 --evaluate 2 --local-only-epochs 3 --progress seconds:0"

digest_of() { "$BIN/fal_data" digest "$1" | cut -d' ' -f1; }

# other_sums: lines of assignments, each for another algorithm of both the blocking and the non-blocking sum of this MPI.
other_sums() {
  case $(mpi_family) in
    openmpi-*)
      local tuned=OMPI_MCA_coll_tuned_allreduce_algorithm nbc=OMPI_MCA_coll_libnbc_iallreduce_algorithm
      echo "OMPI_MCA_coll_tuned_use_dynamic_rules=1 $tuned=1 $nbc=2"
      echo "OMPI_MCA_coll_tuned_use_dynamic_rules=1 $tuned=4 $nbc=1";;
    mpich)
      echo "MPIR_CVAR_IALLREDUCE_INTRA_ALGORITHM=sched_naive"
      echo "MPIR_CVAR_IALLREDUCE_INTRA_ALGORITHM=tsp_ring";;
    intel)
      echo "I_MPI_ADJUST_ALLREDUCE=1 I_MPI_ADJUST_IALLREDUCE=1"
      echo "I_MPI_ADJUST_ALLREDUCE=2 I_MPI_ADJUST_IALLREDUCE=2";;
  esac
}
