# Training that diverges ends with 5: one message, the same on any layout and at every start, and what to do.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5
trial="small.h5 $short --al-rounds 1 --fl-rounds 2 --local-epochs 2 --progress none"

diverges() { # ARGUMENTS...: the message on 1 and 3 ranks and with 2 threads
  expect_exit 5 "$BIN/fal_hpc" $trial "$@" --threads 1; expect_message fal_hpc "."; cp err first
  code=0; ranks 3 $trial "$@" >out 2>err3 || code=$?
  [ $code = 5 ] && [ "$(grep -c '^fal_hpc: ' err3)" = 1 ] && grep -qxFf first err3 || { cat first err3; fail "exit code $code, or another message on 3 ranks"; }
  expect_exit 5 "$BIN/fal_hpc" $trial "$@" --threads 2; cmp -s first err || { cat first err; fail "another message with 2 threads"; }
}

# Far too large steps: no NaN needs to come up.
for model in cnn4conv mobilenet; do
  diverges --lr 1000 --model $model
  expect_line "^fal_hpc: (client [0-9]+, |global model, )AL round 1, FL round [12]: the .* [a-z]+[a-z0-9._]*\.(weight|bias|running_mean|running_var)[ ,].*use a smaller --lr" first
done
# Without the bound the trial goes on as far as numbers go; a smaller --lr is another trial.
expect_exit 5 "$BIN/fal_hpc" $trial --loss-bound 1e-3
expect_line "^fal_hpc: client 0, AL round 1, FL round 1: the training loss [0-9.]+ is above 0.001 x ln 10 = .*; --loss-bound 0 goes on" err
expect_exit 0 "$BIN/fal_hpc" $trial --loss-bound 0
expect_exit 0 "$BIN/fal_hpc" $trial --lr 0.001
[ "$(ls outputs/*.h5 | grep -vc ckpt)" = 2 ] || { ls outputs; fail "results"; }
