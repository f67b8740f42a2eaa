# Inputs that change under a running job are noticed before the next trial reads them.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
need_h5py
change() { "$PYTHON" "$TOP/tests/fixtures/change_dataset.py" "$@" || fail "change_dataset.py $*"; }
small_dataset small.h5; cp small.h5 original.h5
seq 0 399 | awk 'BEGIN { print "image,client" } { print $1 "," $1 % 4 }' >deal.csv
change small.h5 pixels.h5 /train/images; change small.h5 pixels_stale.h5 /train/images:stale
change small.h5 labels.h5 /train/labels; change small.h5 tests.h5 /test/images
"$BIN/fal_data" synth -o set.h5 --train 400 --test 150 --seed 6 >/dev/null
sed 's/^7,3$/7,2/' deal.csv >deal2.csv
model=$short; "$BIN/fal_hpc" small.h5 $short --al-rounds 1 --output model >/dev/null || fail "no model"
cp model/*.h5 init.h5
"$BIN/fal_hpc" small.h5 $short --al-rounds 1 --seeds 2 --output model2 >/dev/null || fail "no model"

# exchanged CODE PATTERN NEW OLD arguments...: while the first of two trials runs, NEW is moved over OLD; the first
# trial's result is right, the second one does not start from something else.
exchanged() {
  local code=$1 pattern=$2 new=$3 old=$4 got; shift 4
  cp original.h5 small.h5; rm -rf outputs; cp "$new" moved; : >out # lines of the call before are not its own
  ranks 2 small.h5 $short --fl-rounds 30 --seeds 1,2 "$@" >out 2>err & local pid=$!
  while kill -0 $pid 2>/dev/null && ! grep -q "FL round 1/" out; do sleep 0.02; done
  mv moved "$old"
  got=0; wait $pid || got=$?
  grep -q "seed 1: AL round 2" out || { cat out err; fail "the first trial did not go on"; }
  [ $got = "$code" ] || { cat out err; fail "exit code $got instead of $code: $new over $old"; }
  if [ "$code" != 0 ]; then
    [ "$(grep -c '^fal_hpc: ' err)" = 1 ] || { cat err; fail "expected one message"; }
    expect_line "^fal_hpc: .*$pattern" err
    [ "$(find outputs -name '*_s2.h5' | wc -l)" = 0 ] || fail "results of something else"
  fi
  digest_of "$(ls outputs/*_s1.h5)" >first
}
exchanged 0 "" original.h5 small.h5; mv first expected
for new in pixels pixels_stale tests set; do
  exchanged 3 "is not the one that rank 0 saw at the start" $new.h5 small.h5; cmp first expected || fail "another first trial"
done
# Labels are read once: with the same pixels the job goes on with those that it started with.
exchanged 0 "" labels.h5 small.h5; cmp first expected || fail "another first trial"
exchanged 3 "deal.csv: changed since the job started" deal2.csv deal.csv --partition deal.csv
exchanged 3 "init.h5: changed since the job started" "$(ls model2/*.h5)" init.h5 --init file --init-model init.h5
