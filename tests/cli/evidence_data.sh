# jobs/evidence/data.sh cuts the data sets of docs/evidence.md from the publishers' files, and finds out other ones.
. "$TOP/tests/cli/lib.sh"
[ -e "${FAL_DATA:-}/digests.json" ] || skip "no real image data (FAL_DATA)"
"$BIN/fal_data" --version | grep -q '+libarchive' || skip "built without libarchive: nothing is imported"
export FAL_BIN=$BIN
cut() { bash "$TOP/jobs/evidence/data.sh" "$@"; }

expect_exit 0 cut "$FAL_DATA/cifar-10-part" - here
expect_line 'here/cifar10part.h5 is what the evidence was made from$' out
[ "$(ls -A here)" = cifar10part.h5 ] || { ls -A here; fail "more than the data set is there"; }
if [ -d /usr/share/datasets/fashion-mnist ]; then
  expect_exit 0 cut - /usr/share/datasets/fashion-mnist here
  expect_line 'here/fashion20k.h5 is what the evidence was made from$' out
fi

cp -r "$FAL_DATA/cifar-10-part" other; chmod -R u+w other
printf '\1' | dd of=other/test_batch.bin bs=1 seek=100 conv=notrunc 2>/dev/null
sha256sum here/cifar10part.h5 >before
for folder in here there; do
  expect_exit 3 cut other - $folder; expect_line '/test/images is not what the evidence was made from$' out
done
sha256sum -c before >log || { cat log; fail "a good data set was replaced"; }
[ -z "$(ls -A there)" ] || { ls -A there; fail "a wrong data set was kept"; }
truncate -s 3073000 other/data_batch_1.bin
expect_exit 3 cut other - here; expect_line 'data_batch_1.bin has fewer than 4000 records' out
expect_exit 2 cut other here; expect_line 'three folders' out
[ "$(ls -A here | grep -c cut)" = 0 ] || fail "something is left over"
exit 0
