#!/usr/bin/env bash
# Remakes the pictures in docs/pictures: learning curves and a partition of README.md from trials on Fashion-MNIST (the
# four idx files; Debian: dataset-fashion-mnist), a quarter of an hour on 2 idle cores, and the charts of
# docs/performance.md from the numbers beside it. The trials are cut short; the paper's are 100 FL rounds of 5 epochs.
# Usage: scripts/pictures.sh [FOLDER OF THE IDX FILES]. Environment: BIN.
set -eu
cd "$(dirname "$0")/.."
files=${1:-/usr/share/datasets/fashion-mnist}
bin=${BIN:-build/bin}
data=inputs/fashion-mnist.h5
runs=outputs/pictures

[ -e "$data" ] || "$bin/fal_data" import idx "$files" -o "$data"
"$bin/fal_hpc" "$data" --strategy logo,entropy:global,random --seeds 1-4 --rho 20 --alpha 1 --budget 30 --al-rounds 5 \
  --fl-rounds 6 --local-epochs 2 --batch-size 10 --local-only-epochs 20 --evaluate 1 --output "$runs"
"$bin/fal_report" "$runs" --curves docs/pictures/curves.svg
"$bin/fal_data" partition "$data" --clients 10 --rho 20 --alpha 1 --seed 1 --plot docs/pictures/partition.svg
scripts/performance_charts.py
