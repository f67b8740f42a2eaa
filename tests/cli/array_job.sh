#!/usr/bin/env bash
# jobs/array.sbatch and single.sbatch without SLURM: signals, exit codes and requeueing, with a stand-in program under a
# real mpirun. make test-slurm has the real ones.
. "$TOP/tests/cli/lib.sh"
. "$TOP/scripts/mpi.sh"; mpi_environment
fail() { echo "FAIL: $*"; cat log; exit 1; }
mkdir bin
cat >bin/fal_hpc <<'END'
#!/bin/bash
# Notes its arguments, then ends with the code in the file "now", or stops with 75 on SIGUSR1.
trap 'exit 75' USR1
case " $* " in
  *" --status "*) echo "logo  1  $(cat state 2>/dev/null || echo stopped)  2/4 ,"; exit;;
  *" --list-trials "*) if [ -e broken ]; then echo "fal_hpc: no such file" >&2; exit 3; fi; printf '%s\n' "0 a" "7 b"; exit;;
esac
echo "$*" >>arguments
touch "ready.${OMPI_COMM_WORLD_RANK:-$PMI_RANK}"
for i in $(seq 300); do
  if [ -e say ]; then cat say; exit 75; fi
  if [ -e now ]; then exit "$(cat now)"; fi
  sleep 0.1
