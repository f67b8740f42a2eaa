#!/usr/bin/env bash
# The two data sets of the evidence, cut from their publishers' files; the same bytes wherever that is done:
#   cifar10part.h5   CIFAR-10, the first records of each batch (8,336 training and 1,017 test images)
#   fashion20k.h5    Fashion-MNIST, the first 20,000 training images and all 10,000 test images
# Usage: jobs/evidence/data.sh CIFAR10 FASHION FOLDER
#   CIFAR10  folder with data_batch_1.bin ... test_batch.bin (cifar-10-binary.tar.gz, unpacked); - leaves it out
#   FASHION  folder with the four idx files, .gz (Debian's dataset-fashion-mnist: /usr/share/datasets/fashion-mnist); or -
#   FOLDER   where the data sets go, e.g. inputs
set -eu
script=data.sh; jobs=$(cd "$(dirname "$0")/.." && pwd)
. "$jobs/lib.sh"
[ $# = 3 ] || job_failed 2 "three folders: CIFAR-10's batches, Fashion-MNIST's idx files, where the data sets go"
cifar=$1 fashion=$2 out=$3
fal_data=$(program fal_data) || exit 2
mkdir -p "$out"
work=$(mktemp -d "$out/.cut.XXXXXX"); trap 'rm -rf "$work"' EXIT

# take FILE: out of the working folder, if its arrays have the SHA-256 that lines NAME SUM on standard input say. Other
# images would be other evidence.
take() {
  local array sum
  "$fal_data" info "$work/$1" >"$work/info"
  while read -r array sum; do
    grep -q "^ *$array *$sum$" "$work/info" || job_failed 3 "$1: $array is not what the evidence was made from"
  done
  mv "$work/$1" "$out/$1"
  say "$out/$1 is what the evidence was made from"
}

if [ "$cifar" != - ]; then
  mkdir "$work/cifar"
  while read -r batch records; do # a record is a label and 32 x 32 x 3 pixels
    head -c $((records * 3073)) "$cifar/$batch.bin" >"$work/cifar/$batch.bin"
    [ "$(wc -c <"$work/cifar/$batch.bin")" = $((records * 3073)) ] ||
      job_failed 3 "$cifar/$batch.bin has fewer than $records records of 3073 bytes"
  done <<'BATCHES'
data_batch_1 4000
data_batch_2 1017
data_batch_3 1017
data_batch_4 1285
data_batch_5 1017
test_batch 1017
BATCHES
  "$fal_data" import cifar10 "$work/cifar" --name cifar10part -o "$work/cifar10part.h5" >"$work/said"
  take cifar10part.h5 <<'SUMS'
/train/images 1fce9c2aca620195e25ba3af84b497caf21b0f15299b82bf4374ba0870cd5f89
/train/labels c068f392ebe57035f4f6e5af51db1d9e0f3d0e659bb319ea9b5f4b71a9295a43
/test/images 48bde46fb9080c13770d6a8c4163dc24cff90c2802470aa26c4d6c392faf50f3
/test/labels 6cb4e9c70887a89a10a1233afdae3d19f6c17f64c2c83c43fe93864f6afe6722
SUMS
fi

# cut_idx FILE HEAD OLD BYTES: the first BYTES behind its head of OLD bytes, with a new head
cut_idx() {
  { printf '%b' "$2"; gzip -dc "$fashion/$1.gz" | tail -c +$(($3 + 1)) | head -c "$4"; } >"$work/fashion/$1"
}
if [ "$fashion" != - ]; then
  mkdir "$work/fashion"
  cp "$fashion"/t10k-images-idx3-ubyte.gz "$fashion"/t10k-labels-idx1-ubyte.gz "$work/fashion"
  # An idx file begins with its kind and its sizes, 4 bytes each: 20,000 images, 28 x 28 pixels.
  cut_idx train-images-idx3-ubyte '\0\0\010\03\0\0\0116\040\0\0\0\034\0\0\0\034' 16 $((20000 * 784))
  cut_idx train-labels-idx1-ubyte '\0\0\010\01\0\0\0116\040' 8 20000
  "$fal_data" import idx "$work/fashion" --name fashion20k -o "$work/fashion20k.h5" >"$work/said"
  take fashion20k.h5 <<'SUMS'
/train/images 58e4771950337033c6f5665c995cab5743ed89bf7399fd5c583cf4de053257d1
/train/labels 960af3c3bc7ce7026092dbc046f809bd2ecb5143eca3a9cf4f405140cb12cd25
/test/images c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a
/test/labels f842297266c626cc665c4907847c62fb6100d421d1b206fc5d835f7c27eb27b9
SUMS
fi
