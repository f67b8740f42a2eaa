# How ranks are started by whichever mpirun is first in PATH: source it. Demo, tests and benchmarks use only this; people
# find the same options in docs/operations.md.
#
#   mpi_family [MPIRUN]     openmpi-4, openmpi-5, mpich, intel, none (there is no such command), other
#   mpi_crowd               options that let ranks outnumber cores: nothing where none are needed
#   mpi_bind N              options that give each rank N cores of its own
#   mpi_environment         exports what does both "let ranks outnumber cores" and "let root start them, without chatter";
#                           after it a plain "mpirun -np N" will do, under each of them
#   mpi_signalled           the command to start in the background if signals shall reach the ranks: Intel's mpirun is a
#                           script that keeps them
mpi_family() {
  local said
  command -v "${1:-mpirun}" >/dev/null 2>&1 || { echo none; return; }
  said=$("${1:-mpirun}" --version 2>&1 </dev/null)
  case $said in
    *"Open MPI) "[0-4].*) echo openmpi-4;;
    *"Open MPI) "* | *PRRTE* | *prte*) echo openmpi-5;;
    *"Intel(R) MPI"*) echo intel;;
    *HYDRA* | *MPICH* | *mpich*) echo mpich;;
    *) echo other;;
  esac
}

mpi_crowd() {
  case $(mpi_family) in openmpi-4) echo --oversubscribe;; openmpi-5) echo --map-by :OVERSUBSCRIBE;; esac
}

mpi_bind() {
  case $(mpi_family) in
    openmpi-*) echo "--map-by slot:PE=$1 --bind-to core";;
    mpich) echo "-bind-to core:$1";;
    intel) echo "-genv I_MPI_PIN_DOMAIN=$1";;
  esac
}

mpi_environment() {
  # Open MPI refuses to start as root, the usual user in a container, unless told otherwise.
  if [ "$(id -u)" = 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
  fi
  export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_orte_execute_quiet=1    # Open MPI 4
  export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe # Open MPI 5
}

mpi_signalled() { case $(mpi_family) in intel) echo mpiexec.hydra;; *) echo mpirun;; esac; }