done
exit 1
END
cat >bin/scontrol <<'END'
#!/bin/bash
case $1 in show) cat record 2>/dev/null;; *) echo "$*" >>requeued; [ ! -e refuse ];; esac
END
chmod +x bin/*
# SLURM gives mpirun its number of ranks; here two, which share cores where there is only one.
real=$(mpi_signalled)
printf '#!/bin/bash\n[ "$1" = --version ] && exec %s --version\nexec %s -np 2 "$@"\n' "$(command -v mpirun)" "$(command -v "$real")" >bin/mpirun
chmod +x bin/mpirun; ln -s mpirun bin/mpiexec.hydra
[ "$(env -u OMP_NUM_THREADS nproc)" -ge 2 ] || { echo "binding two ranks needs two cores"; exit 77; }
export OMPI_MCA_odls_base_sigkill_timeout=1 PRTE_MCA_odls_base_sigkill_timeout=1 # saves seconds each time
export PATH=$PWD/bin:$PATH FAL_BIN=$PWD/bin SLURM_ARRAY_JOB_ID=77 SLURM_ARRAY_TASK_ID=5 SLURM_CPUS_PER_TASK=1

start() {
  rm -f ready.* now say arguments requeued
  timeout -k 5 60 bash "$TOP/jobs/${1:-array.sbatch}" inputs/x.h5 --config a.ini >log 2>&1 & job=$!
  for _ in $(seq 100); do if [ -e ready.0 ] && [ -e ready.1 ]; then break; fi; sleep 0.1; done
  [ -e ready.1 ] || fail "the program did not start"
  script=$(processes parent "$job" | head -n 1)
}
ended() { wait "$job"; [ $? = "$1" ] || fail "the script did not end with $1"; }

# Done: its own code, nothing queued again, the trial is the task's.
start; echo 0 >now; ended 0
[ ! -e requeued ] || fail "a finished trial was queued again"
grep -qx -- "inputs/x.h5 --config a.ini --trial 5" arguments || fail "arguments"
grep -q "^array.sbatch: .* done$" log || fail "no last word"
# A failure is passed on.
start; echo 3 >now; ended 3
[ ! -e requeued ] || fail "a failed trial was queued again"
grep -q "^array.sbatch: .* ended with code 3: unusable input" log || fail "no last word"
# SLURM's warning before the end of the time: stopped in order, queued again.
start; kill -USR1 "$script"; ended 75
[ "$(cat requeued)" = "requeue 77_5" ] || fail "not queued again"
# Stopped by itself: queued again if time is why, not after a STOP file.
start; echo "stopped by SLURM_JOB_END_TIME; the same command goes on" >say; ended 75
[ "$(cat requeued)" = "requeue 77_5" ] || fail "not queued again"
start; echo "stopped by the file outputs/STOP; the same command goes on" >say; ended 75
[ ! -e requeued ] || fail "a STOP file's trial was queued again"
grep -q "^  logo  1  stopped  2/4" log || fail "not how far it came"
# Cancelled: stopped in order, not queued again.
start; kill -TERM "$script"; ended 75
[ ! -e requeued ] || fail "a cancelled trial was queued again"
grep -q "stopped in order, on request and not queued again; .*--array=5$" log || fail "no last word"
# Pre-empted: SLURM counts another start, and queues it itself. Killed before it could stop: told.
echo " Restarts=1 PreemptTime=None " >record; echo killed >state
start; kill -TERM "$script"; ended 75
[ ! -e requeued ] || fail "a pre-empted trial was queued again by the script, too"
grep -q "killed before it could stop, .*; SLURM has queued 77_5 again" log || fail "no last word"
echo " Restarts=0 PreemptTime=2026-01-01T00:00:00 " >record; rm state
start; kill -TERM "$script"; ended 75
[ "$(cat requeued)" = "requeue 77_5" ] || fail "a pre-empted trial was not queued again"
# The end of the time from scontrol: SLURM's warning before it is left to the program.
echo " EndTime=$(date -d '+100 seconds' +%Y-%m-%dT%H:%M:%S) " >record
start; kill -USR1 "$script"; sleep 1; echo 0 >now; ended 0
grep -q ", until " log || fail "the end of the time is not known"
rm record
# Labels are missing: held. Where SLURM does neither, it is said.
start; echo 76 >now; ended 76
[ "$(cat requeued)" = "requeuehold 77_5" ] || fail "not held"
grep -q "labels are missing: .* scontrol release 77_5$" log || fail "not said how it goes on"
touch refuse; start; echo 76 >now; ended 76
grep -q "SLURM does not hold it: .* --array=5$" log || fail "not said that it is not held"
start; kill -USR1 "$script"; ended 75; rm refuse
grep -q "SLURM does not queue it again: .* --array=5$" log || fail "not said that it is not queued again"

# ---- what never begins: one message, a code --------------------------------------------------------------------------
refused() { # CODE PATTERN SCRIPT [VARIABLE=VALUE ...]
  local code=$1 pattern=$2 name=$3; shift 3
  env "$@" bash "$TOP/jobs/$name" inputs/x.h5 >log 2>&1; local got=$?
  [ $got = "$code" ] || fail "$name $*: exit code $got instead of $code"
  [ "$(wc -l <log)" = 1 ] && grep -q -- "^$name: .*$pattern" log || fail "$name $*: no message"
}
refused 2 "start me with --array=0-7: sbatch --array=0-7 $TOP/jobs/array.sbatch inputs/x.h5" array.sbatch SLURM_ARRAY_TASK_ID=
touch broken; refused 3 "which fails: fal_hpc: no such file" array.sbatch SLURM_ARRAY_TASK_ID=; rm broken
refused 2 "take jobs/array.sbatch" single.sbatch
refused 2 "no fal_hpc in /nowhere" array.sbatch FAL_BIN=/nowhere
refused 2 "there is no nosuchrun in PATH" array.sbatch FAL_LAUNCH="nosuchrun -n 2"
bash "$TOP/jobs/report.sbatch" >log 2>&1; [ $? = 2 ] && grep -q "^report.sbatch: .*which results" log || fail "report.sbatch without a folder"
# The single one: the job's own number, all trials.
unset SLURM_ARRAY_JOB_ID SLURM_ARRAY_TASK_ID; export SLURM_JOB_ID=78
start single.sbatch; kill -USR1 "$script"; ended 75
[ "$(cat requeued)" = "requeue 78" ] || fail "a single job was not queued again"
grep -qx -- "inputs/x.h5 --config a.ini" arguments || fail "arguments of the single job"

# ---- where lib.sh is looked for: a copy of the script as SLURM runs it, alone in a folder ----------------------------
mkdir spool "my jobs" stranger
cp "$TOP/jobs/single.sbatch" spool/slurm_script; cp "$TOP/jobs/lib.sh" "my jobs"
echo 'echo "the lib.sh of a stranger"; exit 9' >stranger/lib.sh
looked() { # CODE PATTERN [VARIABLE=VALUE ...]
  local code=$1 pattern=$2; shift 2
  env -u SLURM_SUBMIT_DIR FAL_BIN=/nowhere "$@" bash spool/slurm_script inputs/x.h5 >log 2>&1; local got=$?
  [ $got = "$code" ] && [ "$(wc -l <log)" = 1 ] && grep -q -- "$pattern" log || fail "lib.sh: $*: code $got, $code expected"
}
echo "   Command=$PWD/my jobs/single.sbatch inputs/x.h5 --config a/b.sbatch.ini" >record
looked 2 "no fal_hpc in /nowhere" SLURM_JOB_ID=78
mv "my jobs" mine; echo "   Command=$PWD/mine/all_night.sh inputs/x.h5 --config a/b.ini" >record
looked 2 "no fal_hpc in /nowhere" SLURM_JOB_ID=78
echo "   Command=$PWD/elsewhere/single.sbatch inputs/x.h5" >record
looked 2 "no lib.sh beside $PWD/elsewhere/single.sbatch: copy the whole folder jobs" SLURM_JOB_ID=78
looked 2 "no fal_hpc in /nowhere" SLURM_JOB_ID=78 "FAL_HPC_JOBS=$PWD/mine"
echo "   Command=$PWD/stranger/single.sbatch inputs/x.h5" >record # what SLURM says when it is asked for no job
looked 2 "no lib.sh beside spool/slurm_script" SLURM_JOB_ID=
exit 0
