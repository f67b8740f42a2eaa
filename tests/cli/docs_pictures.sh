#!/usr/bin/env bash
# The pictures of the pages: whole SVG files that a page shows, and charts that are those of the numbers beside them.
set -u
fail() { echo "FAIL: $*"; exit 1; }
mkdir charts
for numbers in "$TOP"/docs/performance/*/; do
  "$PYTHON" "$TOP/scripts/performance_charts.py" "$numbers" charts || fail "no charts of $numbers"
done
for chart in charts/*.svg; do
  cmp -s "$chart" "$TOP/docs/pictures/${chart##*/}" || fail "docs/pictures/${chart##*/} is old: run scripts/performance_charts.py"
done
for picture in "$TOP"/docs/pictures/*.svg; do
  "$PYTHON" -c 'import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag.endswith("}svg") and root.get("width") and root.get("height")' "$picture" || fail "$picture"
  grep -qF "pictures/${picture##*/})" "$TOP"/README.md "$TOP"/docs/*.md "$TOP"/docs/performance/*.md || fail "no page shows ${picture##*/}"
done
for picture in "$TOP"/docs/pictures/*.png; do
  [ "$(wc -c <"$picture")" -lt 100000 ] || fail "$picture is large"
  grep -qE "pictures/${picture##*/}[)\"]" "$TOP"/README.md "$TOP"/docs/*.md "$TOP"/docs/performance/*.md || fail "no page shows ${picture##*/}"
done

# What the text of docs/performance.md says of cnn4conv is what the charts are drawn from.
"$PYTHON" - "$TOP" <<'END' || fail "docs/performance.md and docs/performance/zen4/*.json differ"
import json, sys
page = open(sys.argv[1] + "/docs/performance.md", encoding="utf-8").read()
for row in json.load(open(sys.argv[1] + "/docs/performance/zen4/peer.json"))["rows"]:
    if row["model"] == "cnn4conv":
        start = f"| {row['what']} {row['shape']}, {row['isa']} | {row['images_per_second']:,} |"
        line = next(l for l in page.split("\n") if l.startswith(start))
        assert f"| {row['best_peer_images_per_second']:,} | {row['as_it_comes_images_per_second']:,} |" in line, line
for row in json.load(open(sys.argv[1] + "/docs/performance/zen4/query.json"))["queries"]:
    numbers = [row[k + "_seconds"] for k in ("inference", "selection", "total")]
    assert " | ".join(f"{n:.2f}" for n in numbers) in page, row
for isa, at in (("avx512", 0), ("avx2", 1)):
    for row in json.load(open(sys.argv[1] + f"/docs/performance/zen4/layers-{isa}.json"))["winograd"]:
        line = next(l for l in page.split("\n") if l.startswith(f"| {row['size']}x{row['size']} | ") and l.count("/") == 4)
        cells = [cell.split(" / ")[at] for cell in line.strip("| ").split(" | ")[1:]]
        numbers = [row[k + "_of_peak"] for k in ("forward", "data_gradient", "weight_gradient", "gradients")]
        assert cells == [f"{n:.2f}" for n in numbers], (row, line)
END

# The pages of machines are those of their numbers.
cp -r "$TOP/docs/performance" numbers
for page in numbers/*.md; do
  [ -e "$page" ] || continue
  "$PYTHON" "$TOP/scripts/performance_page.py" "${page%.md}" "$TOP/docs/pictures" || fail "no page"
  cmp -s "$page" "$TOP/docs/performance/${page##*/}" || fail "${page##*/} is old: run scripts/performance_page.py"
done
exit 0
