# Ranks that see different files under one path, or were given different options, end with one message that names both
# ranks and their hosts; nothing hangs.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
need_h5py
small_dataset small.h5
for what in /train/images /train/images:stale /test/images /train/labels /train/labels:stale mean names fewer augment; do
  "$PYTHON" "$TOP/tests/fixtures/change_dataset.py" small.h5 "other_$(echo "$what" | tr -d /:).h5" "$what" || fail "$what"
done
"$BIN/fal_data" synth -o other_set.h5 --train 400 --test 150 --seed 6 >/dev/null
"$BIN/fal_data" synth -o other_size.h5 --train 400 --test 150 --seed 5 --side 24 >/dev/null
host=$(hostname)

# differs CODE PATTERN "arguments of rank 0" "arguments of rank 1"
differs() {
  local code=$1 pattern=$2
  two_commands "exec $BIN/fal_hpc $3" "exec $BIN/fal_hpc $4" >out 2>err; local got=$?
  [ $got = "$code" ] || { cat out err; fail "exit code $got instead of $code: $3 : $4"; }
  [ "$(grep -c '^fal_hpc: ' err)" = 1 ] || { cat err; fail "expected one message: $3 : $4"; }
  expect_line "^fal_hpc: .*$pattern.*\(rank 1 on $host" err
  [ ! -e outputs ] || [ -z "$(find outputs -name '*.h5')" ] || fail "something was computed"
}
t="small.h5 $short"
differs 2 "--lr: \"0.02\" here, but \"0.01\" on rank 0 \($host\)" "$t" "$t --lr 0.02"
differs 2 "--al-rounds: \"3\" here, but \"2\" on rank 0" "$t" "$t --al-rounds 3"
differs 2 "--seeds" "$t" "$t --seeds 1-2"
differs 2 "--kernels" "$t" "$t --kernels reference"
differs 2 "--output" "$t" "$t --output elsewhere"
differs 2 "what is asked for" "$t" "$t --list-trials"
differs 2 "no dataset is given" "$t" "$short"
differs 3 "cannot open" "$t" "missing.h5 $short"
for what in trainlabels mean names augment trainimages testimages; do
  differs 3 "other than rank 0 on $host has: give all ranks the same file" "$t" "other_$what.h5 $short"
done
differs 3 "number of training images: other than rank 0" "$t" "other_fewer.h5 $short"
differs 3 "size of the images: other than rank 0" "$t" "other_size.h5 $short"
differs 3 "training (labels|images): other than rank 0" "$t" "other_set.h5 $short"
differs 3 "the checksum of /train/labels" "$t" "other_trainlabelsstale.h5 $short"
# Pixels alone, with the old checksum: found where the rank reads them.
seq 0 399 | awk 'BEGIN { print "image,client" } { print $1 "," ($1 == 200 ? 3 : $1 % 4) }' >own.csv
differs 3 "image 200 of /train/images is not the one that rank 0 saw" "$t --partition own.csv" \
  "other_trainimagesstale.h5 $short --partition own.csv"

# Files that parameters name.
seq 0 399 | awk 'BEGIN { print "image,client" } { print $1 "," $1 % 4 }' >deal.csv
mkdir other; sed 's/^7,3$/7,2/' deal.csv >other/deal.csv
part="$short --partition deal.csv"
(cd other && cp ../small.h5 .)
two_commands "exec $BIN/fal_hpc small.h5 $part" "cd other; exec $BIN/fal_hpc small.h5 $part" >out 2>err; code=$?
[ $code = 3 ] || { cat out err; fail "other partition: exit code $code"; }
expect_line "^fal_hpc: deal.csv: other content than rank 0 on $host has.*\(rank 1 on $host\)" err

# Threads are each rank's own matter.
two_commands "exec $BIN/fal_hpc $t --threads 1" "exec $BIN/fal_hpc $t --threads 2" >out 2>err ||
  { cat out err; fail "other threads"; }
