# Partitions, the long tail, first weights from a file, first-round diagnostics: each runs, on 1 and 3 ranks with one digest.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5
tiny="--clients 3 --al-rounds 2 --fl-rounds 1 --local-epochs 1 --budget 8 --batch-size 16 --evaluate 1 --local-only-epochs 2"

ranks 1 small.h5 $tiny --strategy random --name first >out 2>&1 || { cat out; exit 1; }
model=$(ls outputs/*first*.h5)

for setting in "--partition iid" "--partition shards:2" "--partition $model" "--rho 4" "--partition-seed 9" \
  "--init continue" "--init file --init-model $model" "--first-round --evaluate all" "--stop-accuracy 0"; do
  expected=
  for np in 1 3; do
    rm -rf again
    ranks $np small.h5 $tiny --strategy entropy:global $setting --output again >out 2>&1 || { echo "$setting"; cat out; exit 1; }
    digest=$(digest_of again/*.h5); expected=${expected:-$digest}
    [ "$digest" = "$expected" ] || { echo "$setting: $np ranks change the digest"; exit 1; }
  done
  case $setting in
    --first-round*) h5dump -n again/*.h5 | grep -q /first_round/local_only_class_accuracy || { echo "no diagnostics"; exit 1; };;
    --stop-accuracy*) h5dump -d /rounds again/*.h5 | grep -q "DATASPACE  SIMPLE { ( 1 )" || { echo "did not stop"; exit 1; };;
    --rho*) "$BIN/fal_hpc" small.h5 $tiny $setting --dry-run </dev/null | grep -q "MiB per rank, " || exit 1;;
  esac
done
