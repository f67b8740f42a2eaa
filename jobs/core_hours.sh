#!/usr/bin/env bash
# Core-hours of job files, by --dry-run with one thread on this machine; nothing is run or written. The head of a file names
# its dataset, inputs/NAME.h5 as seen from the folder in which this is started. A line per file: file, core-hours.
# Exit codes: 1 hours of a file are not known, 2 a file that is not there, or whose head names no dataset.
# Usage: jobs/core_hours.sh [FILE.ini ...]    default: all in paper and reduced; FAL_BIN is the folder of the programs
set -u
script=core_hours.sh; jobs=$(cd "$(dirname "$0")" && pwd)
. "$jobs/lib.sh"
hpc=$(program fal_hpc) || exit 2
[ $# -gt 0 ] || set -- "$jobs"/paper/*.ini "$jobs"/reduced/*.ini
dataset_of() { sed -nE 's/^# .* (inputs\/[a-z0-9]+\.h5) --config.*/\1/p' "$1" | head -n 1; }
for file in "$@"; do # all of them before the first is measured
  if ! [ -f "$file" ] || ! [ -r "$file" ]; then job_failed 2 "$file: no such job file, or not to be read" >&2; fi
  [ -n "$(dataset_of "$file")" ] ||
    job_failed 2 "$file: its head names no data set: a line \"#   ... inputs/NAME.h5 --config $file\"" >&2
done
failed=0
for file in "$@"; do
  plan=$("$hpc" "$(dataset_of "$file")" --config "$file" --threads 1 --dry-run --plan-cores 1 </dev/null)
  hours=$(sed -nE 's/^  core hours +([0-9.]+)$/\1/p' <<<"$plan")
  [ -n "$hours" ] || failed=1
  printf '%-50s %12s\n' "$(basename "$(dirname "$file")")/$(basename "$file")" "${hours:-not known}"
done
exit $failed
