#!/usr/bin/env bash
# The labelling page in a real browser, from file://: fifty images by keyboard, saved, opened again, taken back.
. "$TOP/tests/cli/lib.sh"
need_h5py
PYTHONPATH=$TOP/tests/checks "$PYTHON" -c 'import chromium, sys; sys.exit(0 if chromium.program() else 1)' || skip "no Chromium is there"
data=$BIN/fal_data query=$BIN/fal_query

"$data" synth -o truth.h5 --train 200 --test 40 --classes 4 --side 28 --name tiny >log 2>&1 || { cat log; exit 1; }
"$PYTHON" "$TOP/tests/fixtures/hide_labels.py" truth.h5 open.h5 80 || exit 1
expect_exit 0 "$query" open.h5 --strategy random --budget 50 -o week1
export PYTHONDONTWRITEBYTECODE=1
timeout $((180 * ${FAL_TEST_SLOW:-1})) "$PYTHON" "$TOP/tests/checks/label_page.py" week1.query/round_02/client_00 work disc,ring,triangle,square >log 2>&1 ||
  { cat log; exit 1; }
expect_exit 0 "$data" label open.h5 work/labels.csv --into -o new.h5; expect_empty err
expect_line 'new.h5: 49 images have a label now, 0 another one than before, 71 are still open' out

# Twenty-five classes with names that would harm whoever takes them for more than names.
"$PYTHON" - <<'END'
import h5py
names = ["=1+1", "a,b", 'say "no"', "?", "</script><b>x", "O'Hara", "Gr\u00fcn", "-5", "@x", "7", " blank ", "can't tell", "&lt;",
         "__proto__", "constructor"] + [f"spare {i}" for i in range(15, 25)]
with h5py.File("open.h5", "r+") as f:
    del f.attrs["class_names"]; f.attrs["class_names"] = names
END
expect_exit 0 "$query" open.h5 --strategy random --budget 40 -o many
timeout $((180 * ${FAL_TEST_SLOW:-1})) "$PYTHON" "$TOP/tests/checks/label_page.py" many.query/round_02/client_00 many >log 2>&1 || { cat log; exit 1; }
expect_exit 0 "$data" label open.h5 many/labels.csv --into -o new.h5; expect_empty err
"$PYTHON" - <<'END' || fail "other classes than were chosen"
import csv, h5py
labels = h5py.File("new.h5")["train/labels"][:]
got = [labels[int(r["image"])] for r in csv.DictReader(open("many/labels.csv"))]
assert got[:2] == [6, 7] and got[2] == -1 and got[3] == 23 and got[4:29] == list(range(25)) and set(got[29:]) == {-1}, got
END

# Five hundred pictures of 224 x 224 open at once.
"$data" synth -o large.h5 --train 600 --test 10 --classes 4 --side 224 --name large >log 2>&1 || { cat log; exit 1; }
"$PYTHON" "$TOP/tests/fixtures/hide_labels.py" large.h5 large_open.h5 20 || exit 1
expect_exit 0 "$query" large_open.h5 --strategy random --budget 500 -o large
PYTHONPATH=$TOP/tests/checks timeout 120 "$PYTHON" - "file://$PWD/large.query/round_02/client_00/index.html" >log 2>&1 <<'END' || { cat log; fail "500 pictures"; }
import os, sys, chromium
with chromium.Browser(".", 1280, 900) as b:
    seconds = b.open(sys.argv[1])
    assert b.js("document.getElementById('count').textContent") == "0 of 500 answered"
    b.press("1"); assert b.js("picture.complete && picture.naturalWidth") == 224
print(f"{seconds:.1f} s")
sys.exit(seconds > 3 * int(os.environ.get("FAL_TEST_SLOW", "1")))
END
cat log
exit 0
