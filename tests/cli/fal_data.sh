#!/usr/bin/env bash
# fal_data from outside: help, import from plain and packed files, info, verify, digest, partition, exit codes.
. "$(dirname "$0")/lib.sh"
data=$BIN/fal_data

# Help and version are answers: stdout, exit 0, nothing on stderr.
expect_exit 0 "$data" --help;           expect_line '^  fal_data import ' out;      expect_empty err
expect_line '^Exit codes: 0 done, .*, 75 an export was stopped, 1 digest --compare: they differ\.$' out
expect_exit 0 "$data" --version;        expect_line '^fal_data [0-9]+\.[0-9]+' out; expect_empty err
expect_exit 0 "$data" import --help;    expect_line '^  cifar10 ' out;              expect_empty err
expect_exit 0 "$data" partition --help; expect_line '--alpha A .*\[0\.1\]$' out
expect_exit 2 "$data";                  expect_message fal_data 'a subcommand is missing'; expect_empty out
expect_exit 2 "$data" verfiy x;         expect_message fal_data 'did you mean verify'
expect_exit 2 "$data" import --ouput x; expect_message fal_data 'did you mean --output'
expect_exit 2 "$data" import;           expect_message fal_data 'the kind of data is missing'
expect_exit 2 "$data" import idx a b;   expect_message fal_data '--output is missing'
expect_exit 2 "$data" import idx a -o;  expect_message fal_data 'needs a value'
expect_exit 2 "$data" info;             expect_message fal_data 'no file is given'
expect_exit 2 "$data" digest --compare a; expect_message fal_data 'give two files'
expect_exit 2 "$data" partition x --clients=0; expect_message fal_data '--clients 0: must be a whole number from 1'
expect_exit 2 "$data" partition x --alpha -1;  expect_message fal_data '--alpha -1: must be'

"$data" --version | grep -q '+libarchive' || {
  expect_exit 2 "$data" import cifar10 "$0" -o x.h5
  expect_message fal_data 'built without libarchive: install libarchive-dev'
  skip "built without libarchive: nothing is imported"
}

