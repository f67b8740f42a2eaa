# SIGUSR1 to mpirun, and the STOP file, end a job with 75 between two FL rounds; the same command goes on.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5
trial="small.h5 $short --fl-rounds 40"
ranks 2 $trial >out 2>&1 || { cat out; exit 1; }
results=$(ls outputs/*.h5); expected=$(digest_of $results)
rm -rf outputs

# wait_for_progress FILE LINE: where a job that goes on begins is not known, so the caller says what to wait for
wait_for_progress() { for _ in $(seq 1 $((300 * ${FAL_TEST_SLOW:-1}))); do grep -q "$2" "$1" && return; sleep 0.05; done; cat "$1"; exit 1; }

"$mpirun" -np 2 "$BIN/fal_hpc" $trial >out1 2>&1 </dev/null & pid=$!
wait_for_progress out1 "FL round 3/"
kill -USR1 $pid; code=0; wait $pid || code=$?
while kill -0 $pid 2>/dev/null; do wait $pid; code=$?; done
[ $code = 75 ] || { echo "SIGUSR1: exit code $code, expected 75"; cat out1; exit 1; }
grep -q "the same command goes on" out1

"$mpirun" -np 3 "$BIN/fal_hpc" $trial >out2 2>&1 </dev/null & pid=$!
wait_for_progress out2 "AL round [12], FL round"
touch outputs/STOP; code=0; wait $pid || code=$?
[ $code = 75 ] || { echo "STOP file: exit code $code, expected 75"; cat out2; exit 1; }

# The old STOP file is a left-over for the next start.
ranks 1 $trial >out3 2>&1 || { cat out3; exit 1; }
grep -q "going on in AL round" out3 || { cat out3; exit 1; }
[ "$(digest_of $results)" = "$expected" ] || { echo "another digest after two stops"; exit 1; }
