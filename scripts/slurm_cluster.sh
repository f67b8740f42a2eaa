# shellcheck shell=bash
# A throw-away SLURM of two nodes on this machine, for scripts/test_slurm.sh, which sources it. It needs root and bash.
#
#   slurm_why_not         why there can be none here; nothing if there can
#   slurm_start FOLDER    munged, slurmctld, slurmd n1 and n2 in this folder (mode 755, as those above it); sets SLURM_CONF
#   slurm_node NAME       starts one slurmd
#   slurm_lose NAME       ends it and all that runs on the node by SIGKILL
#   slurm_hurry           jobs that were queued again begin now: SLURM lets them wait for two minutes
#   slurm_stop            ends everything that was started, jobs included

slurm_daemons="munged slurmctld slurmd"
slurm_why_not() {
  [ "$(id -u)" = 0 ] || { echo "it needs root: it starts slurmd"; return; }
  for program in $slurm_daemons sbatch scontrol squeue; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || { echo "there is no $program (Debian: slurmctld slurmd slurm-client munge)"; return; }
  done
}

# The machine's own host name must be known to the nodes; where it has no address, only ours, 127.0.0.1.
slurm_start() {
  slurm_folder=$1; export SLURM_CONF=$1/slurm.conf PATH=$PATH:/usr/sbin
  local host port=$((20000 + $$ % 10000 * 4)); host=$(hostname -s)
  unset "${!SLURM_JOB@}" SLURM_CLUSTERS SLURMD_NODENAME
  mkdir -p "$1/state" "$1/spool" && chmod 755 "$1" || return 1
  head -c 1024 /dev/urandom >"$1/key"; chmod 600 "$1/key"
  cat >"$SLURM_CONF" <<END
ClusterName=throwaway
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$1/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
EnforcePartLimits=ALL
JobRequeue=1
ReturnToService=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SchedulerParameters=sched_interval=2,bf_interval=2
SlurmdTimeout=6
StateSaveLocation=$1/state
SlurmdSpoolDir=$1/spool/%n
SlurmctldPidFile=$1/slurmctld.pid
SlurmctldLogFile=$1/slurmctld.log
SlurmdPidFile=$1/slurmd.%n.pid
SlurmdLogFile=$1/slurmd.%n.log
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) Sockets=2 CoresPerSocket=40 RealMemory=200000
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) Sockets=2 CoresPerSocket=40 RealMemory=200000
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=UNLIMITED PriorityTier=1
PartitionName=short Nodes=n1,n2 MaxTime=4:00:00 PriorityTier=1
PartitionName=urgent Nodes=n1,n2 MaxTime=UNLIMITED PriorityTier=10
END
  munged --key-file="$1/key" --socket="$1/munge" --pid-file="$1/munged.pid" --log-file="$1/munged.log" --seed-file="$1/seed" --force &&
    slurmctld -f "$SLURM_CONF" && slurm_node n1 && slurm_node n2 || return 1
  for _ in $(seq 100); do
    [ "$(sinfo -h -p main -t idle -o %D 2>/dev/null)" = 2 ] && return
    sleep 0.2
  done
  return 1
}

slurm_hurried=-9
slurm_hurry() { # every few seconds at most: a change makes the scheduler begin anew
  local job why
  [ $((SECONDS - slurm_hurried)) -ge 4 ] || return 0
  slurm_hurried=$SECONDS
  squeue -h -t PENDING -o '%i %r' 2>/dev/null | while read -r job why; do
    [ "$why" = BeginTime ] && scontrol update JobId="$job" StartTime=now
  done
}

slurm_node() { slurmd -N "$1" -f "$SLURM_CONF"; }

# Processes of a node of this SLURM, not of another one that has a node of the name.
slurm_processes() {
  local files
  files=$(grep -slz -- "^SLURMD_NODENAME=$1\$" /proc/[0-9]*/environ)
  # shellcheck disable=SC2086
  [ -z "$files" ] || grep -slz -- "^SLURM_CONF=$SLURM_CONF\$" $files | sed 's#/proc/\([0-9]*\)/.*#\1#' | grep -vx $$
}
slurm_parent() { sed -n 's/^PPid:\s*//p' "/proc/$1/status" 2>/dev/null; }

# Jobs of a node, and the slurmstepd above each script or rank.
slurm_jobs() {
  local pid parent
  for pid in $(slurm_processes "$1"); do
    parent=$(slurm_parent "$pid"); echo "$pid"
    case $(cat "/proc/${parent:-0}/comm" 2>/dev/null) in slurmstepd*) echo "$parent";; esac
  done | sort -u
}
slurm_lose() {
  local pids; pids="$(cat "$slurm_folder/slurmd.$1.pid") $(slurm_jobs "$1")"
  # shellcheck disable=SC2086
  kill -KILL $pids 2>/dev/null
}

slurm_end() { # PID FILE
  local pid
  pid=$(cat "$1" 2>/dev/null) && kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 50); do case $(ps -o stat= -p "$pid" 2>/dev/null) in "" | Z*) return;; esac; sleep 0.1; done
  kill -KILL "$pid" 2>/dev/null
}
slurm_stop() {
  local node pid
  [ -n "${slurm_folder:-}" ] || return 0
  timeout 10 scancel --user root 2>/dev/null
  for node in n1 n2; do slurm_end "$slurm_folder/slurmd.$node.pid"; done
  slurm_end "$slurm_folder/slurmctld.pid"
  for pid in $(slurm_jobs n1) $(slurm_jobs n2); do kill -KILL "$pid" 2>/dev/null; done
  slurm_end "$slurm_folder/munged.pid"
}
