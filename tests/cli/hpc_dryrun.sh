# --dry-run: runs and writes nothing; its memory and disk are those of the real run within 20 %; a plan for a cluster and
# for a time limit.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
"$BIN/fal_data" synth -o some.h5 --train 2400 --test 300 --seed 5 >/dev/null
job="some.h5 --clients 4 --al-rounds 2 --fl-rounds 1 --local-epochs 1 --budget 60 --local-only-epochs 1 --evaluate 1"

for np in 1 3; do
  ranks $np $job --strategy logo,random --seeds 1-3 --dry-run --plan-cores 24 >out 2>err || { cat out err; fail "$np ranks"; }
  expect_empty err
  expect_line "^  trials      6 of up to 2 FL rounds" out
  expect_line "^  cnn4conv    [0-9]+ images/s of training, [0-9]+ of inference" out
  expect_line "^  layout      1 trial at a time on $np rank" out
  expect_line "^  layout      6 trials at a time on 4 ranks x 1 thread each" out
  expect_line "^  command     mpirun -np 24 fal_hpc ... --ranks-per-trial 4" out
  expect_line "sbatch --array=0-5 --ntasks=4 " out
  [ ! -e outputs ] || fail "$np ranks: something was written"
done
# A second architecture is measured, too; cores beyond one per client become threads.
"$BIN/fal_hpc" $job --model cnn4conv,mobilenet --dry-run --plan-cores 16 >out 2>err </dev/null || { cat out err; fail "two networks"; }
expect_line "^  mobilenet   [0-9]+ images/s" out
expect_line "^  command     mpirun -np 8 $(mpi_bind 2) fal_hpc" out
# Where clients differ in size the largest one's kernel is what counts: 2,000 images take 16 MB.
{ echo image,client; seq 0 2399 | awk '{ print $1 "," ($1 < 2000 ? 0 : 1 + $1 % 3) }'; } >uneven.csv
planned() { "$BIN/fal_hpc" $job --partition uneven.csv --strategy "$1" --dry-run 2>err </dev/null | sed -nE 's/^memory +about ([0-9]+) MiB.*/\1/p'; }
[ $(($(planned maxherding) - $(planned random))) -ge 12 ] || { cat err; fail "the kernel of a large client is not in the plan"; }
# A time limit: a job per trial and one for all, with lines that ask for no more than it; without cores, all at once.
"$BIN/fal_hpc" $job --seeds 1-6 --dry-run --plan-hours 0.5 --plan-cores 8 >out 2>err </dev/null || { cat out err; fail "a limit"; }
expect_line "^  layout      6 jobs, 2 at a time, of 4 ranks x 1 thread$" out
expect_line "^ +sbatch --array=0-5%2 --ntasks=4 --cpus-per-task=1 --mem-per-cpu=[0-9]+M --time=0:(15|30):00 jobs/array.sbatch ...$" out
expect_line "^ +sbatch --ntasks=8 --cpus-per-task=1 --mem-per-cpu=[0-9]+M --time=0:(15|30):00 jobs/single.sbatch ... --ranks-per-trial [124]$" out
expect_line "^ +sbatch --dependency=afterany:JOB jobs/report.sbatch outputs$" out
[ "$(grep -c sbatch out)" = 3 ] || { cat out; fail "a line for sbatch without the limit"; }
"$BIN/fal_hpc" $job --seeds 1-2 --dry-run --plan-hours 0.5 >out 2>err </dev/null || { cat out err; fail "a limit without cores"; }
expect_line "sbatch --array=0-1 --ntasks=4 " out
expect_no_line "single.sbatch" out
FAL_HPC_JOBS=/apps/jobs "$BIN/fal_hpc" $job --seeds 1-2 --dry-run --plan-hours 0.5 >out 2>err </dev/null || { cat out err; fail "jobs of a module"; }
expect_line " /apps/jobs/array.sbatch ...$" out
# A plan alone would start the job where only the plan was wanted; in a configuration file it waits for --dry-run.
for words in "--plan-hours 4" "--plan-cores 8"; do
  expect_exit 2 "$BIN/fal_hpc" $job $words </dev/null
  expect_line "fal_hpc: ${words% *}: goes with --dry-run$" err
done
expect_exit 2 "$BIN/fal_hpc" $job --dry-run --plan-hours 0.01 </dev/null
expect_line "plan-hours 0.01: is less than a minute" err
# A long tail leaves fewer images, so the pools end sooner.
rounds_at() {
  "$BIN/fal_hpc" $job --al-rounds 20 --rho "$1" --dry-run >out 2>err </dev/null || { cat err; fail "rho $1"; }
  sed -nE 's/^  trials      1 of up to ([0-9]+) FL rounds.*/\1/p' out
}
all=$(rounds_at 1) || fail "$all"
tail=$(rounds_at 20) || fail "$tail"
[ "$tail" -lt "$all" ] || fail "as many FL rounds at rho 20 ($tail) as at rho 1 ($all)"

# The largest resident size of a real run, in KiB, and its files.
case $FLAVOUR in sanitize | tsan) exit 0;; esac # sanitizers take memory of their own
for strategy in random logo; do
  "$BIN/fal_hpc" $job --strategy $strategy --threads 1 --dry-run >out </dev/null || fail "--dry-run"
  planned=$(sed -nE 's/^  memory +([0-9]+) MiB per rank.*/\1/p' out); disk=$(sed -nE 's/^  disk +([0-9.]+) MiB.*/\1/p' out)
  used=$("$PYTHON" - "$BIN/fal_hpc" $job --strategy $strategy --threads 1 --output $strategy <<'END'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
END
  ) || fail "the run"
  bytes=$(stat -c %s $strategy/*.h5)
  awk -v plan="$planned" -v real="$used" 'BEGIN { r = plan * 1024 / real; exit r < 0.8 || r > 1.2 }' || fail "$strategy: $planned MiB planned, $used KiB used"
  awk -v plan="$disk" -v real="$bytes" 'BEGIN { r = plan * 1048576 / real; exit r < 0.8 || r > 1.2 }' || fail "$strategy: $disk MiB planned, $bytes bytes written"
done
