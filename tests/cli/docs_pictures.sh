#!/usr/bin/env bash
# The pictures of the pages: whole SVG files that a page shows, and charts that are those of the numbers beside them.
set -u
fail() { echo "FAIL: $*"; exit 1; }
mkdir charts
"$PYTHON" "$TOP/scripts/performance_charts.py" "$TOP/docs/performance" charts || fail "no charts"
for chart in charts/*.svg; do
  cmp -s "$chart" "$TOP/docs/pictures/${chart##*/}" || fail "docs/pictures/${chart##*/} is old: run scripts/performance_charts.py"
done
for picture in "$TOP"/docs/pictures/*.svg; do
  "$PYTHON" -c 'import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag.endswith("}svg") and root.get("width") and root.get("height")' "$picture" || fail "$picture"
  grep -qF "pictures/${picture##*/})" "$TOP"/README.md "$TOP"/docs/*.md || fail "no page shows ${picture##*/}"
done
for picture in "$TOP"/docs/pictures/*.png; do
  [ "$(wc -c <"$picture")" -lt 100000 ] || fail "$picture is large"
  grep -qE "pictures/${picture##*/}[)\"]" "$TOP"/README.md "$TOP"/docs/*.md || fail "no page shows ${picture##*/}"
done

# What the text of docs/performance.md says of cnn4conv is what the charts are drawn from.
"$PYTHON" - "$TOP" <<'END' || fail "docs/performance.md and docs/performance/*.json differ"
import json, sys
page = open(sys.argv[1] + "/docs/performance.md", encoding="utf-8").read()
for row in json.load(open(sys.argv[1] + "/docs/performance/peer.json")):
    if row["model"] == "cnn4conv":
        start = f"| {row['what']} {row['shape']}, {row['isa']} | {row['images_per_second']:,} |"
        line = next(l for l in page.split("\n") if l.startswith(start))
        assert f"| {row['best_peer_images_per_second']:,} | {row['as_it_comes_images_per_second']:,} |" in line, line
for row in json.load(open(sys.argv[1] + "/docs/performance/query.json"))["query"]:
    numbers = [row[k + "_seconds"] for k in ("inference", "selection", "total")]
    assert " | ".join(f"{n:.2f}" for n in numbers) in page, row
END
exit 0
