#!/usr/bin/env bash
# make sanitizers: what is run before a release, as each sanitizer and compiler sees it: all tests under the address and
# undefined-behaviour sanitizers, built by gcc and by clang (programs: unit, parity and MPI tests; scripts: with the vector
# kernels of a release, which the programs had under the sanitizer), and the unit tests under the thread sanitizer (gcc:
# clang's OpenMP hides its locks from it). The last line is "N passed, N failed, N skipped" over all of them.
# Usage: scripts/test_sanitizers.sh [gcc-programs|gcc-scripts|clang-programs|clang-scripts|gcc-threads ...]
set -u
cd "$(dirname "$0")/.."
unset CC MPICC MAKEFLAGS MFLAGS
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
passed=0; failed=0; skipped=0; failures=()
fail() { failed=$((failed + 1)); failures+=("$1"); }
if [ $# = 0 ]; then set -- gcc-programs gcc-scripts gcc-threads clang-programs clang-scripts; fi
for run; do
  compiler=${run%-*}; start=$SECONDS
  case $run in
    gcc-programs | clang-programs) what=(FLAVOUR=sanitize test-programs);;
    gcc-scripts | clang-scripts) what=(FLAVOUR=sanitize RELEASE_KERNELS=1 test-scripts);;
    gcc-threads) what=(FLAVOUR=tsan test-units);;
    *) echo "make sanitizers: unknown run $run" >&2; exit 2;;
  esac
  if ! command -v "$compiler" >/dev/null; then skipped=$((skipped + 1)); echo "skip  $run: there is no $compiler"; continue; fi
  echo "== $run: $("$compiler" --version | head -n 1)"
  make --no-print-directory -j"$(env -u OMP_NUM_THREADS nproc)" CC="$compiler" "${what[@]}" </dev/null 2>&1 | tee "$log"
  if grep -q ' warning: ' "$log"; then fail "$run: warnings of the compiler"; fi
  count=$(tail -n 5 "$log" | grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' | tail -n 1)
  if ! [[ $count =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then fail "$run: the tests did not end"; continue; fi
  passed=$((passed + BASH_REMATCH[1])); failed=$((failed + BASH_REMATCH[2])); skipped=$((skipped + BASH_REMATCH[3]))
  while read -r line; do failures+=("$run: $line"); done < <(sed -n 's/^failed: //p' "$log")
  echo "$run: $count ($((SECONDS - start)) s)"
done
for f in "${failures[@]:+${failures[@]}}"; do echo "failed: $f"; done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
