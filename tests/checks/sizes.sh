#!/usr/bin/env bash
# make check-sizes: no file of src and include has more than 400 lines, no function (or macro that stands for one) more
# than 70: a file is one idea, and a function fits a screen.
# Usage: tests/checks/sizes.sh [FOLDER OF THE PROJECT]. One line "file:line: what" per finding; exit 1 if there is one.
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 1
# The form is clang-format's: the body of a function begins and ends with a brace in the first column; what stands at a
# margin before the opening one is its head.
find src include -name '*.[ch]' | LC_ALL=C sort | xargs -r awk -v file_most=400 -v function_most=70 '
  function say(line, what) { print FILENAME ":" line ": " what; found = 1 }
  function name_of(head) { sub(/\(.*/, "", head); sub(/.*[ *]/, "", head); return head }
  FNR == 1 { head = 0; body = 0; macro = 0 }
  macro && !/\\$/ {
    if (code && FNR - macro + 1 > function_most) say(macro, "macro of " FNR - macro + 1 " lines: at most " function_most)
    macro = 0
  }
  !macro && /^[ \t]*#[ \t]*define.*\\$/ { macro = FNR; code = 0 }
  macro && /;/ { code = 1 }
  !body && /^[A-Za-z_].*\(/ && !/;[ \t]*$/ { head = FNR; name = name_of($0) }
  /^\{/ && head { body = 1 }
  /^\}/ {
    if (body && FNR - head + 1 > function_most)
      say(head, "function " name " of " FNR - head + 1 " lines: at most " function_most)
    head = 0; body = 0
  }
  { lines[FILENAME] = FNR }
  END {
    for (file in lines)
      if (lines[file] > file_most) { print file ":1: file of " lines[file] " lines: at most " file_most; found = 1 }
    exit found
  }'
case $? in 0) exit 0;; *) exit 1;; esac
