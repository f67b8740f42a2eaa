#!/usr/bin/env bash
# The Python of docs/analysis.md works on a report, and its list of tables is whole. The end of a job: verdict, page.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hpc_lib.sh"
need_h5py
page=$TOP/docs/analysis.md

# block TITLE: the code block of the page that begins with that comment
block() { awk -v title="# $1" '$0 == "```python" { getline; on = ($0 == title) } $0 == "```" { on = 0 } on' "$page"; }

small_dataset
mkdir before
expect_exit 0 ranks 2 small.h5 $short --strategy logo,random,entropy:global,entropy:local --seeds 1,2 --output runs \
  --report report
expect_line '^Best by area under the learning curve is ' out
expect_line '^report: report/report.html$' out
expect_line '^ +\+-+' out # the curves as text
[ -s report/report.html ] && [ -s report/tex/accuracy_1.tex ] && [ -s report/svg/curves_1.svg ] || fail "files of the report"
expect_no_line '.{81}' <(awk '/per cent correct/ { on = 1 } on; /several|[a-z] [a-z:]+ [0-9.]+$/ { on = 0 }' out)
cp out printed

# A job whose page cannot be written says so before it computes.
: >file
expect_exit 4 ranks 1 small.h5 $short --strategy random --output other --report file
expect_line 'file' err
[ ! -e other ] || [ -z "$(ls other)" ] || fail "trials ran before the page's folder was looked at"

block "read the report" >read.py; [ -s read.py ] || fail "no block that reads the report"
"$PYTHON" read.py >out || { cat out; fail "the example that reads the report"; }
expect_line '^Best by area' out
expect_line '^entropy:global 2 [0-9.]+ [0-9.]+$' out
if "$PYTHON" -c 'import matplotlib' 2>/dev/null; then
  { cat read.py; block "draw the curves"; } >draw.py
  "$PYTHON" draw.py >/dev/null || fail "the example that draws the curves"
  [ -s curves.pdf ] || fail "no figure was drawn"
else
  echo "the figure is skipped: no matplotlib"
fi

# The page names every table, and no other.
expect_exit 0 "$BIN/fal_report" runs -o all --data small.h5 --baseline runs --column m_transport
"$PYTHON" - "$page" <<'PY' || fail "docs/analysis.md and the tables"
import json, os, re, sys
text = open(sys.argv[1]).read()
part = text[text.index("## Tables"):text.index("## One figure")]
named = set()
for line in part.splitlines():
    if line.startswith("| `"):
        named |= set(re.findall(r"`([a-z0-9_]+)`", line.split("|")[1]))
made = {f[:-4] for f in os.listdir("all") if f.endswith(".csv")} - {"column"}
rare = {"mean_ranks", "gap_grid"}  # of several settings
assert named - rare == made - rare, (named - made, made - named)
tables = json.load(open("all/report.json"))["tables"]
for name, table in tables.items():
    for column in table["columns"]:
        assert column["meaning"], (name, column["name"])
PY
