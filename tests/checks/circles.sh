#!/usr/bin/env bash
# make check-circles: by the symbols of what was built last, no layer uses another that uses it, directly or over others,
# and no file of these folders does: each of their files can be read with those that it uses, and without the rest.
# Usage: tests/checks/circles.sh [FOLDER OF THE PROJECT]. A line "a -> b -> a" per circle, and for each step one symbol;
# exit 1 if there is one.
set -u
without_circles="src/base src/comm src/nn/kernels src/train src/fed src/query src/results src/experiment src/site src/plot src/report src/apps"
cd "${1:-$(dirname "$0")/../..}" || exit 1
objects=$(cd build/bin 2>/dev/null && cd -P .. && pwd) || { echo "build/bin: nothing is built: run make"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Objects of the sources that are there now, each once: "file user-or-definer symbol".
(cd "$objects" && find . -name '*.o' -not -path './tests/*' | sed 's,^\./,,' | LC_ALL=C sort) |
  while read -r object; do if [ -e "src/${object%.o}.c" ] || [ -e "src/${object%_*}.c" ]; then echo "$object"; fi; done >"$work/objects"
[ -s "$work/objects" ] || { echo "build/bin: holds no objects of src: run make"; exit 1; }
(cd "$objects" && xargs nm -A -P -g <"$work/objects") |
  sed -nE 's,^(.*)\.o: ([^ ]+) ([A-Za-z]).*,src/\1.c \2 \3,p' >"$work/symbols"
# uses: "user definer symbol". A name that several programs define for themselves (main) is nobody's to use.
awk '$3 != "U" { if ($2 in home) double[$2] = 1; home[$2] = $1; next }
     { user[++n] = $1; symbol[n] = $2 }
     END { for (i = 1; i <= n; i++) { s = symbol[i]
             if (s in home && !(s in double) && home[s] != user[i]) print user[i], home[s], s } }' \
  "$work/symbols" >"$work/uses"

# report EDGES: "user definer symbol" lines; tsort names the members of each loop in their order.
found=0
report() {
  local loops
  loops=$(cut -d' ' -f1,2 "$1" | sort -u | tsort 2>&1 >/dev/null | sed 's/^tsort: //')
  [ -n "$loops" ] || return 0
  found=1
  awk -v edges="$1" '
    function flush(  i, line, from, to, along) {
      if (!n) return
      along = (member[1] SUBSEP member[2]) in symbol # tsort may go along the arrows or against them
      line = member[1]
      for (i = 1; i <= n; i++) { step[i] = along ? member[i % n + 1] : member[(n - i) % n + 1]; line = line " -> " step[i] }
      print "circle: " line
      from = member[1]
      for (i = 1; i <= n; i++) { to = step[i]; print "  " from " uses " symbol[from, to] " of " to; from = to }
      n = 0
    }
    BEGIN { while ((getline line < edges) > 0) { split(line, part, " "); symbol[part[1], part[2]] = part[3] } }
    /contains a loop/ { flush(); next }
    { member[++n] = $1 }
    END { flush() }' <<<"$loops"
}

awk '{ split($1, a, "/"); split($2, b, "/"); if (a[2] != b[2]) print a[2], b[2], $3 }' "$work/uses" >"$work/layers"
report "$work/layers"
for folder in $without_circles; do
  grep -E "^$folder/[^ ]* $folder/" "$work/uses" >"$work/files"
  report "$work/files"
done
exit $found
