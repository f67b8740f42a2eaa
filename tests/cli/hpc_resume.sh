# Killed at random instants, mpirun or one rank, and resumed on other numbers of ranks: the undisturbed digest.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5
trial="small.h5 $short --fl-rounds 8 --checkpoint-minutes 0"
ranks 2 $trial >out 2>&1 || { cat out; exit 1; }
results=$(ls outputs/*.h5); expected=$(digest_of $results)
rm -rf outputs

killed=0
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12; do
  np=$((attempt % 3 + 1))
  : >out # what a run before it said is not its own
  "$mpirun" -np $np "$BIN/fal_hpc" $trial >out 2>&1 </dev/null & pid=$!
  sleep "0.$((RANDOM % 6 + 3))"
  if kill -0 $pid 2>/dev/null; then
    rank=$(processes below $pid fal_hpc | tail -n 1)
    kill -KILL $([ $((attempt % 2)) = 0 ] && echo $pid || echo "${rank:-$pid}")
    killed=$((killed + 1))
    # A rank that dies while it reports to Open MPI's mpirun can leave that waiting for ever ("PMIX ERROR: UNREACHABLE").
    for _ in $(seq 100); do kill -0 $pid 2>/dev/null || break; sleep 0.1; done
    kill -KILL $pid 2>/dev/null
  fi
  wait $pid 2>/dev/null
  if [ -f $results ] && ! ls outputs/*.ckpt.h5 >/dev/null 2>&1; then
    [ $killed = 0 ] || break
    rm -rf outputs # over before the first kill: again
  fi
done
[ $killed -gt 0 ] || { echo "the trial was too short to be killed"; exit 1; }
ranks 3 $trial >out 2>&1 || { cat out; exit 1; }
[ "$(digest_of $results)" = "$expected" ] || { echo "another digest after $killed kills"; exit 1; }
leftover=$(ls outputs | grep -v "^$(basename $results)$" || true)
[ -z "$leftover" ] || { echo "left behind: $leftover"; exit 1; }

# Complete: the same command has nothing to do, and changes nothing.
ranks 2 $trial >out 2>&1 || { cat out; exit 1; }
grep -q "already complete" out || { cat out; exit 1; }
[ "$(digest_of $results)" = "$expected" ]
