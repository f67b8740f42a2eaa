#!/usr/bin/env bash
# make demo: make a data set, run ten clients under mpirun, show how the query strategies compare.
set -eu
cd "$(dirname "$0")/.."

# What the demo runs: under a minute on 2 idle cores. The paper trains for 100 FL rounds of 5 epochs at alpha 0.1.
DATASET=inputs/demo.h5
TRAIN_IMAGES=4000
TEST_IMAGES=1000
STRATEGIES=logo,entropy:global,random
SEEDS=1,2
CLIENTS=10
ALPHA=1
AL_ROUNDS=4
FL_ROUNDS=6
LOCAL_EPOCHS=2
BATCH_SIZE=10
LOCAL_ONLY_EPOCHS=20
OUTPUT=outputs/demo
BIN=${BIN:-build/bin}

. scripts/mpi.sh
mpi_environment
mpi=(mpirun -np "$CLIENTS")
if [ "$(nproc)" -lt "$CLIENTS" ]; then read -ra crowd <<<"$(mpi_crowd)"; mpi+=("${crowd[@]}"); fi

say() { printf '\n$ %s\n' "$*"; "$@"; }

[ -e "$DATASET" ] || say "$BIN/fal_data" synth --train "$TRAIN_IMAGES" --test "$TEST_IMAGES" --name demo -o "$DATASET"
say "${mpi[@]}" "$BIN/fal_hpc" "$DATASET" --strategy "$STRATEGIES" --seeds "$SEEDS" --clients "$CLIENTS" \
  --alpha "$ALPHA" --al-rounds "$AL_ROUNDS" --fl-rounds "$FL_ROUNDS" --local-epochs "$LOCAL_EPOCHS" \
  --batch-size "$BATCH_SIZE" --local-only-epochs "$LOCAL_ONLY_EPOCHS" --evaluate 2 --output "$OUTPUT" --report "$OUTPUT/report" </dev/null

cat <<END

Results files, one per strategy and seed, are in $OUTPUT. To look at them:
  $BIN/fal_report $OUTPUT
  h5dump -A $OUTPUT/$(cd "$OUTPUT" && ls -- *.h5 | head -n 1)
The same command goes on where it was stopped; here everything is done. README.md has the next steps.
The report, a page for your browser:
  $PWD/$OUTPUT/report/report.html
END
