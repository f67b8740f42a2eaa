#!/usr/bin/env bash
# fal_data import on files that are damaged or made to harm: exit 3, one message that names the file, less than 1 GiB of
# memory, the old output as it was.
. "$(dirname "$0")/lib.sh"
need_h5py
data=$BIN/fal_data
"$data" --version | grep -q '+libarchive' || skip "built without libarchive: nothing is imported"
matio=1; "$data" --version | grep -q '+matio' || { matio=0; echo "built without matio: no .mat file of version 5"; }
"$PYTHON" "$TOP/tests/fixtures/import_files.py" hostile . || fail "the fixtures cannot be made"

# measured COMMAND...: as the command, and the largest process of it in KiB in the file peak.
cat >measured.py <<'END'
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
open("peak", "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
END
largest=0
"$data" synth -o old.h5 --train 20 --test 10 --side 16 >/dev/null; cp old.h5 out.h5
while IFS=$'\t' read -r arguments message; do
  case "$matio $arguments" in "0 svhn"*) [ "${arguments#svhn cut_hdf5}" != "$arguments" ] || continue;; esac
  expect_exit 3 "$PYTHON" measured.py "$data" import $arguments -o out.h5
  [ "$(wc -l <err)" = 1 ] || { cat err; fail "$arguments: expected one message"; }
  grep -qF -- "$message" err || { cat err; fail "$arguments: expected \"$message\""; }
  expect_no_line '^out.h5' out # progress may be there
  cmp -s old.h5 out.h5 || fail "$arguments: the old output is gone"
  if [ "${FLAVOUR:-release}" = release ] && [ "$(cat peak)" -ge 1048576 ]; then fail "$arguments: took $(cat peak) KiB"; fi
  [ "$(cat peak)" -le $largest ] || largest=$(cat peak)
done <cases
echo "$(wc -l <cases) files, at most $largest KiB"
[ -z "$(ls | grep '\.tmp\.')" ] || fail "a temporary file is left"

# A crash or a loop in a library is a message, too: stand-ins for what a file might do.
mkfifo pipe.npz; mkdir folder.npz
expect_exit 3 "$data" import medmnist pipe.npz -o out.h5;   expect_message fal_data 'pipe.npz: '
expect_exit 3 "$data" import medmnist folder.npz -o out.h5; expect_message fal_data 'folder.npz: '
expect_exit 3 "$data" import medmnist none.npz2 -o out.h5;  expect_message fal_data 'none.npz2: '
expect_exit 3 "$data" import svhn none.mat2 -o out.h5;      expect_message fal_data 'none.mat2: '
cmp -s old.h5 out.h5 || fail "the old output is gone"
exit 0
