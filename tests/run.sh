#!/usr/bin/env bash
# Runs the tests that `make test` built and counts them; the last line is "N passed, N failed, N skipped".
# Usage: tests/run.sh [unit|parity|mpi|mpi/NAME|cli|cli/NAME|LAYER/test_NAME ...]; environment: BIN, TESTS (folders), FLAVOUR,
# FAL_TEST_SLOW, EMULATOR (a command that runs a unit or parity test), JOBS (how many run at once, otherwise three per two
# cores; a script with a line "# alone: why" comes after the others and has the machine to itself).
set -u
cd "$(dirname "$0")/.."

# One program or script (cmocka|mpi|script NAME): each runs in a process of its own. What it says is printed in one piece.
run_task() {
  local said # where nothing can be written, nothing is counted, and xargs ends
  said=$(mktemp -d "$FAL_TEST_RUN/XXXXXX") && : >"$said/out" || exit 255
  passed=0; failed=0; skipped=0; failures=(); log=$said/log; folder=$said/folder
  # Open MPI's jobs would share a folder, which one may remove as another enters it.
  mkdir "$said/mpi"; export OMPI_MCA_orte_tmpdir_base=$said/mpi PRTE_MCA_prte_tmpdir_base=$said/mpi
  "run_$1" "$2" >"$said/out" 2>&1
  {
    flock 9
    cat "$said/out"
    echo "$1 $2 $passed $failed $skipped" >>"$FAL_TEST_RUN/counts"
    for f in "${failures[@]:+${failures[@]}}"; do echo "$f" >>"$FAL_TEST_RUN/failures"; done
  } 9>>"$FAL_TEST_RUN/lock"
  rm -rf "$said"
}

fail() { failed=$((failed + 1)); failures+=("$1"); echo "FAIL  $1"; }

# One cmocka program: its own tests are counted one by one.
run_cmocka() {
  local name=$1 code ok bad skip
  # shellcheck disable=SC2086
  timeout -k 5 $((120 * FAL_TEST_SLOW)) ${EMULATOR:-} "$TESTS/$name" >"$log" 2>&1 </dev/null; code=$?
  ok=$(grep -c '^\[       OK \]' "$log")
  bad=$(grep '^\[  FAILED  \] [a-zA-Z0-9_]*$' "$log" | sort -u | wc -l)
  # cmocka names skipped tests twice: once where they stand, once in the summary.
  skip=$(grep '^\[  SKIPPED \] [a-zA-Z0-9_]*$' "$log" | sort -u | wc -l)
  passed=$ok; skipped=$skip
  if [ $code -ne 0 ]; then
    cat "$log"
    if [ "$bad" -gt 0 ]; then
      failed=$bad; failures+=("$name: $bad of its tests")
    else
      fail "$name: exit code $code"
    fi
  elif [ $((ok + skip)) -eq 0 ]; then
    fail "$name: ran no test"
  else
    printf 'ok    %-40s %3d passed%s  (%d s)\n' "$name" "$ok" "$([ "$skip" -gt 0 ] && echo ", $skip skipped")" $SECONDS
    if [ "$skip" -gt 0 ]; then grep -h '^skipped:' "$log" | sort -u | sed 's/^/      /'; fi
  fi
}

# An MPI program under several numbers of ranks; a line "digest HEX" must be the same for all.
run_mpi() {
  local np name digest first=
  for np in 1 2 3 5 10; do
    name="mpi/$1 np=$np"
    if ! timeout -k 5 $((120 * FAL_TEST_SLOW)) mpirun -np $np "$TESTS/mpi/$1" >"$log" 2>&1 </dev/null; then
      cat "$log"; fail "$name"; continue
    fi
    digest=$(grep '^digest ' "$log" | sort -u); first=${first:-$digest}
    if [ "$digest" != "$first" ]; then
      fail "$name: $digest, but with other ranks $first"
    else
      passed=$((passed + 1)); echo "ok    $name"
    fi
  done
}

# A script in a fresh folder of its own: 0 passed, 77 skipped (last line: why), else failed. Of one that passed, lines
# "skipped: ..." (a part of it) and "note: ..." are shown.
run_script() {
  local name=cli/$1 code
  mkdir "$folder"
  (cd "$folder" && TOP=$OLDPWD timeout -k 5 $((300 * FAL_TEST_SLOW)) bash "$OLDPWD/tests/cli/$1.sh") >"$log" 2>&1 </dev/null; code=$?
  case $code in
    0) passed=1; printf 'ok    %-40s (%d s)\n' "$name" $SECONDS; grep -hE '^(skipped|note): ' "$log" | sort -u | sed 's/^/      /';;
    77) skipped=1; echo "skip  $name: $(tail -n 1 "$log")";;
    *) cat "$log"; fail "$name: exit code $code";;
  esac
}

if [ "${1:-}" = --task ]; then
  read -r kind name <<<"$2"
  run_task "$kind" "$name"
  exit 0
fi

BIN=$(cd "$BIN" && pwd); TESTS=$(mkdir -p "$TESTS" && cd "$TESTS" && pwd); export BIN TESTS
FLAVOUR=${FLAVOUR:-release}; export FLAVOUR
if [ -z "${PYTHON:-}" ]; then # make chooses it; here for who runs this script by hand
  for PYTHON in python3 /usr/bin/python3; do if "$PYTHON" -c 'import h5py' 2>/dev/null; then break; fi; done
