#!/usr/bin/env bash
# Remakes the pictures of docs/labelling.md: the labelling page in a headless Chromium, half way through a query on the
# built-in dataset. Needs python3 with h5py, and Chromium. Environment: BIN, PYTHON.
set -eu
cd "$(dirname "$0")/.."
bin=$(realpath "${BIN:-build/bin}")
python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

"$bin/fal_data" synth -o "$work/shapes.h5" --train 400 --test 100 --classes 4 >/dev/null
"$python" tests/fixtures/hide_labels.py "$work/shapes.h5" "$work/photos.h5" 100
"$bin/fal_query" "$work/photos.h5" --strategy random --budget 40 -o "$work/week1" >/dev/null
PYTHONPATH=tests/checks PYTHONDONTWRITEBYTECODE=1 "$python" - "file://$work/week1.query/round_02/client_00/index.html" "$work" <<'END'
import sys, chromium
for name, width, height, dark in ("label_page", 960, 470, False), ("label_narrow", 400, 800, True):
    with chromium.Browser(sys.argv[2], width, height, dark=dark) as b:
        b.open(sys.argv[1])
        b.js("annotator.value = 'Ann'")
        for key in "12341230142311": b.press(key)
        b.picture(f"docs/pictures/{name}.png")
END
