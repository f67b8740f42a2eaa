# scripts/mpi.sh: the options of whichever mpirun is first in PATH, told by what --version says.
. "$TOP/tests/cli/lib.sh"; . "$TOP/scripts/mpi.sh"
mkdir bin
stand_in() { printf '#!/bin/sh\n[ "$1" = --version ] && cat <<END\n%s\nEND\n' "$1" >bin/mpirun; chmod +x bin/mpirun; }
# is VERSION-TEXT FAMILY CROWD BIND SIGNALLED
is() {
  stand_in "$1"
  local said
  said=$(PATH=$PWD/bin:$PATH; echo "$(mpi_family)|$(mpi_crowd)|$(mpi_bind 2)|$(mpi_signalled)")
  [ "$said" = "$2|$3|$4|$5" ] || fail "$1: $said"
}
binding="--map-by slot:PE=2 --bind-to core"
is "mpirun (Open MPI) 4.1.4" openmpi-4 --oversubscribe "$binding" mpirun
is "mpiexec (Open MPI) 3.1.6" openmpi-4 --oversubscribe "$binding" mpirun
is "mpirun (Open MPI) 5.0.11" openmpi-5 "--map-by :OVERSUBSCRIBE" "$binding" mpirun
is "mpirun (Open MPI) 10.0.0" openmpi-5 "--map-by :OVERSUBSCRIBE" "$binding" mpirun
is "prterun (PRRTE) 3.0.1" openmpi-5 "--map-by :OVERSUBSCRIBE" "$binding" mpirun
is "HYDRA build details:
    Version:                                 4.0.2" mpich "" "-bind-to core:2" mpirun
is "Intel(R) MPI Library for Linux* OS, Version 2021.18.1 Build 20260626" intel "" "-genv I_MPI_PIN_DOMAIN=2" mpiexec.hydra
is "a launcher of tomorrow" other "" "" mpirun
[ "$(mpi_family no-such-command)" = none ] || fail "a launcher that is not there"

# With the one that is there: more ranks than cores, the options and the environment each by themselves; binding.
unset OMPI_MCA_rmaps_base_oversubscribe PRTE_MCA_rmaps_default_mapping_policy
many=$(($(env -u OMP_NUM_THREADS nproc) + 2))
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
# shellcheck disable=SC2046
mpirun $(mpi_crowd) -np $many echo here >out 2>err </dev/null || { cat err; fail "more ranks than cores by options"; }
[ "$(grep -c here out)" = $many ] || fail "not $many ranks"
(mpi_environment; mpirun -np $many echo here) >out 2>err </dev/null || { cat err; fail "more ranks than cores by the environment"; }
[ "$(grep -c here out)" = $many ] || fail "not $many ranks"
# shellcheck disable=SC2046
mpirun $(mpi_bind 1) -np 1 grep Cpus_allowed_list: /proc/self/status >out 2>err </dev/null || { cat err; fail "binding"; }
if [ "$(env -u OMP_NUM_THREADS nproc)" -gt 1 ]; then expect_line '^Cpus_allowed_list:[[:space:]]*[0-9]+$' out; fi
