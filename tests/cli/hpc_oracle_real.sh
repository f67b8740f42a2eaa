# Chest X-rays: all labels but 30 per client hidden, four AL rounds through the folders, on 1 and 3 ranks.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"; . "$TOP/tests/cli/oracle_lib.sh"
need_h5py
source=$FAL_DATA/medmnist/pneumoniamnist.npz
[ -f "$source" ] || skip "there is no $source"
limit=$((300 * ${FAL_TEST_SLOW:-1}))
"$BIN/fal_data" import medmnist "$source" -o truth.h5 >log 2>&1 || { cat log; exit 1; }
truth=truth.h5
images=$("$BIN/fal_data" info truth.h5 | sed -n 's/^.*[^0-9]\([0-9][0-9,]*\) training.*/\1/p' | tr -d ,)
# 500, 400 and 300 images for three hospitals, by their numbers
seq 0 1199 | awk 'BEGIN { print "image,client" } { print $1 * 3 "," ($1 < 500 ? 0 : $1 < 900 ? 1 : 2) }' >deal.csv
[ "$images" -gt 3600 ] || fail "only $images images"
trial="--partition deal.csv --budget 30 --al-rounds 4 --fl-rounds 4 --local-epochs 1 --local-only-epochs 3 --evaluate 2 --strategy logo"
ranks 2 truth.h5 $trial --output full >out 2>err || { cat out err; exit 1; }
people hide truth.h5 open.h5 "$(results_of full)"
for np in 1 3; do
  until_done $np open$np open.h5 $trial
  people compare "$(results_of full)" "$(results_of open$np)"
done
