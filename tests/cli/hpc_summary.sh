# The job's own tables are those of fal_report from the files; groups of ranks change nothing; --trial runs one.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5
job="small.h5 $short --strategy random,entropy:global --seeds 1-2"
ranks 4 $job --ranks-per-trial 1 >out 2>&1 || { cat out; exit 1; }
"$BIN/fal_report" outputs/*.h5 --penalty >report || exit 1
# Every line of the report's tables stands in the job's output.
grep -E '^ *[0-9].*%|[0-9]\.[0-9]' report | while IFS= read -r line; do
  grep -qF -- "$line" out || { echo "the job did not print: $line"; cat out; exit 1; }
done || exit 1
grouped=$("$BIN/fal_data" digest outputs/*.h5)
rm -rf outputs
for i in 0 1 2 3; do "$BIN/fal_hpc" $job --trial $i >out 2>&1 </dev/null || { cat out; exit 1; }; done
[ "$("$BIN/fal_data" digest outputs/*.h5)" = "$grouped" ] || { echo "groups of ranks change the results"; exit 1; }
[ "$("$BIN/fal_hpc" $job --list-trials | wc -l)" = 4 ]
