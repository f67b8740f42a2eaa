#!/usr/bin/env bash
# make test-slurm: the job scripts under a throw-away SLURM of two nodes on this machine: an array with a report after it, the
# time limit, pre-emption, a node that is lost, scancel, people's labels, srun, launches that fail, --plan-hours. Results are
# those of direct runs. Needs root, two cores, Open MPI; installs SLURM (Debian, Ubuntu) where it is missing.
# The last line is "N passed, N failed, N skipped". Usage: scripts/test_slurm.sh FOLDER OF PROGRAMS
set -u
top=$(cd "$(dirname "$0")/.." && pwd); BIN=$(cd "$1" && pwd)
passed=0; failed=0; skipped=0; since=0
ok() { passed=$((passed + 1)); echo "ok    $* ($((SECONDS - since)) s)"; since=$SECONDS; }
fail() { failed=$((failed + 1)); echo "FAIL  $*"; }
skip() { skipped=$((skipped + 1)); echo "skip  $*"; }
finish() { echo "$passed passed, $failed failed, $skipped skipped"; [ $failed = 0 ]; exit; }
. "$top/scripts/mpi.sh"; . "$top/scripts/slurm_cluster.sh"
# Only this target needs them.
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ -n "$(slurm_why_not)" ]; then
  packages="slurmctld slurmd slurm-client munge"
  # shellcheck disable=SC2086
  apt-get -q -y install --no-install-recommends $packages >/dev/null 2>&1 </dev/null ||
    { apt-get -q update && apt-get -q -y install --no-install-recommends $packages; } >/dev/null 2>&1 </dev/null
fi
reason=$(slurm_why_not)
[ -z "$reason" ] || { skip "test-slurm: $reason"; finish; }
case $(mpi_family) in openmpi-*) ;; *) skip "test-slurm: jobs start as Open MPI does, and mpirun is $(mpi_family)"; finish;; esac
[ "$(env -u OMP_NUM_THREADS nproc)" -ge 2 ] || { skip "test-slurm: binding two ranks needs two cores"; finish; }

