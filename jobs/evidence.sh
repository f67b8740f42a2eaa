#!/usr/bin/env bash
# The evidence of docs/evidence.md: runs its job files (jobs/evidence/*.ini), writes the learning curves as CSV and
# prints the page's tables. What is complete is not run again; after a stop the same command goes on.
#   jobs/evidence/data.sh CIFAR10 FASHION inputs     # once: the data sets
#   jobs/evidence.sh OUT --dry-run                   # trials and hours; nothing is run
#   jobs/evidence.sh OUT                             # everything
# Options:
#   --part NAME      only jobs/evidence/NAME.ini; may be given several times [all, in the order of PARTS below]
#   --cores N        trials side by side, one core each [all cores]
#   --max-hours H    stop in order within this time, with code 75
#   --data FOLDER    where cifar10part.h5 and fashion20k.h5 are [inputs]
#   --csv FOLDER     where the curves go, a file per part [OUT/csv]; a seed whose curves are all there is not run again,
#                    with or without its results files. Those that are committed are in docs/evidence
#   --sample         instead: the first trial of each part in docs/evidence/digests.txt, its digest against the listed;
#                    results in OUT/sample
#   --dry-run        instead: trials, how many are left, hours of those by the program's estimate of this machine
#   -- OPTIONS       for fal_hpc, e.g. -- --seeds 1-4
# SIGTERM, SIGINT, SIGHUP or SIGUSR1 stops it between two FL rounds (75). FAL_BIN is the folder of the programs.
# PYTHON (python3) makes the CSV files and tables.
set -u
script=evidence.sh; jobs=$(cd "$(dirname "$0")" && pwd)
. "$jobs/lib.sh"

# The most telling first: a set that is cut short still answers something.
PARTS=(cifar10_alpha0.1_rho1 cifar10_alphainf_rho20 cifar10_alpha0.1_rho20 cifar10_alphainf_rho1 table2
  cifar10_alpha0.1_rho1_more cifar10_alphainf_rho20_more cifar10_alpha0.1_rho20_more cifar10_alphainf_rho1_more
  fashion_alphainf_rho20 fashion_alpha0.1_rho1 longer_alpha0.1_rho1)

# Processors of one instruction set share seeds only without products in pairs, which have last bits of their own.
export FAL_KERNELS_PAIRS=${FAL_KERNELS_PAIRS:-0}
here=$(env -u OMP_NUM_THREADS nproc) # which would otherwise say that variable
out='' parts=() cores=$here max_hours=0 data=inputs csv='' do=run options=()
value() { [ $# -ge 2 ] || job_failed 2 "$1: its value is missing"; }
while [ $# -gt 0 ]; do
  case $1 in
    --part) value "$@"; parts+=("$2"); shift;;
    --cores) value "$@"; cores=$2; shift;;
    --max-hours) value "$@"; max_hours=$2; shift;;
    --data) value "$@"; data=$2; shift;;
    --csv) value "$@"; csv=$2; shift;;
    --sample) do=sample;;
    --dry-run) do=estimate;;
    --) shift; options=("$@"); break;;
    -h | --help) sed -n '2,/^set /{s/^# \{0,1\}//;/^set /!p}' "$0"; exit 0;;
    -*) job_failed 2 "$1: no such option; --help lists them";;
    *) [ -z "$out" ] || job_failed 2 "$1: one output folder is enough ($out)"; out=$1;;
  esac
  shift
