#!/usr/bin/env bash
# fal_report --data: the images on the page are those of the data set. --baseline: what changed, computed again here.
# --json, --latex; what -o may not replace.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hpc_lib.sh"
need_h5py
"$PYTHON" -c 'import numpy' 2>/dev/null || skip "python3 with numpy is not there"
report=$BIN/fal_report

small_dataset
"$BIN/fal_data" synth -o other.h5 --train 400 --test 150 --seed 6 --name small >/dev/null
expect_exit 0 ranks 2 small.h5 $short --strategy logo,random --seeds 1-3 --output runs
expect_exit 0 ranks 2 small.h5 $short --strategy logo,random --seeds 2-4 --output later
expect_exit 0 "$report" runs -o page --data small.h5 --baseline later

cat >check.py <<'PY'
import base64, csv, h5py, json, math, re, struct, sys, zlib
import numpy as np

html = open("page/report.html").read()
tables = json.load(open("page/report.json"))["tables"]


def rows(name):
    columns = tables[name]["columns"]
    values = [[c["levels"][v] for v in c["values"]] if "levels" in c else c["values"] for c in columns]
    return [dict(zip([c["name"] for c in columns], r)) for r in zip(*values)]


def decode(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data = 8, b""
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        body = png[at + 8:at + 8 + size]
        if kind == b"IHDR":
            w, h, depth, colour = struct.unpack(">IIBB", body[:10])
        data += body if kind == b"IDAT" else b""
        at += 12 + size
    c = {0: 1, 2: 3}[colour]
    raw, out, stride = zlib.decompress(data), np.zeros((h, w * c), np.int64), w * c
    for y in range(h):
        kind, line = raw[y * (stride + 1)], np.frombuffer(raw, np.uint8, stride, y * (stride + 1) + 1).astype(np.int64)
        up = out[y - 1] if y else np.zeros(stride, np.int64)
        for x in range(stride):
            a, b = (out[y, x - c] if x >= c else 0), up[x]
            d = up[x - c] if x >= c else 0
            p = a + b - d
            paeth = a if abs(p - a) <= abs(p - b) and abs(p - a) <= abs(p - d) else b if abs(p - b) <= abs(p - d) else d
            out[y, x] = (line[x] + [0, a, b, (a + b) // 2, paeth][kind]) % 256
    return out.reshape(h, w, c)


images = h5py.File("small.h5")["train/images"][:]
images = images.reshape(len(images), images.shape[1], images.shape[2], -1)
side = images.shape[1]
sheets = [base64.b64decode(b) for b in re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", html)]
assert len(sheets) == 2, len(sheets)
for name, sheet in zip(["logo", "random"], sheets):
    pixels = decode(sheet)
    bought = [r for r in rows("first_images") if r["strategy"] == name]
    assert 0 < len(bought) <= 40
    step = side + 1
    offset = 0 if pixels.shape[1] % step == side else 1
    for r in bought:
        y, x = r["place"] // 10 * step + offset, r["place"] % 10 * step + offset
        assert (pixels[y:y + side, x:x + side] == images[r["image"]]).all(), (name, r)
    # the first choices of the clients of the first seed, place by place
    with h5py.File([t["file"] for t in rows("trials") if t["strategy"] == name and t["seed"] == 1][0]) as f:
        q = [(int(v["al_round"]), int(v["order"]), int(v["client"]), int(v["image"])) for v in f["queries"][:]]
    expected = [v[3] for v in sorted(v for v in q if v[0] > 1)][:40]
    assert [r["image"] for r in bought] == expected, name

for r in rows("baseline"):  # seeds 2 and 3 are in both and equal
    assert (r["seeds_now"], r["seeds_before"], r["seeds_in_both"], r["equal"]) == (3, 3, 2, 2), r
    assert r["difference"] == r["ci_low"] == r["ci_high"] == 0, r
PY
"$PYTHON" check.py || fail "images or baseline"

# Nothing in common but the setting: Welch's interval over all seeds.
mkdir first last
cp runs/*_s1.h5 runs/*_s2.h5 first/; cp later/*_s3.h5 later/*_s4.h5 last/
expect_exit 0 "$report" last -o welch --baseline first
cat >welch.py <<'PY'
import csv, glob, h5py, math
rows = list(csv.DictReader(open("welch/baseline.csv")))
def areas(folder, strategy):
    values = []
    for path in sorted(glob.glob(f"{folder}/*_{strategy}_s*.h5")):
        r = h5py.File(path)["rounds"][:]
        x, y = r["labelled_share"], r["test_accuracy"]
        values.append(100 * sum((x[i + 1] - x[i]) * (y[i] + y[i + 1]) / 2 for i in range(len(x) - 1)) / (x[-1] - x[0]))
    return values
for row in rows:
    a, b = areas("last", row["strategy"]), areas("first", row["strategy"])
    mean = lambda v: sum(v) / len(v)
    var = lambda v: sum((x - mean(v)) ** 2 for x in v) / (len(v) - 1) / len(v)
    assert int(row["seeds_in_both"]) == 0
    difference = mean(a) - mean(b)
    assert abs(float(row["difference"]) - difference) < 1e-9, (row, difference)
    half = (float(row["ci_high"]) - float(row["ci_low"])) / 2
    try:
        from scipy import stats
    except ImportError:
        continue
    va, vb = var(a), var(b)
    freedom = (va + vb) ** 2 / (va ** 2 + vb ** 2)
    assert abs(half - stats.t.ppf(0.975, freedom) * math.sqrt(va + vb)) < 1e-6 * half, row
PY
"$PYTHON" welch.py || fail "Welch's interval"

# Another data set, options that need the page, one output at a time.
expect_exit 3 "$report" runs -o wrong --data other.h5; expect_message fal_report 'other.h5: the results are of another'
[ ! -e wrong/report.html ] || fail "a page was written all the same"
expect_exit 2 "$report" runs --data small.h5; expect_message fal_report '--data is shown on the page'
expect_exit 2 "$report" runs --baseline later; expect_message fal_report '--baseline is shown on the page'
expect_exit 2 "$report" runs --json --csv; expect_message fal_report 'only one of them'
expect_exit 0 "$report" runs --json; "$PYTHON" -c 'import json; json.load(open("out"))' || fail "--json"
expect_exit 0 "$report" runs --latex; expect_line '\\begin\{tabular\}' out
[ "$(grep -c '\\begin{table}' out)" = "$(grep -c '\\end{table}' out)" ] || fail "--latex"

# No file that was read is replaced, given or found in a folder.
mkdir inside; cp runs/*_s1.h5 inside/; ln inside/*random_s1.h5 inside/report.json
expect_exit 2 "$report" inside -o inside; expect_line 'report.json' err
[ ! -e inside/report.html ] || fail "something was written"
