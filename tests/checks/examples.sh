#!/usr/bin/env bash
# make check-examples: every file of examples compiles where docs/adding.md puts it, in the folder of its kind, without a
# warning. Prototypes come from the lists that its line is added to, so none is asked for here. That the examples do what
# the page says is shown by tests/cli/adding.sh.
# Usage: CC=... tests/checks/examples.sh [FOLDER OF THE PROJECT]. The compiler's messages; exit 1 if there is one.
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 1
found=0
seen=0
for file in examples/*; do
  case $file in
    examples/strategy_*.c) layer=query;;
    examples/model_*.c) layer=nn;;
    examples/algorithm_*.c) layer=fed;;
    examples/importer_*.c) layer=data;;
    *.py) "${PYTHON:-python3}" -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file" || found=1
          seen=$((seen + 1)); continue;;
    *.md | 'examples/*') continue;;
    *) echo "$file:1: belongs to no kind of examples"; found=1; continue;;
  esac
  seen=$((seen + 1))
  # shellcheck disable=SC2086
  ${CC:-gcc} -Iinclude -Isrc "-Isrc/$layer" -std=c11 -D_GNU_SOURCE -fopenmp ${WARNINGS:--Wall -Wextra -Wpedantic} -Werror \
    -Wno-missing-prototypes -fsyntax-only "$file" || found=1
done
[ $seen -gt 0 ] || { echo "examples: no file"; found=1; }
exit $found
