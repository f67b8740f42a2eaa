#!/usr/bin/env bash
# make bench: layers, training step and inference of cnn4conv for the paper's image sizes, 1 and 2 threads (as many as
# there are cores), with each instruction set that this CPU has. Text on the terminal, JSON in outputs/bench-*.json.
# Usage: scripts/bench.sh [FOLDER OF THE PROGRAMS]. RUNS=N sets the runs of each measurement (30).
set -eu
bin=${1:-build/bin}
runs=${RUNS:-30}
threads=1
[ "$(nproc)" -lt 2 ] || threads=1,2
mkdir -p outputs
for variable in FAL_KERNELS_ISA OMP_NUM_THREADS OPENBLAS_CORETYPE; do
  if [ -n "${!variable:-}" ]; then echo "bench.sh: $variable=${!variable} is removed for the measurement"; unset "$variable"; fi
done
grep -m1 'model name' /proc/cpuinfo || true
for isa in avx512 avx2; do
  if ! grep -qw "$([ $isa = avx512 ] && echo avx512dq || echo avx2)" /proc/cpuinfo; then continue; fi
  FAL_KERNELS_ISA=$isa "$bin/fal_bench" --shape 32x32x3,28x28x3,28x28x1 --threads "$threads" --runs "$runs" \
    --json "outputs/bench-$isa.json"
done
