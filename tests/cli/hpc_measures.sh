# The confusion of classes and balanced accuracy of a trial are what its network predicts, computed independently; the
# same on any number of ranks and threads, after a stop, and in a trial that a checkpoint of 0.1.0 began. The digest does
# not know them.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
need_h5py
"$BIN/fal_data" synth -o even.h5 --train 400 --test 400 --side 28 --seed 5 >/dev/null || fail "synth"
"$PYTHON" "$TOP/tests/fixtures/change_dataset.py" even.h5 tail.h5 uneven || fail "change_dataset.py"
trial="tail.h5 $short --rho 5 --lr 0.05 --strategy logo"
# same_measures A.h5 B.h5
same_measures() {
  "$PYTHON" - "$1" "$2" <<'PY' || fail "$2 has other measures than $1"
import sys, h5py
a, b = (h5py.File(name) for name in sys.argv[1:])
for path in ("confusion", "balanced_accuracy"):
    assert a[path].attrs["description"] and a[path].dtype == b[path].dtype
    assert (a[path][()] == b[path][()]).all(), path
PY
}

expect_exit 0 ranks 1 $trial --output one
results=$(cd one && ls *.h5)
"$PYTHON" "$TOP/tests/checks/measures.py" tail.h5 "one/$results" || fail "not what the network predicts"
expect_exit 0 env OMP_NUM_THREADS=2 timeout "$limit" mpirun -np 3 "$BIN/fal_hpc" $trial --output three
same_measures "one/$results" "three/$results"

# Stopped within AL round 2, whose confusion is not known yet: that of AL round 1 came through the checkpoint.
long="tail.h5 $short --rho 5 --lr 0.05 --strategy random --fl-rounds 40"
"$BIN/fal_hpc" $long --output whole >out 2>&1 || { cat out; fail "the whole trial"; }
stop_at() { # FOLDER LINE: SIGUSR1 once the line is there
  : >log # what a run before it said must not be taken for its line
  "$BIN/fal_hpc" $long --output "$1" >log 2>&1 </dev/null & pid=$!
  for _ in $(seq 1 $((600 * ${FAL_TEST_SLOW:-1}))); do grep -q "$2" log && break; sleep 0.02; done
  kill -USR1 $pid; code=0; wait $pid || code=$?
  [ $code = 75 ] || { cat log; fail "exit code $code instead of 75"; }
}
stop_at halves "AL round 2, FL round [1-9]/"
results=$(cd whole && ls *.h5)
cp "halves/$results" first.h5
stop_at halves "AL round 2, FL round"
same_measures first.h5 "halves/$results"
expect_exit 0 ranks 2 $long --output halves
same_measures "whole/$results" "halves/$results"
[ "$(digest_of "whole/$results")" = "$(digest_of "halves/$results")" ] || fail "another digest"

# Tables by balanced accuracy, at the end of a job and from its files, are what the files say.
job="tail.h5 $short --rho 5 --lr 0.05 --strategy logo,entropy:global,random --seeds 1-4 --ranks-per-trial 1"
expect_exit 0 ranks 2 $job --output job --measure balanced
cp out printed
expect_line "^Balanced test accuracy in per cent" printed
expect_line "beats the column in balanced accuracy" printed
expect_line "^Penalty matrix: .* in balanced accuracy" printed
expect_exit 0 "$BIN/fal_report" job --measure balanced --penalty --aulc -o tables --curves curves.svg
expect_line "mean balanced test accuracy in per cent" out
expect_line "Balanced test accuracy" curves.svg
"$PYTHON" "$TOP/tests/checks/summary.py" --balanced printed tables job/*.h5 || { cat printed; fail "not what the files say"; }
expect_exit 0 ranks 2 $job --output job
expect_line "already complete" out
expect_line "^Test accuracy in per cent" out

# 0.1.0 knew neither: its checkpoint goes on and its trial gets both; its files stay equal to those of today.
old=$TOP/tests/fixtures/v010
trial="$old/tiny.h5 --clients 2 --al-rounds 3 --fl-rounds 3 --local-epochs 1 --budget 4 --batch-size 4
  --strategy entropy:global --kernels reference"
expect_exit 0 "$BIN/fal_hpc" $trial --output fresh
results=$(cd fresh && ls *.h5)
mkdir old && cp "$old/stopped.ckpt.h5" "old/${results%.h5}.ckpt.h5"
expect_exit 0 "$BIN/fal_hpc" $trial --output old
same_measures "fresh/$results" "old/$results"
expect_exit 0 "$BIN/fal_data" digest --compare "$old/results.h5" "fresh/$results"
