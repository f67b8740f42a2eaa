# shellcheck shell=bash disable=SC2154
# What the scripts for SLURM share: they source it. SLURM runs a copy of a script in a folder of its own, so each looks
# for this file beside its original. Who uses it sets `script` (a name for messages) and `jobs` (this folder).
#
#   program NAME         its path; fails with a message if it is not there
#   run_job OPTIONS...   fal_hpc under the launcher, with signals, requeueing and a last word; ends the script
#   job_failed CODE ...  a message and the end
#
# Environment: FAL_BIN     folder of the programs (else build/bin, where make install put them, PATH)
#              FAL_LAUNCH  launcher with its options, e.g. "srun --mpi=pmix" (else the mpirun that is there, else srun)

task=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID:-}}
task=${task:-${SLURM_JOB_ID:-}}
one_task=${SLURM_ARRAY_TASK_ID:+, with --array=$SLURM_ARRAY_TASK_ID}
say() { echo "$script: $(date '+%F %T') $*"; }
job_failed() { local code=$1; shift; say "$*"; exit "$code"; }

program() {
  local folder
  for folder in ${FAL_BIN:+"$FAL_BIN"} build/bin "$jobs/../build/bin" "$jobs/../../../bin"; do
    if [ -x "$folder/$1" ]; then echo "$folder/$1"; return; fi
    if [ -n "${FAL_BIN:-}" ]; then break; fi
  done
  [ -z "${FAL_BIN:-}" ] && command -v "$1" && return
  say "no $1 in ${FAL_BIN:-build/bin}, seen from $PWD on $(hostname):" \
    "make, sbatch from the project's folder, or FAL_BIN=FOLDER" >&2
  return 1
}

# Sets launch. Each rank on cores of its own, in the words of the mpirun that is there; Intel's is a script that keeps
# signals.
choose_launcher() {
  local cores=${SLURM_CPUS_PER_TASK:-1}
  if [ -n "${FAL_LAUNCH:-}" ]; then
    read -ra launch <<<"$FAL_LAUNCH"
  elif command -v mpirun >/dev/null; then
    case $(mpirun --version 2>&1 </dev/null) in
      *Intel*) launch=(mpiexec.hydra -genv I_MPI_PIN_DOMAIN="$cores");;
      *HYDRA*) launch=(mpirun -bind-to "core:$cores");;
      *) launch=(mpirun --map-by "slot:PE=$cores" --bind-to core);; # Open MPI
    esac
  elif srun --mpi=list 2>&1 </dev/null | grep -qw pmix; then
    launch=(srun --mpi=pmix)
  else
    job_failed 2 "no mpirun in PATH, no srun that knows pmix: load the module of the MPI that fal_hpc was built with"
  fi
  command -v "${launch[0]}" >/dev/null || job_failed 2 "there is no ${launch[0]} in PATH on $(hostname)"
  # srun does not take over --cpus-per-task (22.05 and later), and would wait for ever for the ranks of one that was
  # killed.
  if [ "${launch[0]##*/}" = srun ]; then launch+=("--cpus-per-task=$cores" --cpu-bind=cores --wait=60); fi
}

# What SLURM says of this job: record FIELD
record() {
  [ -n "$task" ] || return 0 # which scontrol would take for every job
  SLURM_TIME_FORMAT=standard timeout 30 scontrol show job -o "$task" 2>/dev/null </dev/null |
    sed -nE "s/^(.* )?$1=([^ ]*).*/\2/p" | head -n 1
}

# SLURM before 23.02 does not tell a job its end; and a variable may come from the job in which sbatch was called.
find_end() {
  local end
  end=$(date -d "$(record EndTime)" +%s 2>/dev/null) || return 0
  [ "$end" -le "$(date +%s)" ] || export SLURM_JOB_END_TIME=$end
}

# A request in the last minutes before the end is #SBATCH --signal's: the program knows the end, and stops as late as is
# safe.
on_usr1() {
  local left=0
  [ -z "${SLURM_JOB_END_TIME:-}" ] || left=$((SLURM_JOB_END_TIME - $(date +%s)))
  if [ $left -gt 0 ] && [ $left -le 200 ]; then return; fi
  asked=1; kill -USR1 "$pid" 2>/dev/null
}

again() { # queued again, if SLURM does it
  [ -n "$task" ] || { say "$1; the same command goes on"; return; }
  say "$1: $task is queued again, and goes on there"
  scontrol requeue "$task" && return 0
  say "SLURM does not queue it again: give the same sbatch command again$one_task"
}

