# Files that version 0.1.0 wrote (tests/fixtures/v010): read as complete, gone on with, of the same digest; and a fresh
# run of the plain kernels, whose bits are the same on every machine, gives it again.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
old=$TOP/tests/fixtures/v010
trial="$old/tiny.h5 --clients 2 --al-rounds 3 --fl-rounds 3 --local-epochs 1 --budget 4 --batch-size 4
  --strategy entropy:global --kernels reference"
name=synth_al_rounds-3_batch_size-4_budget-4_clients-2_fl_rounds-3_local_epochs-1_entropy-global_s1
digest=f7ae199cbfd8953eeeb4b7e0aa7d072cbf9c76f7838f60226ac246ee27bc3e44
[ "$(digest_of "$old/results.h5")" = $digest ] || fail "the digest of a file of 0.1.0 changed"

expect_exit 0 "$BIN/fal_hpc" $trial --output fresh
[ "$(digest_of fresh/$name.h5)" = $digest ] || fail "a fresh run gives another digest than 0.1.0 did"

mkdir complete half
cp "$old/results.h5" complete/$name.h5
expect_exit 0 "$BIN/fal_hpc" $trial --output complete
expect_line "already complete" out
[ "$(grep -c "earlier version" err)" = 1 ] || { cat err; fail "what was not compared is not said once"; }
cmp "$old/results.h5" complete/$name.h5 || fail "a complete result was touched"

cp "$old/stopped.ckpt.h5" half/$name.ckpt.h5
expect_exit 0 ranks 2 $trial --output half
expect_line "going on in AL round" out
[ "$(grep -c "earlier version" err)" = 1 ] || { cat err; fail "what was not compared is not said once"; }
[ "$(digest_of half/$name.h5)" = $digest ] || fail "going on from a checkpoint of 0.1.0 gives another digest"

# What 0.1.0 did state is compared: the constants beside the model.
cp "$old/results.h5" complete/$name.h5
if "$PYTHON" -c 'import h5py' 2>/dev/null; then
  "$PYTHON" "$TOP/tests/fixtures/change_dataset.py" "$old/tiny.h5" tiny.h5 mean || fail "change_dataset.py"
  expect_exit 2 "$BIN/fal_hpc" tiny.h5 ${trial#* } --output complete
  expect_line "another mean of the data" err
fi
