#!/usr/bin/env bash
# make performance MACHINE=NAME: measures all that docs/performance.md shows and writes docs/performance/NAME/*.json, the
# page docs/performance/<name>.md and its charts in docs/pictures. For an idle machine; CLOCK=cpu where it is not.
#   layers and products per instruction set, queries, scaling, clustering, the exact sum (fal_bench)
#   training, inference, layers, accuracy and k-means beside peers; small batches; the deeper networks (bench_peer.sh)
# Usage: scripts/performance.sh [FOLDER OF THE PROGRAMS] NAME. PARTS="layers query parts peer batch deep" are the steps
# to run, so that one can be run again; RUNS=N (30), ROUNDS=N (5) and SECONDS_EACH=X (1) say how long, DATA=DATASET.h5
# is what accuracy in bf16 is measured on (drawn images), MALLOC=default,tcmalloc which mallocs PyTorch gets (all that
# are installed), PEER="..." more options for each run of bench_peer.sh.
set -eu
cd "$(dirname "$0")/.."
stop() { echo "performance.sh: $*" >&2; exit 2; }
bin=build/bin
if [ $# -gt 1 ]; then bin=$1; shift; fi
name=${1:-}
[[ $name =~ ^[a-z0-9-]+$ ]] || stop "give the machine a name of small letters, digits and dashes: make performance MACHINE=NAME"
folder=docs/performance/$name
all="layers query parts peer batch deep"
parts=${PARTS:-$all}
for part in $parts; do
  case " $all " in *" $part "*) ;; *) stop "PARTS: $part: choose from $all" ;; esac
done
runs=${RUNS:-30}
shapes=32x32x3,28x28x3,28x28x1
peer=(--rounds "${ROUNDS:-5}" --seconds "${SECONDS_EACH:-1}" --clock "${CLOCK:-wall}")
mkdir -p "$folder"
for variable in FAL_KERNELS_ISA FAL_KERNELS_PAIRS OMP_NUM_THREADS OPENBLAS_CORETYPE; do
  [ -z "${!variable:-}" ] || echo "performance.sh: $variable=${!variable} is removed for the measurement"
  unset "$variable"
done

# step NAME COMMAND...: one of PARTS, with the time that it took
step() {
  case " $parts " in *" $1 "*) ;; *) return 0 ;; esac
  local start=$SECONDS what=$1
  shift
  "$@"
  echo "performance.sh: $what took $((SECONDS - start)) s"
}

layers() {
  for isa in avx512 avx2; do
    grep -qw "$([ $isa = avx512 ] && echo avx512dq || echo avx2)" /proc/cpuinfo || continue
    FAL_KERNELS_ISA=$isa "$bin/fal_bench" --only layers --shape $shapes --runs "$runs" --json "$folder/layers-$isa.json"
    scripts/bench_machine.py "$folder/layers-$isa.json"
  done
}
own() { # FILE PARTS
  "$bin/fal_bench" --only "$2" --runs "$runs" --json "$folder/$1.json"
  scripts/bench_machine.py "$folder/$1.json"
}
beside() { # FILE OPTIONS...
  local file=$1
  shift
  # shellcheck disable=SC2086
  scripts/bench_peer.sh "$bin" "${peer[@]}" ${MALLOC:+--malloc "$MALLOC"} --finalists 1 "$@" ${PEER:-} \
    --json "$folder/$file.json"
}

step layers layers
step query own query query
step parts own parts scaling,clustering,aggregation
step peer beside peer --shape $shapes --what training,inference,layers,accuracy,clustering ${DATA:+--data "$DATA"}
step batch beside peer-batch --shape 32x32x3,28x28x3 --batch 16,32,42 --what training
step deep beside peer-deep --model resnet18,mobilenet --what training,inference --mode eager,frozen,compiled,bf16,openvino,ncnn
scripts/performance_charts.py "$folder" docs/pictures
scripts/performance_page.py "$folder"
echo "performance.sh: docs/performance/$name.md"
