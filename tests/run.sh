#!/usr/bin/env bash
# Runs the tests that `make test` built and counts them; the last line is "N passed, N failed, N skipped".
# Usage: tests/run.sh [unit|parity|mpi|mpi/NAME|cli|cli/NAME|LAYER/test_NAME ...]; environment: BIN, TESTS (folders), FLAVOUR,
# FAL_TEST_SLOW, EMULATOR (a command that runs a single unit or parity test).
set -u
cd "$(dirname "$0")/.."
BIN=$(cd "$BIN" && pwd); TESTS=$(mkdir -p "$TESTS" && cd "$TESTS" && pwd); export BIN
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
export FAL_TEST_SLOW=$slow

work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
passed=0; failed=0; skipped=0; failures=()

fail() { failed=$((failed + 1)); failures+=("$1"); echo "FAIL  $1"; }

# One cmocka program: its own tests are counted one by one.
run_cmocka() {
  local name=$1 log=$work/log; shift
  local start=$SECONDS
  timeout -k 5 $((120 * slow)) "$@" >"$log" 2>&1 </dev/null; local code=$?
  local ok bad skip
  ok=$(grep -c '^\[       OK \]' "$log"); skip=$(grep -c '^\[  SKIPPED \] [a-z0-9_]*$' "$log")
  bad=$(grep '^\[  FAILED  \] [a-zA-Z0-9_]*$' "$log" | sort -u | wc -l)
  # cmocka names skipped tests twice: once where they stand, once in the summary.
  skip=$(grep '^\[  SKIPPED \] [a-zA-Z0-9_]*$' "$log" | sort -u | wc -l)
  passed=$((passed + ok)); skipped=$((skipped + skip))
  if [ $code -ne 0 ]; then
    cat "$log"
    if [ "$bad" -gt 0 ]; then
      failed=$((failed + bad)); failures+=("$name: $bad of its tests")
    else
      fail "$name: exit code $code"
    fi
  elif [ $((ok + skip)) -eq 0 ]; then
    fail "$name: ran no test"
  else
    printf 'ok    %-40s %3d passed%s  (%d s)\n' "$name" "$ok" "$([ "$skip" -gt 0 ] && echo ", $skip skipped")" $((SECONDS - start))
    if [ "$skip" -gt 0 ]; then grep -h '^skipped:' "$log" | sort -u | sed 's/^/      /'; fi
  fi
}

run_units() { for t in "$TESTS"/{base,comm,io,plot,data,nn,train,fed,query,results,report,experiment,site}/test_*; do
  if [ -x "$t" ] && [ -f "$t" ]; then run_cmocka "${t#"$TESTS"/}" "$t"; fi; done; }
run_parity() { for t in "$TESTS"/parity/test_*; do
  if [ -x "$t" ] && [ -f "$t" ]; then run_cmocka "${t#"$TESTS"/}" "$t"; fi; done; }

# MPI programs (all, or the one named) under several numbers of ranks; a line "digest HEX" must be the same for all.
run_mpi() {
  local t np log=$work/log digest first
  for t in "$TESTS"/mpi/${1:-test_*}; do
    if ! [ -x "$t" ] || ! [ -f "$t" ]; then continue; fi
    first=
    for np in 1 2 3 5 10; do
      local name="mpi/$(basename "$t") np=$np"
      if ! timeout -k 5 $((120 * slow)) mpirun -np $np "$t" >"$log" 2>&1 </dev/null; then
        cat "$log"; fail "$name"; continue
      fi
      digest=$(grep '^digest ' "$log" | sort -u); first=${first:-$digest}
      if [ "$digest" != "$first" ]; then
        fail "$name: $digest, but with other ranks $first"
      else
        passed=$((passed + 1)); echo "ok    $name"
      fi
    done
  done
}

# Scripts (all, or the one named) in a fresh folder of their own: 0 passed, 77 skipped (last line: why), else failed. Of
# one that passed, lines "skipped: ..." (a part of it) and "note: ..." are shown.
run_scripts() {
  local t log=$work/log code start
  for t in "$PWD"/tests/cli/${1:-*}.sh; do
    case $t in *lib.sh) continue;; esac
    local name="cli/$(basename "$t" .sh)" folder; folder=$(mktemp -d "$work/cli.XXXXXX")
    start=$SECONDS
    (cd "$folder" && TOP=$OLDPWD timeout -k 5 $((300 * slow)) bash "$t") >"$log" 2>&1 </dev/null; code=$?
    case $code in
      0) passed=$((passed + 1)); printf 'ok    %-40s (%d s)\n' "$name" $((SECONDS - start))
         grep -hE '^(skipped|note): ' "$log" | sort -u | sed 's/^/      /';;
      77) skipped=$((skipped + 1)); echo "skip  $name: $(tail -n 1 "$log")";;
      *) cat "$log"; fail "$name: exit code $code";;
    esac
    rm -rf "$folder"
  done
}

for part in "${@:-all}"; do
  case $part in
    unit) run_units;; parity) run_parity;; mpi) run_mpi;; cli) run_scripts;; cli/*) run_scripts "${part#cli/}";;
    mpi/*) run_mpi "${part#mpi/}";;
    */test_*) run_cmocka "$part" ${EMULATOR:-} "$TESTS/$part";;
    all) run_units; run_parity; run_mpi; run_scripts;;
    *) echo "tests/run.sh: unknown part $part: unit, parity, mpi, mpi/NAME, cli, cli/NAME or LAYER/test_NAME" >&2; exit 2;;
  esac
done
for f in "${failures[@]:+${failures[@]}}"; do echo "failed: $f"; done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
