#!/usr/bin/env bash
# fal_data on files that were cut, changed or built to harm: exit 3 and one message each, never a crash.
. "$(dirname "$0")/lib.sh"
need_h5py
data=$BIN/fal_data

"$PYTHON" "$TOP/tests/fixtures/hostile_hdf5.py" . || fail "the fixtures cannot be made"
expect_exit 0 "$data" verify good.h5
expect_exit 0 "$data" info good.h5
expect_line 'Grüße' out
while IFS=$'\t' read -r name message; do
  expect_exit 3 "$data" verify "$name.h5"
  [ "$(wc -l <err)" = 1 ] || { cat err; fail "$name: expected one message"; }
  grep -qF -- "${message//||/$'\n'}" err || { # one of them, where versions of HDF5 differ
    cat err; fail "$name: expected \"$message\""; }
done <cases
expect_exit 3 "$data" digest circle.h5
expect_message fal_data "groups within each other"

# Cut at many lengths: refused by every subcommand that reads.
size=$(stat -c %s good.h5)
for cut in 0 1 7 8 9 95 96 500 $((size / 4)) $((size / 2)) $((size - 100)) $((size - 1)); do
  head -c "$cut" good.h5 >cut.h5
  for command in info verify digest partition; do
    expect_exit 3 "$data" $command cut.h5
    expect_message fal_data 'cut.h5: '
  done
done

# Bytes turned over one after the other: done, or exit 3 with one message; a crash would be 1 or above 128.
"$PYTHON" - <<'END' || fail "cannot change bytes"
import random
random.seed(1)
whole = bytearray(open("good.h5", "rb").read())
for i in range(60):
    changed = bytearray(whole)
    for _ in range(3):
        changed[random.randrange(8, len(whole))] ^= random.randrange(1, 256)
    open(f"changed{i}.h5", "wb").write(changed)
END
for i in $(seq 0 59); do
  "$data" verify "changed$i.h5" >out 2>err; code=$?
  case $code in
    0) ;;
    3) expect_message fal_data "changed$i.h5: ";;
    *) cat out err; fail "changed$i.h5: exit code $code";;
  esac
done

# What is no file at all.
mkdir folder; mkfifo pipe; echo "some text, longer than a signature" >text.h5
expect_exit 3 "$data" info folder;  expect_message fal_data 'is a folder'
expect_exit 3 "$data" info pipe;    expect_message fal_data 'not a regular file'
expect_exit 3 "$data" info text.h5; expect_message fal_data 'is no HDF5 file'
expect_exit 3 "$data" info none.h5; expect_message fal_data 'No such file'
expect_exit 3 "$data" info $'bad\nname.h5'; expect_message fal_data 'bad.name.h5'
