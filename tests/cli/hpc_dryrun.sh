# --dry-run: runs and writes nothing; its memory and disk are those of the real run within 20 %; a plan for a cluster.
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