# How far the trials are, from their files. Sets progress
show_progress() {
  # After SIGTERM there are 30 s until SIGKILL.
  progress=$(timeout $((cancelled ? 10 : 60)) "$hpc" "$@" --list-trials --status </dev/null 2>&1 | sed -e '/^$/d' -e 's/^/  /')
  echo "$progress"
}

# Code 75; or SLURM's SIGTERM, after which Open MPI's mpirun ends with 1 and keeps back what its ranks say.
after_stop() {
  local restarts how="stopped in order"; restarts=$(record Restarts)
  show_progress "$@"
  if grep -q ' killed ' <<<"$progress"; then how="killed before it could stop, so that the last checkpoint counts"; fi
  if [ "${restarts:-0}" -gt "${SLURM_RESTART_COUNT:-0}" ]; then # pre-empted, or scontrol requeue
    say "$how; SLURM has queued $task again, and it goes on there"
  elif grep -q '^stopped by SLURM_JOB_END_TIME;' "$said"; then
    again "out of time, $how"
  elif [ -n "${SLURM_JOB_END_TIME:-}" ] && [ "$(date +%s)" -ge "$SLURM_JOB_END_TIME" ]; then
    again "over its time, $how"
  elif [ "$asked" = 1 ]; then
    again "SIGUSR1, $how"
  elif [[ $(record PreemptTime) = [0-9]* ]]; then
    again "pre-empted, $how"
  else
    say "$how, on request and not queued again; to go on give the same sbatch command again$one_task"
  fi
}

# Code 76. Held, so that it does not ask again and again before anyone has answered.
after_wait() {
  show_progress "$@"
  [ -n "$task" ] || { say "people's labels are missing: fal_data label as said above, then the same command"; return; }
  say "people's labels are missing: fal_data label as said above, then: scontrol release $task"
  scontrol requeuehold "$task" && return 0
  say "SLURM does not hold it: after fal_data label give the same sbatch command again$one_task"
}

meaning() {
  case $1 in
    1) echo "the launcher or MPI failed, or a bug; what they said is above";;
    2) echo "usage, configuration, or how it was launched; the message is above";;
    3) echo "unusable input; the message is above";;
    4) echo "output cannot be written; make room, then the same command again";;
    5) echo "numerical failure; the message is above";;
    126 | 127) echo "${launch[0]} or fal_hpc cannot be started";;
    137) echo "killed: out of memory (--mem-per-cpu)? the same command goes on from the last checkpoint";;
    *) echo "the same command goes on from the last checkpoint";;
  esac
}

run_job() {
  local rc=0 reader
  hpc=$(program fal_hpc) || exit 2
  choose_launcher
  find_end
  asked=0; cancelled=0
  local work; work=$(mktemp -d) || job_failed 4 "no temporary folder on $(hostname)"
  said=$work/said; : >"$said"
  trap 'rm -rf "'"$work"'"' EXIT
  local end=${SLURM_JOB_END_TIME:+until $(date -d "@$SLURM_JOB_END_TIME" '+%F %T' 2>/dev/null), }
  say "$task on $(hostname), start $((${SLURM_RESTART_COUNT:-0} + 1)), $end$PWD: ${launch[*]} $hpc $*"
  # When a job is cancelled or pre-empted SLURM sends SIGTERM to all processes, to mpirun and tee as well, and SIGKILL
  # KillWait (30 s) later. Open MPI would kill its ranks within 2 s.
  export OMPI_MCA_odls_base_sigkill_timeout=${OMPI_MCA_odls_base_sigkill_timeout:-4}
  export PRTE_MCA_odls_base_sigkill_timeout=${PRTE_MCA_odls_base_sigkill_timeout:-4}
  mkfifo "$work/pipe"
  (trap '' TERM INT HUP USR1; exec tee "$said" <"$work/pipe") & reader=$!
  "${launch[@]}" "$hpc" "$@" </dev/null >"$work/pipe" & pid=$!
  trap on_usr1 USR1
  trap 'cancelled=1; kill -USR1 $pid 2>/dev/null' TERM
  wait $pid; rc=$?
  # After a trap the first wait returns 128 + signal; only the next one has the launcher's own code.
  while kill -0 $pid 2>/dev/null; do wait $pid; rc=$?; done
  for _ in $(seq 50); do kill -0 $reader 2>/dev/null || break; sleep 0.1; done
  if [ $cancelled = 1 ] && { [ $rc = 1 ] || [ $rc -gt 128 ]; }; then rc=75; fi
  if [ $asked = 1 ] && [ $rc = 138 ]; then rc=75; fi # the signal came as the launcher ended
  case $rc in
    0) say "done";;
    75) after_stop "$@";;
    76) after_wait "$@";;
    *) say "ended with code $rc: $(meaning $rc)";;
  esac
  exit $rc
}