# Ten classes in records of two grey levels; the test set has one image per class.
record() { printf "\\x$(printf %02x "$1")"; head -c 3072 /dev/zero | tr '\0' "\\$(printf %03o $((65 + $2)))"; }
mkdir part
for i in $(seq 0 39); do record $((i % 10)) $((i % 26)); done >part/data_batch_1.bin
for i in $(seq 0 19); do record $((i % 5)) $((i % 7)); done >part/data_batch_2.bin
for i in $(seq 0 9); do record "$i" "$i"; done >part/test_batch.bin
expect_exit 0 "$data" import cifar10 part/*.bin -o plain.h5
expect_line '^plain.h5: cifar10, 60 training and 10 test images of 32 x 32 x 3, 10 classes$' out; expect_empty err

# The same images from everything they can be packed into, in any order: the same science.
xz -k part/data_batch_1.bin; gzip -k part/test_batch.bin
tar czf part.tar.gz part/data_batch_1.bin part/data_batch_2.bin part/test_batch.bin
"$data" digest plain.h5 >digest
expect_exit 0 "$data" import cifar10 part/test_batch.bin.gz part/data_batch_2.bin part/data_batch_1.bin.xz -o packed.h5
expect_exit 0 "$data" import cifar10 part.tar.gz --output=tar.h5
rm part/*.xz part/*.gz
expect_exit 0 "$data" import cifar10 part -o folder.h5
for f in packed tar folder; do
  expect_exit 0 "$data" digest $f.h5
  expect_line "^$(cut -d' ' -f1 digest)  $f.h5$" out
  expect_exit 0 "$data" digest --compare plain.h5 $f.h5; expect_line '^same$' out
done

expect_exit 0 "$data" info plain.h5
expect_line '^images +60 training, 10 test$' out
expect_line '^ +4  deer +8 +1$' out
expect_line '^mean +0.485 0.456 0.406$' out
expect_line "^source .*data_batch_1.bin sha256:$(sha256sum <part/data_batch_1.bin | cut -d' ' -f1)" out
expect_exit 0 "$data" verify plain.h5 tar.h5
[ "$(grep -c '^  ok  ' out)" = 8 ] || fail "eight arrays should be verified"

# A difference is an answer with an exit code of its own, as cmp has it.
expect_exit 0 "$data" import cifar10 part --name other -o other.h5
expect_exit 1 "$data" digest --compare plain.h5 other.h5
expect_line '^first difference: /@name$' out; expect_empty err

# The partition: every image once, for any concentration.
for alpha in 0.1 1 inf; do
  expect_exit 0 "$data" partition plain.h5 --clients 6 --alpha $alpha --seed 3 --csv
  [ "$(awk -F, 'NR > 1 { sum += $(NF - 1) } END { print sum }' out)" = 60 ] || { cat out; fail "not all images are dealt"; }
  [ "$(wc -l <out)" = 7 ] || fail "a line per client"
done
expect_exit 0 "$data" partition plain.h5 --clients 6
expect_line '^local EMD \(mean over clients\) [0-9.]+, global EMD 0.167, rho \(largest / smallest class\) 2$' out
expect_exit 2 "$data" partition plain.h5 --clients 61; expect_message fal_data '61'

expect_exit 0 "$data" partition plain.h5 --clients 6 --partition iid
expect_line '^cifar10: 6 clients, iid, seed 1; ' out
expect_exit 0 "$data" partition plain.h5 --clients 6 --partition shards:2
expect_line '^cifar10: 6 clients, shards, 2 per client, seed 1; ' out
expect_exit 2 "$data" partition plain.h5 --partition sharts:2

# The built-in data set: the same command gives the same bytes, another seed other images.
expect_exit 0 "$data" synth -o s1.h5 --train 40 --test 10 --side 16
expect_line '^s1.h5: synth, 40 training and 10 test images of 16 x 16 x 3, 10 classes$' out
expect_exit 0 "$data" synth -o s2.h5 --train 40 --test 10 --side 16; cmp -s s1.h5 s2.h5 || fail "synth gives other bytes"
expect_exit 0 "$data" synth -o s3.h5 --train 40 --test 10 --side 16 --seed 2
expect_exit 0 "$data" verify s1.h5 s3.h5
expect_exit 1 "$data" digest --compare s1.h5 s3.h5; expect_line '^first difference: /test/images$' out
expect_exit 0 "$data" synth -o s4.h5 --train 40 --test 10 --side 16 --scenes 120; cmp -s s1.h5 s4.h5 || fail "120 scenes are not the usual ones"
expect_exit 0 "$data" synth -o s5.h5 --train 40 --test 10 --side 16 --scenes 5
expect_exit 1 "$data" digest --compare s1.h5 s5.h5; expect_line '^first difference: /test/images$' out
expect_exit 2 "$data" synth -o s.h5 --scenes 0; expect_message fal_data '--scenes 0: must be'
expect_exit 2 "$data" synth -o s.h5 --classes 11; expect_message fal_data '--classes 11: must be'
expect_exit 2 "$data" synth --train 10;           expect_message fal_data '--output is missing'

# IDX files through a glob and through the folder; the name comes from the output.
mkdir idx
printf '\0\0\x08\x03\0\0\0\x03\0\0\0\x02\0\0\0\x02abcdefghijkl' | gzip >idx/train-images-idx3-ubyte.gz
printf '\0\0\x08\x01\0\0\0\x03\0\x01\x02' | gzip >idx/train-labels-idx1-ubyte.gz
printf '\0\0\x08\x03\0\0\0\x01\0\0\0\x02\0\0\0\x02abcd' >idx/t10k-images-idx3-ubyte
printf '\0\0\x08\x01\0\0\0\x01\x01' >idx/t10k-labels-idx1-ubyte
expect_exit 0 "$data" import idx idx/* -o fashion-mnist.h5
expect_line '^fashion-mnist.h5: fashion-mnist, 3 training and 1 test images of 2 x 2 x 1, 3 classes$' out
expect_exit 0 "$data" import idx idx --name mnist -o m.h5
expect_exit 0 "$data" info m.h5; expect_line '^mean +0.1307$' out

# What cannot be read is 3, what cannot be written 4; an old output stays as it was.
cp plain.h5 kept.h5; cp kept.h5 before.h5
expect_exit 3 "$data" import cifar10 part/data_batch_1.bin -o kept.h5; expect_message fal_data 'no test images'
expect_exit 3 "$data" import idx part -o kept.h5;                      expect_message fal_data 'no training images'
head -c 5000 part/test_batch.bin >part/test_cut.bin
expect_exit 3 "$data" import cifar10 part -o kept.h5; expect_message fal_data 'no whole number of records'
rm part/test_cut.bin
# The versions of CIFAR that are not the binary one: as an archive, a folder, and named.
mkdir cifar-10-batches-py cifar-10-batches-mat
for f in data_batch_1 test_batch; do printf '\x80\x02}q\x01(U\x0bbatch_labelu.' >cifar-10-batches-py/$f; done
echo 'MATLAB 5.0 MAT-file, Platform: GLNXA64' >cifar-10-batches-mat/data_batch_1.mat
tar czf cifar-10-python.tar.gz cifar-10-batches-py
python='is the Python version: download the binary version, cifar-10'
expect_exit 3 "$data" import cifar10 cifar-10-python.tar.gz -o kept.h5
expect_message fal_data "cifar-10-python.tar.gz: member cifar-10-batches-py/[a-z_1]+: $python-binary.tar.gz"
expect_exit 3 "$data" import cifar10 cifar-10-batches-py -o kept.h5; expect_message fal_data "cifar-10-batches-py/data_batch_1: $python-b"
expect_exit 3 "$data" import cifar100 cifar-10-batches-py/data_batch_1 -o kept.h5; expect_message fal_data "data_batch_1: ${python}0-b"
expect_exit 3 "$data" import cifar10 cifar-10-batches-mat -o kept.h5; expect_message fal_data 'data_batch_1.mat: is the MATLAB version'
expect_exit 4 "$data" import cifar10 part -o none/x.h5; expect_message fal_data 'No such file or directory'
expect_exit 4 "$data" import cifar10 part -o part;      expect_message fal_data 'part: is a folder'
(ulimit -f 100; trap '' XFSZ; expect_exit 4 "$data" import cifar10 part -o kept.h5) || exit 1
expect_message fal_data 'File too large'
cmp -s kept.h5 before.h5 || fail "a failed import changed the old output"
[ -z "$(ls | grep '\.tmp\.')" ] || fail "a temporary file is left"

# From outside: h5py reads what was written.
if "$PYTHON" -c 'import h5py' 2>/dev/null; then
  "$PYTHON" - <<'END' || fail "h5py does not read plain.h5 as expected"
import hashlib, h5py, numpy
with h5py.File("plain.h5") as f:
    images, labels = f["train/images"], f["train/labels"]
    assert images.shape == (60, 32, 32, 3) and images.dtype == numpy.uint8 and labels.dtype == "<i2"
    assert [n.decode() for n in f.attrs["class_names"]][:2] == ["airplane", "automobile"]
    assert hashlib.sha256(images[:].tobytes()).hexdigest() == images.attrs["sha256"].decode()
    assert hashlib.sha256(labels[:].tobytes()).hexdigest() == labels.attrs["sha256"].decode()
    assert (images[3] == 65 + 3).all() and labels[3] == 3
    assert f["train/images"].attrs["dimensions"] == b"image,height,width,channel"
END
fi
exit 0