work=$(mktemp -d); chmod 755 "$work"; mkdir "$work/tmp"; export TMPDIR=$work/tmp
clean() { slurm_stop; cd /; rm -rf "$work"; }
trap clean EXIT
cd "$work" || exit 1
# As people have them: nothing of the environment in which other tests let ranks outnumber cores.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
export FAL_BIN=$BIN OMP_NUM_THREADS=1
slurm_start "$work/slurm" 2>log || { cat log slurm/*.log; fail "SLURM does not start"; finish; }

# ---- what the tests share --------------------------------------------------------------------------------------------
jobs=$top/jobs; mpirun_bound="mpirun --map-by slot:PE=1 --bind-to core"
submit() { sbatch --parsable --ntasks=2 --cpus-per-task=1 --time=10 "$@"; } # the job's number
field() { scontrol show job -o "$1" 2>/dev/null | sed -nE "s/^(.* )?$2=([^ ]*).*/\2/p" | head -n 1; } # JOB FIELD
until_line() { # PATTERN FILE SECONDS
  for _ in $(seq $((5 * $3))); do grep -qE -- "$1" "$2" 2>/dev/null && return; slurm_hurry; sleep 0.2; done
  return 1
}
until_gone() { # JOB SECONDS: not in the queue any more, for two seconds: a job that is queued again leaves it for a moment
  local rows gone=0
  for _ in $(seq $((2 * $2))); do
    if rows=$(squeue -h -j "$1" 2>&1) && [ -n "$rows" ]; then gone=0
    elif [ -z "$rows" ] || grep -q 'Invalid job id' <<<"$rows"; then gone=$((gone + 1)); fi # else slurmctld did not answer
    [ $gone -lt 4 ] || return 0
    slurm_hurry; sleep 0.5
  done
  scancel "$1"; return 1
}
digests() { for file in "$1"/*_s[0-9].h5; do echo "$(basename "$file") $("$BIN/fal_data" digest "$file" | cut -d' ' -f1)"; done; }
# judge NAME LOG FOLDER OF THE DIRECT RUN, OF THE JOB, PATTERN...: each pattern is a line of the log, results are the same
show() { grep -v 'FL round' "$1" | tail -n 40; }
judge() {
  local name=$1 log=$2 direct=$3 results=$4 pattern; shift 4
  for pattern in "$@"; do
    if ! grep -qE -- "$pattern" "$log" 2>/dev/null; then show "$log"; fail "$name: no line \"$pattern\" in its log"; return; fi
  done
  if [ "$(digests "$direct")" != "$(digests "$results")" ]; then show "$log"; fail "$name: other results than a direct run's"; return; fi
  ok "$name"
}

# ---- direct runs -----------------------------------------------------------------------------------------------------
"$BIN/fal_data" synth -o small.h5 --train 400 --test 150 --seed 5 >/dev/null || { fail "no data set"; finish; }
trial="small.h5 --clients 4 --al-rounds 2 --local-epochs 1 --budget 12 --batch-size 16 --evaluate 2 --local-only-epochs 3"
short="$trial --fl-rounds 3 --strategy logo,random --seeds 1-2"
long="$trial --fl-rounds 100 --strategy random,logo --progress seconds:0 --checkpoint-minutes 0"
one="$trial --fl-rounds 100 --strategy logo --progress seconds:0 --checkpoint-minutes 0"
mpirun -np 2 "$BIN/fal_hpc" $short --output direct >log 2>&1 </dev/null || { cat log; fail "the direct run"; finish; }
begin=$SECONDS
mpirun -np 2 "$BIN/fal_hpc" $one --output whole >log 2>&1 </dev/null || { cat log; fail "the longer direct run"; finish; }
took=$((SECONDS - begin))

# ---- time limit: runs beside the others ------------------------------------------------------------------------------
# SLURM counts in minutes. The first time the launcher waits until about half of the trial fits into what is left; the
# program keeps a margin of two seconds and a checkpoint.
cat >late <<END
#!/bin/bash
[ -n "\${SLURM_RESTART_COUNT:-}" ] || sleep \$((SLURM_JOB_END_TIME - \$(date +%s) - 3 - $took / 2)) 2>/dev/null
exec $mpirun_bound "\$@"
END
chmod +x late
timed=$(FAL_LAUNCH=$work/late submit --time=1 --array=1 "$jobs/array.sbatch" $long --output timed)

# ---- an array and its report -----------------------------------------------------------------------------------------
array=$(submit --array=0-3%2 "$jobs/array.sbatch" $short --output swept)
report=$(sbatch --parsable --dependency=afterany:"$array" "$jobs/report.sbatch" swept)
state=$(field "$report" JobState)
until_gone "$array" 120; until_gone "$report" 60
judge "an array of two strategies and two seeds" "slurm-${array}_3.log" direct swept "^array.sbatch: .*: mpirun .*--trial 3$" "^array.sbatch: .* done$"
if [ "$state" != PENDING ]; then fail "the report did not wait for the array: $state"
elif ! grep -q '4 trials: 4 complete' "slurm-$report.log" || [ ! -s swept/report/report.html ]; then cat "slurm-$report.log"; fail "the report after the array"
else ok "the report after the array"; fi

# ---- launches that fail: always a message, its code, and the same code in SLURM --------------------------------------
# launch_fails NAME CODE PATTERN sbatch's arguments
launch_fails() {
  local name=$1 code=$2 pattern=$3 job; shift 3
  job=$(OMPI_MCA_odls_base_sigkill_timeout=1 submit "$@"); until_gone "$job" 60
  local log; log=$(field "$job" StdOut)
  if [ ! -s "$log" ]; then fail "$name: no log, or an empty one"
  elif ! grep -qE -- "$pattern" "$log"; then show "$log"; fail "$name: no line \"$pattern\" in its log"
  elif [ "$(field "$job" ExitCode)" != "$code:0" ]; then show "$log"; fail "$name: exit code $(field "$job" ExitCode) instead of $code"
  else ok "$name"; fi
}
# Copies that do not find each other, as those of another MPI's mpirun.
printf '#!/bin/bash\nfor i in 0 1; do PMI_SIZE=2 PMI_RANK=$i "$@" & done\nwait -n; code=$?; wait; exit $code\n' >foreign; chmod +x foreign
launch_fails "not started as an array" 2 "start me with --array=0-3: sbatch --array=0-3 $jobs/array.sbatch small.h5" "$jobs/array.sbatch" $short
launch_fails "a single job started as an array" 2 "each task would run the whole job" --array=0 "$jobs/single.sbatch" $short
launch_fails "no such trial" 2 "ended with code 2: usage" --array=4 "$jobs/array.sbatch" $short
launch_fails "no dataset" 3 "ended with code 3: unusable input" "$jobs/single.sbatch" nothere.h5
FAL_BIN=/nowhere launch_fails "no program" 2 "no fal_hpc in /nowhere, seen from $work" "$jobs/single.sbatch" $short
FAL_LAUNCH=nosuchrun launch_fails "no launcher" 2 "there is no nosuchrun in PATH" "$jobs/single.sbatch" $short
FAL_LAUNCH=$work/foreign launch_fails "another MPI's launcher" 2 "PMI_SIZE: mpirun started 2 copies and each is alone" "$jobs/single.sbatch" $short
code=1; [ "$(mpi_family)" = openmpi-4 ] || code=2 # 5 comes up, each copy alone
FAL_LAUNCH="srun --mpi=none" launch_fails "srun without a PMI" $code "srun gives no PMI that Open MPI .* takes" "$jobs/single.sbatch" $short

# ---- srun ------------------------------------------------------------------------------------------------------------
if srun --mpi=list 2>&1 | grep -qw pmix; then
  job=$(FAL_LAUNCH="srun --mpi=pmix" submit "$jobs/single.sbatch" $short --output stepped); until_gone "$job" 120
  judge "srun --mpi=pmix" "slurm-$job.log" direct stepped "^single.sbatch: .* srun --mpi=pmix .*" "^layout +2 ranks" "^single.sbatch: .* done$"
else
  skip "srun --mpi=pmix: this SLURM has no pmix"
fi

# ---- people's labels: held until scontrol release --------------------------------------------------------------------
for PYTHON in python3 /usr/bin/python3; do if "$PYTHON" -c 'import h5py' 2>/dev/null; then break; fi; done
if "$PYTHON" -c 'import h5py' 2>/dev/null; then
  people() { "$PYTHON" "$top/tests/fixtures/people.py" "$@"; }
  asking="--clients 4 --al-rounds 2 --fl-rounds 3 --local-epochs 1 --batch-size 16 --evaluate 2 --strategy random --partition site --budget 8"
  people sites small.h5 truth.h5 4 && "$BIN/fal_hpc" truth.h5 $asking --output full >log 2>&1 </dev/null && people hide truth.h5 open.h5 full/*_s1.h5
  job=$(submit "$jobs/single.sbatch" open.h5 $asking --oracle file --output asked); until_line "then: scontrol release $job\$" "slurm-$job.log" 60
  for _ in $(seq 60); do [ "$(field "$job" JobState)" = PENDING ] && break; sleep 0.5; done
  sleep 5 # a task that is queued again would be running by now
  reason=$(squeue -h -j "$job" -o "%T %r"); starts=$(grep -c ', start [0-9]*,' "slurm-$job.log")
  for folder in asked/*.query/round_02/client_*[0-9]; do "$PYTHON" "$top/tests/fixtures/answer_files.py" truth.h5 "$folder" csv "$(basename "$folder").csv"; done
  "$BIN/fal_data" label asked/*_s1.h5 client_*.csv >log 2>&1 || cat log
  release=$(sed -n 's/^single.sbatch: .* then: \(scontrol release .*\)/\1/p' "slurm-$job.log"); $release; until_gone "$job" 60
  if [ "$starts" != 1 ] || [[ $reason != PENDING*held* ]]; then show "slurm-$job.log"; fail "people's labels: $starts starts, then \"$reason\""
  elif ! people compare full/*_s1.h5 asked/*_s1.h5; then show "slurm-$job.log"; fail "people's labels: other results"
  else ok "people's labels: held, and released by \"$release\""; fi
else
  skip "people's labels: python3 with h5py is not there"
fi

# ---- --plan-hours ----------------------------------------------------------------------------------------------------
mkdir -p plan/inputs; ln -s "$jobs" plan/jobs
"$BIN/fal_data" synth -o plan/inputs/cifar10.h5 --train 20000 --test 4000 --seed 1 --side 32 --classes 10 >/dev/null
paper="inputs/cifar10.h5 --config jobs/paper/table3_cifar10.ini"
(cd plan && "$BIN/fal_hpc" $paper --dry-run --plan-hours 4 --plan-cores 160) >planned 2>&1 </dev/null
accepted=0; refused=
while read -r line; do
  line=${line#sbatch }; line=${line/.../$paper}; line=${line/JOB/$array}
  if (cd plan && sbatch --test-only -p short $line) >log 2>&1 </dev/null; then accepted=$((accepted + 1)); else refused+="sbatch $line: $(cat log)"; fi
done < <(sed -n 's/^ *\(sbatch .*\)/\1/p' planned)
if [ $accepted != 3 ]; then cat planned; fail "lines of --plan-hours: $accepted of 3 accepted. $refused"
elif sbatch --test-only -p short --time=4:01:00 "$jobs/single.sbatch" >log 2>&1; then fail "lines of --plan-hours: the partition takes anything"
else ok "lines of --plan-hours 4 --plan-cores 160 fit a partition with a limit of 4 hours"; fi
for layout in "--ntasks=10 --cpus-per-task=1" "--ntasks=4 --ntasks-per-socket=1 --cpus-per-task=40" \
    "--nodes=2 --ntasks=2 --ntasks-per-node=1 --cpus-per-task=80 --exclusive"; do
  if sbatch --test-only $layout "$jobs/single.sbatch" >log 2>&1 </dev/null; then ok "a layout: $layout"; else cat log; fail "a layout: $layout"; fi
done

# ---- the time limit's end --------------------------------------------------------------------------------------------
until_gone "$timed" 240
mkdir half; cp whole/*.h5 half; mv timed/*_logo_*.h5 timed.h5 2>/dev/null; rm -rf timed; mkdir timed; mv timed.h5 "timed/$(basename whole/*.h5)"
judge "a time limit: stopped in order, queued again, completed" "slurm-${timed}_1.log" half timed "^stopped by SLURM_JOB_END_TIME;" \
  "^  logo .* stopped " "out of time, stopped in order: ${timed}_1 is queued again" ", start 2," "going on in AL round" "^array.sbatch: .* done$"

# ---- pre-emption -----------------------------------------------------------------------------------------------------
# disturbed FOLDER: the long trial, at work; sets job and log
disturbed() { job=$(submit "$jobs/single.sbatch" $one --output "$1"); log=slurm-$job.log; until_line "FL round [0-9]{2,}/100" "$log" 60; }
disturbed preempted
sbatch -p urgent --nodes=1 -w "$(squeue -h -j "$job" -o %N)" --ntasks=80 --output=/dev/null --wrap 'sleep 1' >/dev/null
until_gone "$job" 120
judge "pre-emption: stopped in order, queued again by SLURM, completed" "$log" whole preempted "DUE TO PREEMPTION" "^  logo .* stopped " \
  "stopped in order; SLURM has queued $job again" ", start 2," "going on in AL round" "^single.sbatch: .* done$"

# ---- a node that is lost ---------------------------------------------------------------------------------------------
disturbed lost; node=$(squeue -h -j "$job" -o %N)
slurm_lose "$node"; until_line ", start 2," "$log" 180; other=$(squeue -h -j "$job" -o %N); until_gone "$job" 120
judge "a node that is lost: started again on the other one, completed" "$log" whole lost ", start 2," "going on in AL round" "^single.sbatch: .* done$"
if [ "$node" != "$other" ] && [ -n "$other" ]; then ok "it ran on $node, then on $other"; else fail "it ran on $node, then on $other"; fi
slurm_node "$node"

# ---- scancel ---------------------------------------------------------------------------------------------------------
disturbed cancelled
scancel "$job"; until_gone "$job" 60; state=$(field "$job" JobState)
if [ "$state" != CANCELLED ]; then show "$log"; fail "scancel: the job is $state"
elif ! grep -q 'stopped in order, on request and not queued again' "$log"; then show "$log"; fail "scancel: not stopped in order"
elif grep -q ', start 2,' "$log" || [ -n "$(squeue -h -j "$job" 2>/dev/null)" ]; then show "$log"; fail "scancel: queued again"
else ok "scancel: stopped in order, not queued again"; fi
job=$(submit "$jobs/single.sbatch" $one --output cancelled); until_gone "$job" 120
judge "after scancel the same command goes on" "slurm-$job.log" whole cancelled "going on in AL round" "^single.sbatch: .* done$"

# ---- SIGUSR1, to ranks of srun ---------------------------------------------------------------------------------------
if srun --mpi=list 2>&1 | grep -qw pmix; then
  FAL_LAUNCH="srun --mpi=pmix" disturbed asked1
  scancel --batch --signal=USR1 "$job"; until_line "going on in AL round" "$log" 180; scancel "$job"; until_gone "$job" 60
  if ! grep -q "SIGUSR1, stopped in order: $job is queued again" "$log"; then show "$log"; fail "SIGUSR1 under srun: not stopped in order"
  elif ! grep -q ', start 2,' "$log" || ! grep -q 'going on in AL round' "$log"; then show "$log"; fail "SIGUSR1 under srun: did not go on"
  else ok "SIGUSR1 under srun: stopped in order, queued again, gone on"; fi
fi
finish
