#!/usr/bin/env bash
# make bench-trial: a small LoGo trial on real images from start to end, on one core and on two, with the share of each part.
#   5,000 training and 1,000 test images of CIFAR-10, 10 clients, alpha 0.1, logo, 50 labels per client in each of 3 AL
#   rounds, 10 FL rounds, 5 local epochs, batches of 64, the test set evaluated after every FL round
# Usage: scripts/bench_trial.sh [FOLDER OF THE PROGRAMS] [FOLDER WITH CIFAR-10's data_batch_*.bin AND test_batch.bin]
# LAYOUTS="1x1 2x1 10x1 1x2" are the ranks x threads to run (the first on one core, the others on two).
# The authors' program took 614 s (one thread) and 363 s (two) for this protocol: PyTorch 2.15.0 on another machine (AMD
# EPYC, Zen 3, AVX2), the first 5,000 images of the full data set. Orientation, no race on one machine.
set -eu
cd "$(dirname "$0")/.."
bin=$(cd "${1:-build/bin}" && pwd)
images=${2:-${FAL_DATA:-../shared/data}/cifar-10-part}
record=3073 # bytes of an image and its label
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The first 5,000 and 1,000 records, whatever the length of the files.
mkdir "$work/images"
left=5000
for file in "$images"/data_batch_?.bin; do
  [ -e "$file" ] || { echo "bench_trial.sh: $images: no data_batch_*.bin of CIFAR-10's binary version" >&2; exit 3; }
  records=$(($(stat -c %s "$file") / record))
  [ "$records" -le "$left" ] || records=$left
  [ "$records" -eq 0 ] || head -c $((records * record)) "$file" > "$work/images/$(basename "$file")"
  left=$((left - records))
done
[ "$left" -eq 0 ] || { echo "bench_trial.sh: $images: fewer than 5,000 training images" >&2; exit 3; }
head -c $((1000 * record)) "$images/test_batch.bin" > "$work/images/test_batch.bin"
"$bin/fal_data" import cifar10 "$work/images" -o "$work/cifar10.h5" >/dev/null

cores=$(taskset -pc $$ | sed 's/.*: //' | tr ',' '\n' | while IFS=- read -r a b; do seq "$a" "${b:-$a}"; done)
one=$(echo "$cores" | head -n 1)
two=$(echo "$cores" | head -n 2 | paste -sd, -)
. scripts/mpi.sh
mpi_environment
grep -m1 'model name' /proc/cpuinfo || true
"$bin/fal_hpc" --version
for layout in ${LAYOUTS:-1x1 2x1 10x1}; do
  ranks=${layout%x*}
  threads=${layout#*x}
  set_of_cores=$two; theirs=363
  if [ "$layout" = 1x1 ]; then set_of_cores=$one; theirs=614; fi
  if [ "$layout" != 1x1 ] && [ "$one" = "$two" ]; then echo "$ranks ranks x $threads threads: not measured, one core only"; continue; fi
  start=$(date +%s.%N)
  taskset -c "$set_of_cores" mpirun -np "$ranks" "$bin/fal_hpc" "$work/cifar10.h5" --strategy logo --seeds 1 \
    --clients 10 --alpha 0.1 --budget 50 --al-rounds 3 --fl-rounds 10 --local-epochs 5 --batch-size 64 --evaluate all \
    --kmeans-starts 10 --threads "$threads" --output "$work/out-$layout" </dev/null >"$work/log" 2>&1 ||
    { cat "$work/log"; exit 1; }
  end=$(date +%s.%N)
  awk -v ranks="$ranks" -v threads="$threads" -v cores="$set_of_cores" -v start="$start" -v end="$end" -v theirs=$theirs '
    BEGIN { seconds = end - start; printf "\n%d ranks x %d threads on cores %s: %.1f s from start to end; the authors'"'"' program, elsewhere: %d s, %.1f x\n",
            ranks, threads, cores, seconds, theirs, theirs / seconds }
    /^Where the time went/ { inside = 1 } inside && NF { print "  " $0 }' "$work/log"
done
"$bin/fal_data" digest "$work"/out-*/*.h5 | awk '{ print $1 }' | sort | uniq -c | awk '{ print "digest of " $1 " results: " $2 }'
