# SIGUSR1 to mpirun, and the STOP file, end a job with 75 between two FL rounds; the same command goes on.
# alone: signals at moments that it waits for
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
grep -q "stopped by SIGUSR1; the same command goes on" out1 || { cat out1; exit 1; }

"$mpirun" -np 3 "$BIN/fal_hpc" $trial >out2 2>&1 </dev/null & pid=$!
wait_for_progress out2 "AL round [12], FL round"
touch outputs/STOP; code=0; wait $pid || code=$?
[ $code = 75 ] || { echo "STOP file: exit code $code, expected 75"; cat out2; exit 1; }
grep -q "stopped by the file outputs/STOP; the same command goes on" out2 || { cat out2; exit 1; }

# The old STOP file is a left-over for the next start.
ranks 1 $trial >out3 2>&1 || { cat out3; exit 1; }
grep -q "going on in AL round" out3 || { cat out3; exit 1; }
[ "$(digest_of $results)" = "$expected" ] || { echo "another digest after two stops"; exit 1; }

# One that is dated in the future would end every start with 75, and a job script that starts again would never end.
refused() { # NP: the job does not start, and says which file is why
  code=0; ranks $1 $trial --name future >out4 2>err4 || code=$?
  [ $code = 2 ] || { echo "a STOP file of the future: exit code $code, expected 2"; cat out4 err4; exit 1; }
  grep -q "^fal_hpc: outputs/STOP: is dated in the future (.*Z, now is .*Z).*remove it" err4 || { cat err4; exit 1; }
  [ -z "$(ls outputs | grep future)" ] || { ls outputs; exit 1; }
}
touch -d '+2 days' outputs/STOP; refused 1; refused 3
touch -d '+10 minutes' outputs/STOP; refused 2
# What is complete needs no run; a clock that is a little ahead, or a file made now, is a plain request to stop.
ranks 1 $trial >out5 2>&1 && grep -q "already complete" out5 || { cat out5; exit 1; }
touch -d '+20 seconds' outputs/STOP; code=0; ranks 2 $trial --name soon >out6 2>&1 || code=$?
[ $code = 75 ] && grep -q "stopped by the file outputs/STOP" out6 || { cat out6; exit 1; }
# Another one's folder is not looked at.
ranks 1 $trial --al-rounds 1 --output elsewhere >out7 2>&1 || { cat out7; exit 1; }
