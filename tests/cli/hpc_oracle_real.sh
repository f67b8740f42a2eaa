# Chest X-rays: all labels but 30 per client hidden, four AL rounds through the folders, on 1 and 3 ranks.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"; . "$TOP/tests/cli/oracle_lib.sh"
need_h5py
source=$FAL_DATA/medmnist/pneumoniamnist.npz
[ -f "$source" ] || skip "there is no $source"
limit=$((300 * ${FAL_TEST_SLOW:-1}))
"$BIN/fal_data" import medmnist "$source" -o truth.h5 >log 2>&1 || { cat log; exit 1; }
truth=truth.h5
images=$("$BIN/fal_data" info truth.h5 | sed -n 's/^.*[^0-9]\([0-9][0-9,]*\) training.*/\1/p' | tr -d ,)
# 500, 400 and 300 images for three hospitals, by their numbers
seq 0 1199 | awk 'BEGIN { print "image,client" } { print $1 * 3 "," ($1 < 500 ? 0 : $1 < 900 ? 1 : 2) }' >deal.csv
[ "$images" -gt 3600 ] || fail "only $images images"
trial="--partition deal.csv --budget 30 --al-rounds 4 --fl-rounds 4 --local-epochs 1 --local-only-epochs 3 --evaluate 2 --strategy logo"
ranks 2 truth.h5 $trial --output full >out 2>err || { cat out err; exit 1; }
people hide truth.h5 open.h5 "$(results_of full)"
for np in 1 3; do
  until_done $np open$np open.h5 $trial
  people compare "$(results_of full)" "$(results_of open$np)"
done

# Somebody who answers late, in part, twice, and wrongly in between; and a job that is killed.
one="open.h5 $trial --oracle file --output late --checkpoint-minutes 0"
expect_exit 76 ranks 1 $one
results=$(results_of late)
answer "$results" csv only=0-11; answer "$results" csv only=0-11
expect_exit 76 ranks 3 $one; expect_line 'lacks 18 of 30' out
cp "${results%.h5}.answers.h5" kept.h5
rest() { "$PYTHON" "$TOP/tests/fixtures/answer_files.py" truth.h5 "${results%.h5}.query/round_02/client_00" csv rest.csv only=12-29; }
rest || fail "answer_files.py"
awk -F, -v OFS=, 'NR == 20 { $6 = "healthy" } 1' rest.csv >class.csv; sed "20s/train_[0-9]*_/train_999999_/" rest.csv >image.csv
for wrong in class image; do
  ! cmp -s rest.csv $wrong.csv || fail "$wrong.csv is not wrong"
  expect_exit 3 "$BIN/fal_data" label "$results" $wrong.csv; expect_message fal_data "$wrong.csv:20: "
  cmp "${results%.h5}.answers.h5" kept.h5 || fail "answers were changed"
done
answer "$results" folder only=8-29
: >out
"$mpirun" -np 2 "$BIN/fal_hpc" $one --progress seconds:0 >out 2>err </dev/null & pid=$!
while kill -0 $pid 2>/dev/null && ! grep -q "AL round 2, FL round 2/" out; do sleep 0.02; done
kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null
while [ -n "$(processes line " late " fal_hpc)" ]; do sleep 0.1; done
for form in json studio-csv json-min end; do
  got=0; ranks 3 $one >out 2>err || got=$?
  [ $got = 76 ] || break
  [ $form != end ] || fail "still waiting"
  answer "$results" $form
done
[ $got = 0 ] || { cat out err; fail "exit code $got after the kill"; }
people compare "$(results_of full)" "$results"
