# A long trial and a job of many trials: memory and open files stay flat, and nothing is left behind. With FAL_SOAK=full
# (make soak) 2,000 FL rounds and 100 trials.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
rounds=10; trials=20
if [ "${FAL_SOAK:-}" = full ]; then rounds=100; trials=100; fi

"$BIN/fal_data" synth -o tiny.h5 --train 80 --test 20 --side 16 --seed 5 >/dev/null || fail "no data"
tiny="tiny.h5 --clients 2 --local-epochs 1 --budget 1 --batch-size 16 --evaluate 1 --local-only-epochs 1 --init continue"
# Kept of an FL round: a row of /fl_rounds (6 numbers) and of an AL round of $rounds of them rows of /rounds, /clients and
# /queries and a confusion matrix: below 128 bytes, twice, since rooms double. Of a trial: its place in the plan, its name.
per_round=256; per_trial=8192
case ${FLAVOUR:-release} in release | debug | coverage) ;; *) per_round=0; per_trial=0;; esac

mkdir tmp; export TMPDIR=$PWD/tmp
soak() { timeout -k 5 $((5 * limit)) "$PYTHON" "$TOP/tests/checks/soak.py" "$@" || { tail -n 20 soak.log; fail "soak: $1 steps"; }; }
soak $((20 * rounds)) $per_round 'AL round ([0-9]+), FL round ([0-9]+)/([0-9]+)' \
  mpirun -np 2 "$BIN/fal_hpc" $tiny --strategy logo --al-rounds 20 --fl-rounds $rounds --progress seconds:0 --output long
soak $trials $per_trial 'seed ([0-9]+): AL round 2, FL round 1/1' \
  "$BIN/fal_hpc" $tiny --strategy random --seeds 1-$trials --al-rounds 2 --fl-rounds 1 --progress seconds:0 --output many
[ "$(ls many/*.h5 | wc -l)" = $trials ] || fail "$(ls many | wc -l) files of $trials trials"

left=$(find long many \( -name '*.tmp.*' -o -name '*.lock' -o -name '*.ckpt*' \); find tmp -name 'fal*')
[ -z "$left" ] || fail "left behind: $left"
