# What decides a result is compared wherever a file of it is met again: a data set changed in place or exchanged, complete
# results, checkpoints, model files, results used as a partition, fal_query.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
need_h5py
change() { "$PYTHON" "$TOP/tests/fixtures/change_dataset.py" "$@" || fail "change_dataset.py $*"; }
small_dataset plain.h5
"$PYTHON" - <<'END' || fail "no sites"
import h5py, numpy
with h5py.File("plain.h5", "r+") as f:
    f["train/site"] = (numpy.arange(len(f["train/labels"])) % 4).astype("i4")
END
cp plain.h5 small.h5
trial="small.h5 $short --strategy random"
expect_exit 0 "$BIN/fal_hpc" $trial
expect_exit 0 "$BIN/fal_hpc" $trial --partition site
results=outputs/$(cd outputs && ls -- *random_s1.h5 | grep -v partition)
# One that is stopped between two FL rounds, with its checkpoint.
: >log; "$BIN/fal_hpc" $trial --fl-rounds 200 --name half >log 2>&1 & pid=$!
while kill -0 $pid 2>/dev/null && ! grep -q "FL round 2/" log; do sleep 0.05; done
kill -USR1 $pid; code=0; wait $pid || code=$?
[ $code = 75 ] || fail "exit code $code instead of 75: the trial was not stopped"

# meets CODE PATTERN WHAT: neither a complete nor a half result goes on with a data set in which WHAT was changed.
meets() {
  local code=$1 pattern=$2 what=$3; shift 3
  change plain.h5 small.h5 "$what"
  expect_exit "$code" "$BIN/fal_hpc" $trial "$@"; expect_message fal_hpc "$pattern"
  if [ $# = 0 ]; then
    expect_exit "$code" "$BIN/fal_hpc" $trial --fl-rounds 200 --name half; expect_message fal_hpc "$pattern"
  fi
}
meets 2 "another mean of the data \(there 0\..*, here" mean
meets 2 "another std of the data" std
meets 2 'another name of class 0 \(there ".*", here "another"\)' names
meets 2 'another name of class 0' order
for array in train/images train/labels test/images test/labels; do
  meets 3 "the checksum of /$array is" /$array:stale
  meets 2 "another version of the dataset \(its $(echo $array | sed 's/train/training/; s,/, ,')\)" /$array
done
meets 2 "another set of sites" /train/site --partition site
# What does not decide a result is none of its identity: sites where images are dealt by class, a comment.
change plain.h5 small.h5 /train/site
expect_exit 0 "$BIN/fal_hpc" $trial; expect_line "already complete" out
cp plain.h5 small.h5
"$PYTHON" -c 'import h5py; h5py.File("small.h5", "r+").attrs["source"] = "elsewhere"'
expect_exit 0 "$BIN/fal_hpc" $trial; expect_line "already complete" out
expect_exit 0 "$BIN/fal_hpc" $trial --partition site; expect_line "already complete" out
cp plain.h5 small.h5

# Results as a partition, and as initial weights, of other data.
change plain.h5 labels.h5 /train/labels; change plain.h5 images.h5 /train/images; change plain.h5 constants.h5 std
change plain.h5 names.h5 names; change plain.h5 tests.h5 /test/images
for data in labels images; do
  expect_exit 3 "$BIN/fal_hpc" $data.h5 $short --partition "$results" --output other
  expect_message fal_hpc "its partition is of other training $data than those of $data.h5"
  expect_exit 3 "$BIN/fal_data" partition $data.h5 --partition "$results"
  expect_message fal_data "its partition is of other training $data"
done
expect_exit 0 "$BIN/fal_hpc" tests.h5 $short --al-rounds 1 --partition "$results" --output other
rm -rf other
init="$short --al-rounds 1 --init file --init-model $results"
expect_exit 3 "$BIN/fal_hpc" constants.h5 $init --output other; expect_message fal_hpc "was trained with another std of the data"
expect_exit 0 "$BIN/fal_hpc" names.h5 $init --output other; expect_line 'warning: .*another name of class 0' err
"$PYTHON" - "$results" <<'END' || fail "no model file"
import h5py, sys
with h5py.File(sys.argv[1]) as r, h5py.File("foreign.h5", "w") as f: # as people's own programs write it
    for key in ("architecture", "classes", "height", "width", "channels"):
        f.attrs[key] = r["model"].attrs[key]
    f.attrs["fal_format"] = "model"; f.attrs["fal_version"] = 1
    for name in r["model"]:
        r.copy("model/" + name, f)
END
expect_exit 0 "$BIN/fal_hpc" names.h5 $short --al-rounds 1 --init file --init-model foreign.h5 --output other
[ "$(grep -c "does not state all of mean, std and class names" err)" = 1 ] || { cat err; fail "not said once"; }
[ ! -e other/STOP ] || fail "a file that nobody made"

# fal_query.
expect_exit 3 "$BIN/fal_query" constants.h5 --strategy entropy:global --global "$results" --budget 5
expect_message fal_query "another std of the data .*: not a model for constants.h5"
change plain.h5 order.h5 order
expect_exit 3 "$BIN/fal_query" order.h5 --strategy entropy:global --global "$results" --budget 5
expect_message fal_query "another name of class 0"
expect_exit 0 "$BIN/fal_query" small.h5 --results "$results" --client 1 --budget 5
for what in train/images train/labels test/images test/labels; do
  change plain.h5 small.h5 /$what
  expect_exit 3 "$BIN/fal_query" small.h5 --results "$results" --client 1 --budget 5
  expect_message fal_query "another version of the dataset"
done
change plain.h5 small.h5 /train/images:stale
expect_exit 3 "$BIN/fal_query" small.h5 --results "$results" --client 1 --budget 5
expect_message fal_query "the checksum of /train/images"

# fal_report compares nothing that was computed from different data.
cp plain.h5 small.h5; rm -rf outputs
expect_exit 0 "$BIN/fal_hpc" $trial,margin:global
for what in /train/labels mean; do
  change plain.h5 small.h5 $what
  expect_exit 0 "$BIN/fal_hpc" $trial --seeds 2 --output other_$(basename $what)
  expect_exit 0 "$BIN/fal_report" outputs other_$(basename $what)
  expect_line "_s2.h5: of other data than the results of the same setting before it: left out" err
done