fi
export PYTHON
export FAL_REFERENCE=${FAL_REFERENCE:-$PWD/../shared/reference}
export FAL_DATA=${FAL_DATA:-$PWD/../shared/data}
export FAL_FIXTURES=$PWD/tests/fixtures
. scripts/mpi.sh
mpi_environment # more ranks than cores are the point of many tests
# All on this host. Over TCP nothing is sent, but Open MPI 5 complains where a host has addresses of several kinds.
export OMPI_MCA_btl=^tcp
cores=$(env -u OMP_NUM_THREADS nproc)
jobs=$((cores + (cores + 1) / 2)) # half of a script's time, it waits
jobs=${JOBS:-$((jobs < 12 ? jobs : 12))}
[[ $jobs =~ ^[1-9][0-9]*$ ]] || { echo "tests/run.sh: JOBS=$jobs: must be 1 or more" >&2; exit 2; }
unset JOBS         # the tests run this script, too
unset FAL_HPC_JOBS # of an installation on this machine
# Open MPI would bind the ranks of all jobs to the same first cores. What a command line asks for still counts.
if [ "$jobs" -gt 1 ]; then export OMPI_MCA_hwloc_base_binding_policy=none PRTE_MCA_hwloc_default_binding_policy=none; fi
export OMP_WAIT_POLICY=passive # threads that outnumber the cores must not spin
export CMOCKA_MESSAGE_OUTPUT=STDOUT
# Open MPI and its libraries keep memory until the process ends; only our own leaks count. use_tls=0: the leak checker
# crashes on thread-local storage of plug-ins that a program without mpirun has unloaded.
export LSAN_OPTIONS="suppressions=$PWD/tests/checks/lsan.supp:print_suppressions=0:use_tls=0"
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS="suppressions=$PWD/tests/checks/tsan.supp"
slow=${FAL_TEST_SLOW:-1} # times the limits: on a machine that is busy with other things
case $FLAVOUR in sanitize|tsan|coverage) slow=$((5 * slow));; esac

FAL_TEST_RUN=$(mktemp -d) || exit 1; export FAL_TEST_RUN
trap 'rm -rf "$FAL_TEST_RUN"' EXIT
touch "$FAL_TEST_RUN/counts" "$FAL_TEST_RUN/failures"
together=(); alone=()

add_programs() { # KIND FOLDER...: all that were built there
  local kind=$1 folder t; shift
  for folder; do for t in "$TESTS/$folder"/test_*; do
    if ! [ -x "$t" ] || ! [ -f "$t" ]; then continue; fi
    case $kind in mpi) together+=("mpi $(basename "$t")");; *) together+=("cmocka $folder/$(basename "$t")");; esac
  done; done
}
add_scripts() { # NAME...
  local name
  for name; do
    case $name in *lib) continue;; esac
    if grep -q '^# alone: ' "tests/cli/$name.sh"; then alone+=("script $name"); else together+=("script $name"); fi
  done
}
add_units() { add_programs cmocka base comm io plot data nn train fed query results report experiment site; }
all_scripts() { basename -s .sh tests/cli/*.sh; }

for part in "${@:-all}"; do
  case $part in
    unit) add_units;; parity) add_programs cmocka parity;; mpi) add_programs mpi mpi;;
    # shellcheck disable=SC2046
    cli) add_scripts $(all_scripts);;
    # shellcheck disable=SC2046
    all) add_units; add_programs cmocka parity; add_programs mpi mpi; add_scripts $(all_scripts);;
    cli/*) add_scripts "${part#cli/}";;
    mpi/*) together+=("mpi ${part#mpi/}");;
    */test_*) together+=("cmocka $part");;
    *) echo "tests/run.sh: unknown part $part: unit, parity, mpi, mpi/NAME, cli, cli/NAME or LAYER/test_NAME" >&2; exit 2;;
  esac
done
# run_all AT_ONCE TASK...: what runs beside others has twice the time.
run_all() {
  local at_once=$1; shift
  export FAL_TEST_SLOW=$((at_once > 1 ? 2 * slow : slow))
  if [ $# -gt 0 ]; then printf '%s\0' "$@" | xargs -0 -n 1 -P "$at_once" tests/run.sh --task; fi
}
run_all "$jobs" "${together[@]:+${together[@]}}"
run_all 1 "${alone[@]:+${alone[@]}}"

read -r passed failed skipped < <(awk '{ p += $3; f += $4; s += $5 } END { print p + 0, f + 0, s + 0 }' "$FAL_TEST_RUN/counts")
for task in "${together[@]:+${together[@]}}" "${alone[@]:+${alone[@]}}"; do
  if grep -q "^$task " "$FAL_TEST_RUN/counts"; then continue; fi
  failed=$((failed + 1)); echo "${task#* }: did not end" >>"$FAL_TEST_RUN/failures"
done
cat "$FAL_TEST_RUN"/*/out 2>/dev/null # of those
sed 's/^/failed: /' "$FAL_TEST_RUN/failures"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
