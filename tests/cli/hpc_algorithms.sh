# FedProx and SCAFFOLD with some clients per round: the same digest for other numbers of ranks, and for SCAFFOLD stopped in
# the middle of an AL round, whose control variates then come from the checkpoint.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5
some="small.h5 $short --clients 5 --participation 0.6"
seen=
for algorithm in "fedavg" "fedprox --fedprox-mu 0.1" "scaffold" "scaffold --scaffold code"; do
  expected=
  for np in 1 3; do
    rm -rf outputs
    ranks $np $some --algorithm $algorithm >out 2>err || { cat out err; exit 1; }
    digest=$(digest_of outputs/*.h5); expected=${expected:-$digest}
    [ "$digest" = "$expected" ] || { echo "$algorithm: another digest with $np ranks"; exit 1; }
  done
  case " $seen " in *" $digest "*) echo "$algorithm: the digest of another algorithm"; exit 1;; esac
  seen="$seen $digest"
done

trial="$some --algorithm scaffold --fl-rounds 40"
rm -rf outputs; ranks 2 $trial >out 2>&1 || { cat out; exit 1; }
results=$(ls outputs/*.h5); expected=$(digest_of $results); rm -rf outputs
: >out # what a run before it said is not its own
"$mpirun" -np 2 "$BIN/fal_hpc" $trial >out 2>&1 </dev/null & pid=$!
for _ in $(seq 1 $((600 * ${FAL_TEST_SLOW:-1}))); do if grep -q "FL round 3/" out; then break; fi; sleep 0.05; done
kill -USR1 $pid; code=0; wait $pid || code=$?
while kill -0 $pid 2>/dev/null; do wait $pid; code=$?; done
[ $code = 75 ] || { echo "SIGUSR1: exit code $code, expected 75"; cat out; exit 1; }
ranks 3 $trial >out 2>&1 || { cat out; exit 1; }
grep -q "going on in AL round" out || { cat out; exit 1; }
[ "$(digest_of $results)" = "$expected" ] || { echo "scaffold: another digest after a stop"; exit 1; }
