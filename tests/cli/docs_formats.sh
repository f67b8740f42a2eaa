#!/usr/bin/env bash
# The Python examples of docs/formats.md work on files that the programs read and write.
. "$(dirname "$0")/lib.sh"
need_h5py
[ -x "$BIN/fal_hpc" ] || skip "no fal_hpc"

# block TITLE: the code block of the docs that begins with that comment
block() { awk -v title="# $1" '$0 == "```python" { getline; on = ($0 == title) } $0 == "```" { on = 0 } on' "$TOP/docs/formats.md"; }
block "make a dataset" >make.py;  [ -s make.py ] || fail "no block that makes a dataset"
block "read results" >read.py;    [ -s read.py ] || fail "no block that reads results"

"$PYTHON" make.py || fail "the example that makes a dataset"
expect_exit 0 "$BIN/fal_data" verify mine.h5
expect_line '^mine.h5: mine, 200 \+ 50 images of 16 x 16 x 3, 2 classes$' out
expect_exit 0 "$BIN/fal_hpc" mine.h5 --clients 2 --al-rounds 2 --fl-rounds 1 --local-epochs 1 --strategy random
"$PYTHON" read.py >out || { cat out; fail "the example that reads results"; }
expect_line '^random complete$' out
expect_line '^labelled \[images\]: ' out
expect_line '^2 20 [0-9.]+$' out
