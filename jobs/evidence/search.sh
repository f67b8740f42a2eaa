#!/usr/bin/env bash
# How training was chosen for docs/evidence.md: random alone, seeds 101 and 102, the first two AL rounds, which have the
# fewest labels and so the fewest steps. In the order in which it was done. What is complete is not run again.
# Usage: jobs/evidence/search.sh OUT [DATA]    DATA: folder of the data sets [inputs]; the curves go to OUT/csv
set -eu
script=search.sh; jobs=$(cd "$(dirname "$0")/.." && pwd)
. "$jobs/lib.sh"
[ $# -ge 1 ] || job_failed 2 "the output folder is missing: jobs/evidence/search.sh OUT [DATA]"
out=$1 data=${2:-inputs}
hpc=$(program fal_hpc) && report=$(program fal_report) || exit 2
common=(--strategy random --al-rounds 2 --threads 1)
export FAL_KERNELS_PAIRS=${FAL_KERNELS_PAIRS:-0} # as in evidence.sh

cifar() { "$hpc" "$data/cifar10part.h5" "${common[@]}" --output "$out/search_cifar10" --budget 0.05 "$@" </dev/null; }
# The paper's 5 epochs in each FL round, a tenth of its FL rounds.
cifar --seeds 101,102 --fl-rounds 10 --local-epochs 5 --batch-size 16,32 --lr 0.01,0.03
# As many passes over the labels in shorter FL rounds: models of unlike clients are averaged before they part.
cifar --seeds 101 --fl-rounds 25 --local-epochs 2 --batch-size 16 --lr 0.01,0.03
cifar --seeds 101,102 --fl-rounds 50 --local-epochs 1 --batch-size 16 --lr 0.01,0.03
# Are 50 enough? Twice as many; and half the batch.
cifar --seeds 101 --fl-rounds 100 --local-epochs 1 --batch-size 16 --lr 0.01,0.03
cifar --seeds 101 --fl-rounds 50 --local-epochs 1 --batch-size 8
# What fits into the hours: 40, and twice as many.
cifar --seeds 101 --fl-rounds 40,80 --local-epochs 1 --batch-size 8
# The other extreme of the corners.
cifar --seeds 101 --fl-rounds 50,100 --local-epochs 1 --batch-size 16 --alpha inf --rho 20
cifar --seeds 101 --fl-rounds 40,50,100 --local-epochs 1 --batch-size 8 --alpha inf --rho 20
cifar --seeds 101 --fl-rounds 50 --local-epochs 1 --batch-size 16 --lr 0.03 --alpha inf --rho 20

fashion() { "$hpc" "$data/fashion20k.h5" "${common[@]}" --output "$out/search_fashion" --evaluate 2 "$@" </dev/null; }
fashion --seeds 101 --budget 20 --fl-rounds 50,100 --local-epochs 1 --batch-size 8 --lr 0.01,0.03

mkdir -p "$out/csv"
for part in search_cifar10 search_fashion; do
  "$report" "$out/$part" -o "$out/$part/report" >/dev/null
  "${PYTHON:-python3}" "$jobs/evidence/tables.py" --curves "$out/$part/report/rounds.csv" >"$out/csv/$part.csv"
done
