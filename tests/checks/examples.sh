#!/usr/bin/env bash
# make check-examples: every C file of examples compiles without a warning in the folder of its kind, with the lines in the
# lists that docs/adding.md adds for it; Python files are Python. That they do what the page says: tests/cli/adding.sh.
# Usage: CC=... tests/checks/examples.sh [FOLDER OF THE PROJECT]. The compiler's messages; exit 1 if there is one.
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 1
top=$PWD
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cp -r include src "$work/" || exit 1
# The sed commands of the page's blocks; a command goes on where a line ends with a backslash.
awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0; more = 0 } on && (more || /^sed -i /) { print; more = /\\$/ }' docs/adding.md >"$work/lines"
(cd "$work" && bash -e lines) || { echo "docs/adding.md:1: a sed command fails"; exit 1; }

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
  (cd "$work" && ${CC:-gcc} -Iinclude "-Isrc/$layer" -std=c11 -D_GNU_SOURCE -fopenmp ${WARNINGS:--Wall -Wextra -Wpedantic -Wmissing-prototypes} \
    -Werror -fsyntax-only "$top/$file") 2>"$work/said" || { sed "s,^$top/,," "$work/said"; found=1; }
done
[ $seen -gt 0 ] || { echo "examples: no file"; found=1; }
exit $found
