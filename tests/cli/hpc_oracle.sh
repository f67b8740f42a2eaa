# People label: folders of questions, exit code 76, answers late, in part, twice; in the end the run on the whole data.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"; . "$TOP/tests/cli/oracle_lib.sh"
need_h5py
small_dataset synth.h5; people sites synth.h5 truth.h5 4; truth=truth.h5
trial="$short --al-rounds 3 --partition site --budget 8"

# Every label is there: who is asked does not matter.
ranks 2 truth.h5 $trial --strategy logo,random --output full >out 2>err || { cat out err; exit 1; }
ranks 1 truth.h5 $trial --strategy random --oracle file --answers-needed 3 --suggest --output other >out 2>err || { cat out err; exit 1; }
[ "$(digest_of "$(ls full/*random_s1.h5)")" = "$(digest_of "$(ls other/*.h5)")" ] || fail "--oracle changed the digest"
people hide truth.h5 open.h5 "$(ls full/*logo_s1.h5)" # the first labels are the same for both strategies

# A group of ranks for each trial; one line for each in the end, then in all forms of answers until they are complete.
expect_exit 76 ranks 2 open.h5 $trial --strategy logo,random --ranks-per-trial 1 --oracle file --output open
[ "$(grep -c 'round_02: waits for labels: client 0 lacks 8 of 8, client 1 lacks 8 of 8' out)" = 2 ] || { cat out; fail "no line for each trial"; }
[ "$(ls -d open/*.query/round_02/client_0?/images | wc -l)" = 8 ] || fail "not a folder for each client"
"$BIN/fal_report" --status open >out 2>err || fail "no status"
[ "$(grep -cE '^waiting: .*32 answers are missing$' out)" = 2 ] || { cat out; fail "the status knows no answers"; }
until_done 3 open open.h5 $trial --strategy logo,random
for strategy in logo random; do people compare full/*${strategy}_s1.h5 open/*${strategy}_s1.h5; done
expect_exit 0 ranks 1 open.h5 $trial --strategy logo,random --oracle file --output open
[ "$(grep -c 'already complete' out)" = 2 ] || { cat out; fail "not complete"; }

# Late, in part, twice, on other numbers of ranks; killed in between.
one="open.h5 $trial --strategy logo --oracle file --output late --checkpoint-minutes 0"
expect_exit 76 ranks 1 $one
results=$(results_of late); folder=${results%.h5}.query/round_02
cp -r "$folder" first; sed -n 2p "$folder/client_00/labels.csv" >row
expect_exit 76 ranks 3 $one # nobody answered: nothing changes
diff -r first "$folder" || fail "the folders changed"
rm -rf "$folder/client_01"; expect_exit 76 ranks 2 $one; diff -r first "$folder" || fail "a folder that was lost did not come back"
answer "$results" csv only=0-4; answer "$results" csv only=0-4
expect_exit 76 ranks 2 $one
expect_line 'client 0 lacks 3 of 8, client 1 lacks 3 of 8, client 2 lacks 3 of 8, client 3 lacks 3 of 8: answer there' out
answer "$results" folder only=3-7
: >out # what a run before it said is not its own
"$mpirun" -np 2 "$BIN/fal_hpc" $one --fl-rounds 3 >out 2>err </dev/null & pid=$!
while kill -0 $pid 2>/dev/null && ! grep -q "AL round 2, FL round 1/" out; do sleep 0.02; done
kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null
while [ -n "$(processes line " late " fal_hpc)" ]; do sleep 0.1; done
for np in 3 1; do
  got=0; ranks $np $one >out 2>err || got=$?
  [ $got = 76 ] || break
  answer "$results" json
done
[ $got = 0 ] || { cat out err; fail "exit code $got after the kill"; }
people compare full/*logo_s1.h5 "$results"
[ -z "$(find late -name '*.ckpt*')" ] || fail "a checkpoint is left"

# Some answers are enough: the others stay in the pool, and are counted as open.
expect_exit 76 ranks 2 open.h5 $trial --strategy random --oracle file --answers-needed 0.5 --output part
expect_line 'client 0 lacks 4 of 8,' out
results=$(results_of part); answer "$results" csv only=2-5
expect_exit 76 ranks 2 open.h5 $trial --strategy random --oracle file --answers-needed 4 --output part
expect_line 'round_03: waits' out
"$PYTHON" - "$results" <<'END' || fail "other labels than those that were given"
import sys, h5py
with h5py.File(sys.argv[1]) as f:
    bought = f["queries"][:]; bought = bought[bought["al_round"] == 2]
    clients = f["clients"][:]; clients = clients[clients["al_round"] == 2]
assert sorted(set(bought["order"])) == [2, 3, 4, 5] and len(bought) == 16, bought
assert (clients["queried"] == 4).all() and (clients["labelled"] == 12).all(), clients
END

# A folder that is not of the query gives way to one that is, and is kept: people may have written into it.
expect_exit 76 ranks 1 open.h5 $trial --strategy random --oracle file --output aside
folder=$(ls -d aside/*.query/round_02/client_00); cp -r "$folder" was
echo mine >>"$folder/labels.csv"; rm "$(ls "$folder"/images/*.png | head -n 1)"
expect_exit 76 ranks 2 open.h5 $trial --strategy random --oracle file --output aside
grep -qx mine "$folder.old/labels.csv" || fail "what people wrote is lost"
diff -r was "$folder" || fail "no folder of the query"

expect_exit 0 ranks 2 open.h5 $trial --oracle file --output dry --dry-run; expect_line "^  time +about" out

# What cannot be.
for wrong in "--partition dirichlet" "--partition iid" "--partition shards:2" "--rho 5" "--answers-needed 0" "--answers-needed 2.5"; do
  expect_exit 2 ranks 2 open.h5 $trial --oracle file --output wrong $wrong; expect_message fal_hpc "${wrong%% *} "
done
"$PYTHON" "$TOP/tests/fixtures/hide_labels.py" truth.h5 none.h5 0 || exit 1
expect_exit 2 ranks 1 none.h5 $trial --oracle file --initial stored --output wrong; expect_message fal_hpc "--initial stored: no image"
[ ! -e wrong ] || fail "something was written"
expect_exit 76 ranks 1 open.h5 $trial --strategy random --oracle file --output changed
expect_exit 2 ranks 1 open.h5 $trial --strategy random --output changed; expect_message fal_hpc "another oracle"
cp changed/*_s1.h5 "changed/$(basename "$(results_of changed)" .h5).answers.h5"
expect_exit 3 ranks 2 open.h5 $trial --strategy random --oracle file --output changed; expect_message fal_hpc "answers.h5: is "

# What was trained on is final, also where a kill comes long before the clock asks for a checkpoint and the answers go.
final="none.h5 $trial --fl-rounds 2000 --strategy random --oracle file --checkpoint-minutes 60"
expect_exit 76 ranks 1 $final --output final
results=$(results_of final); answer "$results" csv
for turn in 1 2; do
  : >out
  "$mpirun" -np 2 "$BIN/fal_hpc" --output final $final >out 2>err </dev/null & pid=$!
  while kill -0 $pid 2>/dev/null && ! grep -q "AL round 1, FL round 1/" out; do sleep 0.02; done
  kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null
  while [ -n "$(processes line " final " fal_hpc)" ]; do sleep 0.1; done
  grep -q "AL round 1, FL round 1/" out || { cat out err; fail "start $turn did not train on the answers"; }
  rm -f "${results%.h5}.answers.h5"
done
