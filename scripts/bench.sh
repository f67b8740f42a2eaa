#!/usr/bin/env bash
# make bench: everything that fal_bench measures, in a few minutes. Text on the terminal, JSON in outputs/bench-*.json.
#   networks (layers, training step, inference) for the paper's image sizes, with each instruction set of this CPU
#   training in small batches: a client with 42 labels trains in batches of 42
#   two ranks and two threads against one; clustering; one client's query per strategy; the exact sum, also on 2 ranks
# Usage: scripts/bench.sh [FOLDER OF THE PROGRAMS] [options of fal_bench]; with options: fal_bench with these, once per
# instruction set. RUNS=N sets the runs of each measurement (30).
set -eu
bin=${1:-build/bin}
shift || true
runs=${RUNS:-30}
threads=1
[ "$(env -u OMP_NUM_THREADS nproc)" -lt 2 ] || threads=1,2
mkdir -p outputs
for variable in FAL_KERNELS_ISA FAL_KERNELS_PAIRS OMP_NUM_THREADS OPENBLAS_CORETYPE; do
  if [ -n "${!variable:-}" ]; then echo "bench.sh: $variable=${!variable} is removed for the measurement"; unset "$variable"; fi
done
grep -m1 'model name' /proc/cpuinfo || true
best=
for isa in avx512 avx2 neon; do
  case $isa in avx512) flag=avx512dq;; neon) flag=asimd;; *) flag=$isa;; esac
  if ! grep -qw $flag /proc/cpuinfo; then continue; fi
  best=${best:-$isa}
  if [ $# -gt 0 ]; then
    FAL_KERNELS_ISA=$isa "$bin/fal_bench" --runs "$runs" --json "outputs/bench-$isa.json" "$@"
  else
    FAL_KERNELS_ISA=$isa "$bin/fal_bench" --shape 32x32x3,28x28x3,28x28x1 --threads "$threads" --runs "$runs" \
      --json "outputs/bench-$isa.json"
    FAL_KERNELS_ISA=$isa "$bin/fal_bench" --only training --shape 32x32x3,28x28x3 --batch 16,32,42 --threads "$threads" \
      --runs "$runs" --json "outputs/bench-batches-$isa.json"
  fi
done
[ $# -eq 0 ] || exit 0
if [ -z "$best" ]; then "$bin/fal_bench" --runs "$runs" --json outputs/bench-blas.json; fi
"$bin/fal_bench" --only scaling,clustering,query,aggregation --runs "$runs" --json outputs/bench-parts.json
if command -v mpirun >/dev/null && [ "$(env -u OMP_NUM_THREADS nproc)" -ge 2 ]; then
  . "$(dirname "$0")/mpi.sh"
  mpi_environment
  mpirun -np 2 "$bin/fal_bench" --only aggregation --runs "$runs" --json outputs/bench-ranks.json </dev/null
fi
