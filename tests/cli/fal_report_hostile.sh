#!/usr/bin/env bash
# fal_report on files whose names and contents mean harm, and on damaged, unfinished, doubled, foreign ones among good
# ones: the page is right, nothing runs, the terminal gets no control characters, each file that is left out has a reason.
. "$TOP/tests/cli/report_lib.sh"
checks=$TOP/tests/checks
"$PYTHON" "$checks/hostile_results.py" . || fail "cannot write results"
printable() { "$PYTHON" "$checks/printable.py" "$@" || fail "control characters, or no UTF-8"; }
unharmed() { [ -z "$(find . -name 'pwned*')" ] || fail "a name was run by a shell"; }

# ---- names -------------------------------------------------------------------------------------------------------
expect 0 "$report" good -o page; [ ! -s err ] || { cat -v err; fail "messages although all is well"; }
printable out page/*.* page/svg/* page/tex/*; unharmed
"$PYTHON" "$checks/page.py" page || fail "the page is not what it should be"
"$PYTHON" - <<'END2' || fail "names are not shown as they are"
import json
said = json.load(open("NAMES", encoding="utf-8"))
data = json.load(open("page/report.json", encoding="utf-8"))
assert sorted(data["settings"]) == sorted(said["settings"]), data["settings"]
assert sorted(data["strategies"]) == sorted(said["strategies"]), data["strategies"]
names = next(c for c in data["tables"]["classes"]["columns"] if c["name"] == "name")
names = names.get("levels") or sorted(set(names["values"]))
for shown in "</title><svg onload=alert(1)>", "]]>", "?31mred", "?]0;mine?", "?desrever?", "a?b?c", "-1":
    assert shown in names, (shown, names)
END2
for how in --json --csv --latex '--column test_loss'; do expect 0 "$report" good $how; printable out; done
expect 0 "$report" good -o '<b>"$(touch pwned)'; cmp -s page/report.html '<b>"$(touch pwned)/report.html' || fail "the folder's name changed the page"
unharmed

# ---- files -------------------------------------------------------------------------------------------------------
expect 0 "$report" good curve bad -o all; cp err messages; printable out err all/*.* all/svg/* all/tex/*; unharmed
while IFS=$'\t' read -r name reason; do
  line=$(grep -F "bad/$name: " messages) || { cat messages; fail "$name is not named"; }
  [[ $line == *"$reason"* && $line == *"left out"* ]] || fail "$name: not \"$reason\" but: $line"
done <REASONS
while IFS=$'\t' read -r name reason; do
  line=$(grep -F "curve/$name: " messages) || { cat messages; fail "$name is not named"; }
  [[ $line == *"$reason"* && $line == *"only its learning curve is taken"* ]] || fail "$name: not \"$reason\" but: $line"
done <CURVES
[ "$(wc -l <messages)" = $(($(wc -l <REASONS) + $(wc -l <CURVES))) ] || { cat messages; fail "other messages than one for each file"; }
"$PYTHON" - <<'END2' || fail "the page does not name what was left out"
import json
rows = json.load(open("all/report.json", encoding="utf-8"))["tables"]["left_out"]["columns"][0]["values"]
lines = [l.split("warning: ", 1)[1].rstrip("\n") for l in open("messages", encoding="utf-8")]
assert sorted(rows) == sorted(lines), (rows, lines)
END2
"$PYTHON" "$checks/page.py" all || fail "the page with files left out is not what it should be"
expect 0 "$report" good bad --partial; ! grep -q "bad/stopped.h5" err || fail "--partial leaves a stopped trial out"

# Nothing usable is left: exit code 3, whether they are many or one.
mkdir unusable; cp -a bad/. unusable; rm unusable/copy.h5 unusable/other_data.h5 # fine alone
expect 3 "$report" unusable -o none; printable out err; [ ! -e none ] || fail "a report on nothing"
for f in unusable/*; do expect 3 "$report" "$f"; printable out err; done
expect 3 "$report" unusable/* -o none; [ ! -e none ] || fail "a report on nothing"

# ---- in a browser ------------------------------------------------------------------------------------------------
if has_chromium; then
  "$PYTHON" "$checks/browser.py" page || fail "hostile names do something in a browser"
  "$PYTHON" "$checks/browser.py" --first all || fail "files that were left out do something in a browser"
else
  echo "skipped: Chromium is not there, so nobody opens the page"
fi
exit 0
