#!/usr/bin/env bash
# The page of fal_report in headless Chromium: contrast in light and dark, 400 and 1280 pixels, keyboard, filters, no
# scripts, no requests, paper. KEEP=1 keeps screenshots and the printed page, and prints where.
. "$TOP/tests/cli/report_lib.sh"
has_chromium || { echo "Chromium is not there"; exit 77; }

"$PYTHON" "$TOP/tests/checks/make_results.py" made --settings 2 --strategies 4 --seeds 3 --rounds 5 --classes 6 || fail "cannot write results"
expect 0 "$report" made -o page
pictures=
[ -z "${KEEP:-}" ] || { pictures=$(mktemp -d); echo "note: pictures are in $pictures"; }
"$PYTHON" "$TOP/tests/checks/browser.py" page $pictures || fail "the page is not what it should be in a browser"

# The check itself: a page that does what none may.
mkdir bad
sed -e 's/<meta http-equiv="Content-Security-Policy"[^>]*>//' -e 's|<h1>|<p style="color:#777">pale</p><p style="width:500px">wide</p>\
<img alt="" src="http://127.0.0.1:9/x.png"><script>alert(1); document.title = "mine"; missing();</script><h1>|' page/report.html >bad/report.html
"$PYTHON" "$TOP/tests/checks/browser.py" --first bad >bad/out && fail "a bad page passed"
for error in 'asked for http://127' 'a dialog: 1' 'an error of the script: ReferenceError' "the title became 'mine'" 'light_400: 5[0-9]* pixels wide' \
  'light_1280: too little contrast' 'dark_400: too little contrast'; do
  grep -q "bad: $error" bad/out || { cat bad/out; fail "the check of the browser does not notice: $error"; }
done
exit 0
