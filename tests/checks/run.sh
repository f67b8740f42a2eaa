#!/usr/bin/env bash
# Runs what `make check` is made of and counts it; the last line is "N passed, N failed, N skipped". What a check finds
# stands above its line. Usage: MAKE=... tests/checks/run.sh TARGET...
set -u
cd "$(dirname "$0")/../.."
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
passed=0; failed=0; skipped=0
for target in "$@"; do
  case $target in
    format-check) tool=clang-format; file=;;
    check-circles) tool=nm; file=;;
    check-references) tool=; file=tests/checks/references.sh;;
    *) tool=; file=;;
  esac
  if [ -n "$tool" ] && ! command -v $tool >/dev/null; then
    echo "skip  $target: $tool is not there"; skipped=$((skipped + 1)); continue
  fi
  if [ -n "$file" ] && ! [ -e $file ]; then
    echo "skip  $target: $file is not there"; skipped=$((skipped + 1)); continue
  fi
  start=$SECONDS
  if ${MAKE:-make} --no-print-directory "$target" >"$log" 2>&1 </dev/null; then
    passed=$((passed + 1)); printf 'ok    %-40s (%d s)\n' "$target" $((SECONDS - start))
  else
    failed=$((failed + 1)); grep -v '^make.*\*\*\*' "$log"; echo "FAIL  $target"
  fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
