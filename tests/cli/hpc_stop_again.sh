# Stops inside an FL round, a query, and at once: a second and a third signal, without and with mpirun; then the same
# command goes on to the same results.
# alone: signals within a time that it measures
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5
# FL rounds and local-only models that take so long, on any machine and beside any load, that signals come inside them: an
# FL round and a query with as many epochs as take two seconds of this machine. One FL round per AL round.
trial() { # trial EPOCHS: trial, results and expected are set
  trial="small.h5 --clients 2 --al-rounds 2 --fl-rounds 1 --local-epochs $1 --budget 40 --batch-size 8 --local-only-epochs $((2 * $1)) --local-only-stop 1 --progress seconds:0 --threads 1"
  "$BIN/fal_hpc" $trial >out 2>&1 || { cat out; exit 1; }
  results=$(ls outputs/*.h5); expected=$(digest_of $results)
  rm -rf outputs
}
trial 12
took=$(sed -n 's/.*AL round 1\/2, .*, took \([0-9.]*\) s.*/\1/p' out)
trial "$(awk "BEGIN { t = ${took:-0} > 0.1 ? ${took:-0} : 0.1; print t < 2 ? int(12 * 2 / t) : 12 }")"

wait_for() { for _ in $(seq 1 $((600 * ${FAL_TEST_SLOW:-1}))); do grep -q "$2" "$1" && return; sleep 0.05; done; cat "$1"; fail "no line like $2"; }
# ends CODE: the process $pid
ends() { local code=0; wait $pid || code=$?; while kill -0 $pid 2>/dev/null; do wait $pid; code=$?; done; [ $code = "$1" ] || { cat log; fail "exit code $code instead of $1"; }; }
run() { : >log; "$BIN/fal_hpc" $trial >log 2>&1 </dev/null & pid=$!; }
run_ranks() { : >log; "$mpirun" -np 2 "$BIN/fal_hpc" $trial >log 2>&1 </dev/null & pid=$!; }
goes_on() { expect_line "going on in AL round $1 after FL round $2" log; }

# Before training, while libraries load or the data set is read: there is nothing yet, and nothing is wrong.
run; kill -USR1 $pid; code=0; wait $pid || code=$?
case $code in 75) expect_line "stopped by SIGUSR1; the same command goes on" log;; 138) echo "note: a signal came before the program was loaded";; *) cat log; fail "exit code $code";; esac

# The second one gives the FL round up; the state before it is saved.
run; wait_for log "FL rounds of training"; kill -INT $pid; wait_for log "stopping after this FL round"
sleep 0.15; kill -INT $pid; ends 75
expect_line "^fal_hpc: stopping after this batch \(again: at once\)$" log
expect_line "^stopped by SIGINT; the same command goes on$" log
"$BIN/fal_hpc" $trial --list-trials --status >out || fail "status"; expect_line " stopped +1/2 +0/1 " out

# The first one ends a query between two clients, the second inside one; nothing of the query is left.
run; wait_for log "train local-only models and choose"; goes_on 1 0
kill -USR1 $pid; ends 75
"$BIN/fal_hpc" $trial --list-trials --status >out || fail "status"; expect_line " stopped +1/2 +1/1 " out
run_ranks; wait_for log "train local-only models and choose"; goes_on 1 1
kill -USR1 $pid; wait_for log "stopping after this FL round"; sleep 0.15; kill -USR1 $pid; ends 75
[ "$(grep -c 'stopping after' log)" = 2 ] || { cat log; fail "one rank speaks"; }

# The third ends all ranks at once, also where one hangs, with the last checkpoint as it was.
run_ranks; wait_for log "train local-only models and choose"; goes_on 1 1
before=$(sha256sum outputs/*.ckpt.h5)
hanging=$(processes below $pid fal_hpc | tail -n 1); kill -STOP "$hanging"
for _ in 1 2 3; do kill -USR1 $pid; sleep 0.15; done; ends 75
[ "$before" = "$(sha256sum outputs/*.ckpt.h5)" ] || fail "another checkpoint"

run; ends 0; goes_on 1 1
[ "$(digest_of $results)" = "$expected" ] || fail "another digest after stops"
[ -z "$(ls outputs | grep -v 'h5$')" ] || { ls outputs; fail "left-overs"; }

# What has nothing to save ends at once.
: >log; "$BIN/fal_hpc" $trial --dry-run --name other >log 2>&1 </dev/null & pid=$!
wait_for log "^memory"; kill -INT $pid; ends 75
expect_line "^fal_hpc: ended at once by SIGINT$" log
