#!/usr/bin/env bash
# The commands of docs/labelling.md, one after the other, as a reader would give them; a script labels.
. "$TOP/tests/cli/hpc_lib.sh"
fail() { echo "FAIL: $*"; exit 1; }
"$PYTHON" -c 'import h5py' 2>/dev/null || { echo "python3 with h5py is not there"; exit 77; }
"$BIN/fal_data" --version | grep -q '+libpng' || { echo "built without libpng: no folder is imported"; exit 77; }
[ -x "$BIN/fal_hpc" ] || { echo "no fal_hpc"; exit 77; }
mkdir build inputs; ln -s "$BIN" build/bin

# Whoever labels a folder knows the names of the files that were drawn: the pictures' order is that of drawings/.
people() { # FOLDER OUTPUT
  "$PYTHON" "$TOP/tests/fixtures/answer_files.py" true.h5 "$1" csv "$2" || fail "nobody labels $1"
}
true_labels() { # the same pictures in the same order, with the labels that were taken away
  "$PYTHON" - <<'END'
import hashlib, shutil, h5py
shutil.copy("inputs/drawings.h5", "true.h5")
with h5py.File("inputs/drawn.h5") as s, h5py.File("true.h5", "r+") as t:
    known = {hashlib.sha256(i.tobytes()).digest(): l for i, l in zip(s["train/images"][:], s["train/labels"][:])}
    t["train/labels"][:] = [known[hashlib.sha256(i.tobytes()).digest()] for i in t["train/images"][:]]
END
}

seen=0
while IFS= read -r line; do
  expected=0
  case $line in
    *" labels.csv --into"*) true_labels; people week1.query/round_02/client_00 labels.csv;;
    mpirun*) command="timeout -k 5 $((120 * ${FAL_TEST_SLOW:-1})) $line"; line=$command; expected=76;;
    *" client_00.csv") people outputs/drawings*_s1.query/round_02/client_00 client_00.csv;;
  esac
  eval "$line" >log 2>&1 </dev/null; got=$?
  [ $got = $expected ] || { cat log; fail "exit code $got instead of $expected: $line"; }
  case $line in
    *fal_query*) cp log query_log;;
    *" --into") cp log into_log;;
    *"label outputs/drawings*_s1.h5") cp log label_log;;
  esac
  seen=$((seen + 1))
done < <(sed -e ':a' -e '/\\$/{N;s/ *\\\n */ /;ba' -e '}' "$TOP/docs/labelling.md" | sed -nE 's/^    ((mpirun |build\/bin\/fal_|mkdir |mv |seq ).*)/\1/p')
[ $seen = 11 ] || fail "$seen commands found"

# What the page promises of them.
grep -q '^100 labelled, 300 open$' query_log || { cat query_log; fail "other counts"; }
grep -q ': 20 images have a label now' into_log || { cat into_log; fail "the answers are not in the dataset"; }
grep -qE '^ +0 +10 +10 +0 +0$' label_log && grep -qE '^ +1 +10 +0 +0 +10$' label_log || { cat label_log; fail "other answers"; }
people outputs/drawings*_s1.query/round_02/client_01 client_01.csv
"$BIN/fal_data" label outputs/drawings*_s1.h5 client_01.csv >log 2>&1 || { cat log; fail "the second client"; }
grep -q 'all 20 answers are there' log || { cat log; fail "answers are missing"; }
eval "$command" >log 2>&1 </dev/null || { cat log; fail "it does not go on"; }
"$BIN/fal_data" label outputs/drawings*_s1.h5 >log 2>&1; [ $? = 2 ] && grep -q 'waits for no labels' log || { cat log; fail "it waits on"; }
exit 0