done
[ -n "$out" ] || job_failed 2 "the output folder is missing: jobs/evidence.sh OUT (--help)"
[[ $cores =~ ^[1-9][0-9]{0,3}$ ]] && [ "$cores" -le "$here" ] || job_failed 2 "--cores $cores: 1 to $here here"
[[ $max_hours =~ ^[0-9]+(\.[0-9]+)?$ ]] || job_failed 2 "--max-hours $max_hours: a number of hours"
if [ $do = sample ]; then
  digests=$jobs/../docs/evidence/digests.txt
  [ -r "$digests" ] || job_failed 3 "$digests is not there"
  cores=1
  [ ${#parts[@]} -gt 0 ] || read -ra parts <<<"$(awk '!/^#/ { print $2 }' "$digests" | sort -u | tr '\n' ' ')"
fi
[ ${#parts[@]} -gt 0 ] || parts=("${PARTS[@]}")
for part in "${parts[@]}"; do
  [ -r "$jobs/evidence/$part.ini" ] || job_failed 2 "--part $part: there is no $jobs/evidence/$part.ini"
done
csv=${csv:-$out/csv}
hpc=$(program fal_hpc) && report=$(program fal_report) && fal_data=$(program fal_data) || exit 2
tables=("${PYTHON:-python3}" "$jobs/evidence/tables.py")

dataset() { echo "$data/$(sed -nE 's|^# .* inputs/([a-z0-9]+\.h5) .*|\1|p' "$jobs/evidence/$1.ini" | head -n 1)"; }
# arguments PART: what every call of fal_hpc for it has. The options come last: they win.
arguments() {
  arguments=("$(dataset "$1")" --config "$jobs/evidence/$1.ini" --output "$out/$1" --threads 1
    ${options[@]+"${options[@]}"})
}
for part in "${parts[@]}"; do
  file=$(dataset "$part")
  [ -f "$file" ] && [ -r "$file" ] ||
    job_failed 3 "$file is not there: jobs/evidence/data.sh makes it, --data says where it is"
done

# ---- --dry-run ----
# Hours are of the trials that are left: of seeds without curves, those without results.
estimate() {
  local total=0 all=0 trials left plan hours seeds
  printf '%-28s %7s %7s %11s\n' part trials left core-hours
  for part in "${parts[@]}"; do
    arguments "$part"
    trials=$("$hpc" "${arguments[@]}" --list-trials </dev/null) || return
    seeds=$("${tables[@]}" --seeds "$csv/$part.csv" <<<"$trials") || return
    trials=$(wc -l <<<"$trials") left=0 hours=0.0
    if [ -n "$seeds" ]; then
      arguments+=(--seeds "${seeds// /,}")
      plan=$("$hpc" "${arguments[@]}" --dry-run --plan-cores 1 </dev/null) || return
      left=$("$hpc" "${arguments[@]}" --list-trials --status --csv </dev/null | tail -n +2 | grep -cv ',complete,')
      hours=$(sed -nE 's/^  core hours +([0-9.]+)$/\1/p' <<<"$plan")
      hours=$(awk -v left="$left" -v of="$(sed -nE 's/^trials +([0-9]+),.*/\1/p' <<<"$plan")" \
        "BEGIN { printf \"%.2f\", $hours * left / of }")
    fi
    printf '%-28s %7s %7s %11s\n' "$part" "$trials" "$left" "$hours"
    total=$(awk "BEGIN { print $total + $hours }"); all=$((all + trials))
  done
  printf '%-28s %7s %7s %11s\n' together "$all" '' "$total"
  total=$(awk "BEGIN { printf \"%.1f\", $total / $cores }")
  echo "about $total hours on $cores of these cores, with everything else that runs on them now"
}

# ---- running ----
# run ARGUMENTS...: fal_hpc, one trial per core; a signal stops it in order. Its code; its tables go to OUT/log.
asked=0 pid='' log=$out/log
trap 'asked=1; [ -z "$pid" ] || kill -USR1 "$pid" 2>/dev/null' TERM INT HUP USR1
run() {
  local rc launch=() left=0
  [ $asked = 0 ] || return 75
  if [ "$max_hours" != 0 ]; then
    left=$(awk "BEGIN { left = $max_hours - $SECONDS / 3600; print (left > 0.005 ? left : 0) }")
    [ "$left" != 0 ] || return 75
  fi
  if [ "$cores" -gt 1 ]; then choose_launcher; launch+=(-np "$cores"); fi
  set -m # a group of its own: Ctrl-C would make mpirun kill its ranks
  ${launch[@]+"${launch[@]}"} "$hpc" "$@" --ranks-per-trial 1 --max-hours "$left" </dev/null >>"$log" & pid=$!
  set +m
  wait $pid; rc=$?
  # After a trap the first wait returns 128 + signal; only the next one has the program's own code.
  while kill -0 $pid 2>/dev/null; do wait $pid; rc=$?; done
  pid=''
  [ $asked = 0 ] || [ $rc -lt 128 ] || rc=75 # the signal came as the program ended
  return $rc
}

# Sets used: seconds of processor time of all that has run, by bash's "times", which knows this shell's children only.
processor_seconds() {
  times >"$out/.times"
  used=$(awk 'NR == 2 { gsub("s", ""); split($1 "m" $2, t, "m"); printf "%.0f", 60 * (t[1] + t[3]) + t[2] + t[4] }' \
    "$out/.times")
  rm -f "$out/.times"
}

# As many seeds at a time as there are cores (and two on one, since fal_hpc warns of a single seed): one trial of each
# strategy per core, so that none idles for long, and what a stop leaves is paired.
run_part() {
  local seeds k before block=$((cores > 1 ? cores : 2))
  arguments "$1"
  seeds=$("$hpc" "${arguments[@]}" --list-trials </dev/null) || return
  seeds=$("${tables[@]}" --seeds "$csv/$1.csv" <<<"$seeds") || return
  read -ra seeds <<<"$seeds"
  for ((k = 0; k < ${#seeds[@]}; k += block)); do
    processor_seconds; before=$used
    run "${arguments[@]}" --seeds "$(IFS=,; echo "${seeds[*]:k:block}")" || return
    processor_seconds
    say "$1: seeds ${seeds[*]:k:block} complete, $((used - before)) s of processor time"
  done
}

# The curves of what is complete; nothing where no trial is.
write_curves() {
  local folder rc=0 states=
  if [ -d "$out/$1" ]; then states=$("$report" --status --csv "$out/$1" </dev/null) || return; fi
  case $states in *,complete,*) ;; *) say "$1: no trial is complete in $out/$1"; return;; esac
  folder=$(mktemp -d) && mkdir -p "$csv" || return 4
  "$report" "$out/$1" -o "$folder" >/dev/null 2>"$folder/said" || { rc=$?; cat "$folder/said" >&2; }
  if [ $rc = 0 ]; then
    "${tables[@]}" --curves "$folder/rounds.csv" "$csv/$1.csv" >"$folder/curves.csv" &&
      mv "$folder/curves.csv" "$csv/$1.csv" && say "$1: curves in $csv/$1.csv" || rc=4
  fi
  rm -rf "$folder"
  return $rc
}

# The digest depends on the instruction set of the training kernels; the list names it. In a folder of its own for each,
# so that no other trial stands in for it, and it for none.
sample() {
  local folder=$out/sample/${FAL_KERNELS_ISA:-own}/$1 file digest kernels
  arguments "$1"
  run "${arguments[@]}" --output "$folder" --trial 0 || return
  file=("$folder"/*.h5)
  digest=$("$fal_data" digest "${file[0]}") || return
  digest=${digest%% *}
  kernels=$(awk -v digest="$digest" -v part="$1" '$1 == digest && $2 == part { print $3 }' "$digests")
  if [ -n "$kernels" ]; then say "$1: ${file[0]} has the digest that is listed for $kernels"; return; fi
  say "$1: ${file[0]} has the digest $digest, which is not listed; those of $1 are of:" \
    "$(awk -v part="$1" '$2 == part { printf " %s", $3 }' "$digests") (FAL_KERNELS_ISA chooses)"
  return 1
}

[ $do != estimate ] || { estimate; exit; }
mkdir -p "$out" || exit 4
say "progress: tail -f $log"
worst=0
for part in "${parts[@]}"; do
  if [ $do = sample ]; then
    sample "$part"; rc=$?
  else
    run_part "$part"; rc=$?
    write_curves "$part" || rc=$?
  fi
  [ $rc = 0 ] || worst=$rc
  [ $rc -le 1 ] || break
done
if [ $do = run ] && [ -n "$(ls "$csv"/*.csv 2>/dev/null)" ]; then "${tables[@]}" "$csv" || worst=$?; fi
case $worst in
  0) say "done";;
  75) say "stopped; the same command goes on";;
  *) say "ended with code $worst";;
esac
exit $worst
