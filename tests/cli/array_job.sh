#!/usr/bin/env bash
# jobs/array.sbatch without SLURM: its signals, exit codes and requeueing, with a stand-in program under a real mpirun.
. "$TOP/tests/cli/lib.sh"
. "$TOP/scripts/mpi.sh"; mpi_environment
fail() { echo "FAIL: $*"; cat log; exit 1; }
mkdir bin
cat >bin/fal_hpc <<'END'
#!/bin/bash
# Notes its arguments, then ends with the code in the file "now", or stops with 75 on SIGUSR1.
trap 'exit 75' USR1
echo "$*" >>arguments
touch "ready.${OMPI_COMM_WORLD_RANK:-$PMI_RANK}"
for i in $(seq 300); do
  if [ -e say ]; then cat say; exit 75; fi
  if [ -e now ]; then exit "$(cat now)"; fi
  sleep 0.1
done
exit 1
END
printf '#!/bin/bash\necho "$*" >>requeued\n' >bin/scontrol
chmod +x bin/*
# SLURM gives mpirun its number of ranks; here two, which share cores where there is only one.
real=$(mpi_signalled)
printf '#!/bin/bash\n[ "$1" = --version ] && exec %s --version\nexec %s -np 2 "$@"\n' "$(command -v mpirun)" "$(command -v "$real")" >bin/mpirun
chmod +x bin/mpirun; ln -s mpirun bin/mpiexec.hydra
[ "$(nproc)" -ge 2 ] || { echo "binding two ranks needs two cores"; exit 77; }
export PATH=$PWD/bin:$PATH FAL_BIN=$PWD/bin SLURM_ARRAY_JOB_ID=77 SLURM_ARRAY_TASK_ID=5 SLURM_CPUS_PER_TASK=1

start() {
  rm -f ready.* now say arguments requeued
  timeout -k 5 60 bash "$TOP/jobs/array.sbatch" inputs/x.h5 --config a.ini >log 2>&1 & job=$!
  for _ in $(seq 100); do if [ -e ready.0 ] && [ -e ready.1 ]; then break; fi; sleep 0.1; done
  [ -e ready.1 ] || fail "the program did not start"
  script=$(processes parent "$job" | head -n 1)
}
ended() { wait "$job"; [ $? = "$1" ] || fail "the script did not end with $1"; }

# Done: its own code, nothing queued again, the trial is the task's.
start; echo 0 >now; ended 0
[ ! -e requeued ] || fail "a finished trial was queued again"
grep -qx -- "inputs/x.h5 --config a.ini --trial 5" arguments || fail "arguments"
# A failure is passed on.
start; echo 3 >now; ended 3
[ ! -e requeued ] || fail "a failed trial was queued again"
# SLURM's warning before the end of the time: stopped in order, queued again.
start; kill -USR1 "$script"; ended 75
[ "$(cat requeued)" = "requeue 77_5" ] || fail "not queued again"
# Stopped by itself: queued again if time is why, not after a STOP file.
start; echo "stopped by SLURM_JOB_END_TIME; the same command goes on" >say; ended 75
[ "$(cat requeued)" = "requeue 77_5" ] || fail "not queued again"
start; echo "stopped by the file outputs/STOP; the same command goes on" >say; ended 75
[ ! -e requeued ] || fail "a STOP file's trial was queued again"
# Cancelled: stopped in order, not queued again.
start; kill -TERM "$script"; ended 75
[ ! -e requeued ] || fail "a cancelled trial was queued again"
exit 0
