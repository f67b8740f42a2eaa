# --max-hours and SLURM_JOB_END_TIME: a job stops by itself, with a checkpoint and 75; what cannot come further is told.
# alone: limits of seconds
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5
unset SLURM_JOB_END_TIME
short="small.h5 $short --threads 1"
long="$short --fl-rounds 60000 --evaluate 1 --name long"
slow=${FAL_TEST_SLOW:-1}
too_short="is too short for a single FL round .*: give more time$"

# Far too long for the limit: 7.2 s, of which 2 s stay free.
hours=$(awk "BEGIN { print 0.002 * $slow }")
expect_exit 75 "$BIN/fal_hpc" $long --max-hours $hours --progress rounds
expect_line "^stopped by --max-hours $hours; the same command goes on$" out
expect_no_line "too short" err
# Two groups of ranks: each stops its trial, none is begun.
end=$(($(date +%s) + 9 * slow))
SLURM_JOB_END_TIME=$end ranks 2 $long --seeds 1-4 --ranks-per-trial 1 --max-hours 1 --progress rounds >out 2>err; code=$?
[ $code = 75 ] || { cat out err; fail "exit code $code instead of 75"; }
expect_line "^stopped by SLURM_JOB_END_TIME; the same command goes on$" out
expect_line "going on in AL round 1 after FL round [1-9]" out
[ "$(ls outputs/*long*.ckpt.h5 | wc -l)" = 2 ] || { ls outputs; fail "trials were begun, or not saved"; }
rm -r outputs

# Nothing fits: before the first FL round, and inside it.
expect_exit 75 "$BIN/fal_hpc" $short --max-hours 0.0001
expect_line "^fal_hpc: warning: --max-hours 0.0001: $too_short" err
printf 'max_hours = %s\n' "$hours" >limit.ini
expect_exit 75 "$BIN/fal_hpc" $short --config limit.ini --local-epochs 10000 --budget 90 --name slow
expect_line "^fal_hpc: warning: --max-hours $hours: $too_short" err
expect_exit 0 "$BIN/fal_hpc" $short --local-epochs 10000 --budget 90 --name slow --list-trials --status
expect_line " stopped +1/2 +0/3 " out

# The limit is no part of the trial; an end that cannot be one is not looked at, and 0 is no limit.
SLURM_JOB_END_TIME=123 expect_exit 0 "$BIN/fal_hpc" $short --max-hours 0
expect_line "^fal_hpc: warning: SLURM_JOB_END_TIME=123: .*not looked at$" err
results=$(ls outputs/*_s1.h5 | grep -v slow); expected=$(digest_of $results)
rm $results
expect_exit 0 "$BIN/fal_hpc" $short --max-hours 1
[ "$(digest_of $results)" = "$expected" ] || fail "another digest with a limit"
expect_exit 2 "$BIN/fal_hpc" $short --max-hours -1
