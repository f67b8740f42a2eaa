# Trials on groups of ranks: the same digests as one job per trial, for any layout; uneven trials; killed and resumed.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
# Even smaller than elsewhere, for there are some eighty trials here.
"$BIN/fal_data" synth -o small.h5 --train 160 --test 40 --seed 5 >/dev/null
short="--clients 4 --al-rounds 2 --fl-rounds 2 --local-epochs 1 --budget 6 --batch-size 8 --evaluate 1 --local-only-epochs 2"
digests() { "$BIN/fal_data" digest "$1"/*.h5 | sed "s# .*/# #"; } # digest and name

# 12 trials on 4 ranks in groups of 1, 2 and 4, and each in a job of its own.
job="small.h5 $short --strategy logo,entropy:global,random --seeds 1-4"
for i in $(seq 0 11); do "$BIN/fal_hpc" $job --output single --trial $i >out 2>&1 </dev/null || { cat out; fail "trial $i"; }; done
digests single >expected
[ "$(wc -l <expected)" = 12 ] || fail "not 12 trials"
for each in 1 2 4; do
  ranks 4 $job --output groups$each --ranks-per-trial $each >out 2>&1 || { cat out; fail "groups of $each"; }
  digests groups$each | diff expected - || fail "groups of $each ranks change the digests"
done

# Many clients on few ranks, more ranks than clients, one client; pools of which some are empty (13 images) and some are
# not (14) in the second AL round: one digest for each of these trials.
for shape in "100 1 4 1 entropy:global" "3 1 5 6 logo" "1 1 3 6 logo" "12 1 2 13 logo"; do
  set -- $shape; expected=
  for np in $2 $3; do
    rm -rf layout
    ranks $np small.h5 $short --strategy $5 --budget $4 --clients $1 --output layout >out 2>&1 || { cat out; fail "$1 clients, $np ranks"; }
    digest=$(digest_of layout/*.h5); expected=${expected:-$digest}
    [ "$digest" = "$expected" ] || fail "$1 clients: $np ranks change the digest"
  done
done

# Uneven trials: with 3 groups the long ones come first. Killed in between, resumed on another layout.
job="small.h5 $short --strategy random,entropy:local --seeds 1-2 --clients 2 --fl-rounds 1,2,16 --checkpoint-minutes 0"
"$BIN/fal_hpc" $job --output one >out 2>&1 </dev/null || { cat out; fail "uneven trials, one rank"; }
digests one >expected
[ "$(wc -l <expected)" = 12 ] || fail "not 12 uneven trials"
for attempt in 1 2 3 4 5; do # it may be over before the kill
  rm -rf uneven
  : >out # what a run before it said is not its own
  "$mpirun" -np 3 "$BIN/fal_hpc" $job --ranks-per-trial 1 --output uneven >out 2>&1 </dev/null & pid=$!
  for _ in $(seq 1 600); do if ls uneven/*_s?.h5 >/dev/null 2>&1; then break; fi; sleep 0.05; done
  first=$(ls uneven/*_s?.h5 | head -n 1)
  kill -KILL $pid $(processes below $pid fal_hpc) 2>/dev/null; wait $pid 2>/dev/null
  case $first in *fl_rounds-16*) ;; *) fail "$first: a short trial came first";; esac
  for _ in $(seq 1 100); do [ -n "$(processes line "--output uneven" fal_hpc)" ] || break; sleep 0.05; done
  [ "$(ls uneven/*_s?.h5 | wc -l)" = 12 ] || break
done
[ "$(ls uneven/*_s?.h5 | wc -l)" -lt 12 ] || fail "the job was too short to be killed"
ranks 4 $job --ranks-per-trial 2 --output uneven >out 2>&1 || { cat out; fail "uneven trials, resumed"; }
digests uneven | diff expected - || fail "another digest after a kill"
[ "$(ls uneven | wc -l)" = 12 ] || { ls uneven; fail "files are left behind"; }

# A STOP file ends all groups, also those that are between two trials, and nothing new is begun.
: >out
"$mpirun" -np 3 "$BIN/fal_hpc" $job --ranks-per-trial 1 --output stopped >out 2>&1 </dev/null & pid=$!
for _ in $(seq 1 600); do if ls stopped/*_s?.h5 >/dev/null 2>&1; then break; fi; sleep 0.05; done
touch stopped/STOP; code=0; wait $pid || code=$?
[ $code = 75 ] || { cat out; fail "STOP file: exit code $code, expected 75"; }
[ "$(ls stopped/*_s?.h5 | wc -l)" -lt 12 ] || fail "the stop came too late"
ranks 2 $job --ranks-per-trial 1 --output stopped >out 2>&1 || { cat out; fail "after the stop"; }
rm -f stopped/STOP; digests stopped | diff expected - || fail "another digest after a stop"

# One trial that fails (results of other parameters under its name) does not keep the other groups from theirs.
mkdir failing; cp single/*logo*s1.h5 "failing/$(basename single/*random*s2.h5)"
code=0; ranks 3 small.h5 $short --strategy logo,random --seeds 1-3 --ranks-per-trial 1 --output failing >out 2>err || code=$?
[ $code = 2 ] && [ "$(grep -c '^fal_hpc: ' err)" = 1 ] || { cat out err; fail "a failing trial: exit code $code"; }
[ "$(ls failing/*_s?.h5 | wc -l)" = 6 ] || { ls failing; fail "the other trials were not all run"; }
