#!/usr/bin/env bash
# fal_report on a study of 38 settings, 7 strategies, 4 seeds, 10 AL rounds: its numbers against a computation of our own,
# its page below 3 MB and its memory below 500 MB. Time is printed only.
. "$TOP/tests/cli/report_lib.sh"
"$PYTHON" -c 'import numpy' 2>/dev/null || { echo "python3 with numpy is not there"; exit 77; }
case ${FLAVOUR:-release} in release) settings=38;; *) settings=6;; esac # checking programs are slow

"$PYTHON" "$TOP/tests/checks/make_results.py" many --settings $settings || fail "cannot write results"
cat >measured.py <<'END2'
import os, subprocess, sys, time
start = time.time()
child = subprocess.Popen(sys.argv[1:], stdout=open("out", "w"), stderr=open("err", "w"))
_, status, usage = os.wait4(child.pid, 0)
print(f"{time.time() - start:.1f} {usage.ru_utime + usage.ru_stime:.1f} {usage.ru_maxrss // 1024}")
sys.exit(os.waitstatus_to_exitcode(status))
END2
"$PYTHON" measured.py "$report" many -o page >measured || { cat err; fail "no report"; }
read -r seconds cpu megabytes <measured
bytes=$(stat -c %s page/report.html)
echo "note: $(ls many | wc -l) files: $seconds s ($cpu s of a core), $megabytes MB, page of $bytes bytes"
[ ! -s err ] || { cat err; fail "messages although all is well"; }
if [ $settings = 38 ]; then
  [ "$megabytes" -le 500 ] || fail "$megabytes MB of memory"
  [ "$bytes" -le 3000000 ] || fail "a page of $bytes bytes"
fi
"$PYTHON" "$TOP/tests/checks/many.py" page many || fail "numbers of fal_report are not what the files say"
"$PYTHON" "$TOP/tests/checks/page.py" page || fail "the page is not what it should be"
last=$(ls -d page/tex/table3_*.tex | wc -l)
[ "$last" = $(((settings + 5) / 6)) ] && [ -s page/svg/figure2.svg ] && [ -s page/tex/savings_$settings.tex ] || fail "files beside the page are missing"
if has_chromium; then
  "$PYTHON" "$TOP/tests/checks/browser.py" --filter page || fail "the page cannot be filtered by keyboard"
else
  echo "skipped: Chromium is not there, so nobody filters the page"
fi

# Balanced accuracy and Student's threshold, on fewer.
mkdir some; cp many/cifar10_alpha* some
expect 0 "$report" some --measure balanced --threshold student -o balanced
"$PYTHON" "$TOP/tests/checks/many.py" --balanced --student balanced some || fail "balanced numbers are not what the files say"
exit 0
