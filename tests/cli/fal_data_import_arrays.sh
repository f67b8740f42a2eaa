#!/usr/bin/env bash
# fal_data import svhn, medmnist, npy, and EMNIST's idx files: the same images from every form they can have, and what is
# said about them.
. "$(dirname "$0")/lib.sh"
need_h5py
data=$BIN/fal_data
"$data" --version | grep -q '+libarchive' || skip "built without libarchive: nothing is imported"
"$PYTHON" "$TOP/tests/fixtures/import_files.py" valid . || fail "the fixtures cannot be made"
same() { "$data" digest --compare "$1" "$2" >log 2>&1 || { cat log; fail "$1 and $2 are not the same science"; }; }

# Arrays of one's own: the first form is checked against numpy, the others against it.
expect_exit 0 "$data" import npy --images train_nhwc.npy --labels train_labels_i8.npy --test-images test_nhwc.npy \
  --test-labels test_labels_i8.npy -o own.h5
expect_line '^own.h5: own, 12 training and 6 test images of 5 x 4 x 3, 6 classes$' out
expect_line '^ +5  5 +2 +1$' out; expect_empty err
"$PYTHON" - <<'END' || fail "own.h5 does not hold the arrays"
import h5py, numpy
with h5py.File("own.h5") as f:
    for split in ("train", "test"):
        assert (f[split + "/images"][:] == numpy.load(split + "_nhwc.npy")).all()
        assert (f[split + "/labels"][:] == numpy.load(split + "_labels_i8.npy")).all()
    assert (f.attrs["mean"] == numpy.float32(0.5)).all() and len(f.attrs["std"]) == 3
END
for form in nchw int64 whole unit unit32; do
  expect_exit 0 "$data" import npy --images train_$form.npy --labels train_labels_u1.npy --test-images test_$form.npy \
    --test-labels test_labels_u1.npy --name own -o form.h5
  expect_empty err; same own.h5 form.h5
  case $form in unit*) expect_line '^pixels from 0 to 1 were multiplied by 255 and rounded$' out;; esac
done
for labels in u1 i1 i2 u2 i4 u4 u8 f4 f8 column; do
  expect_exit 0 "$data" import npy --images train_nhwc.npy --labels train_labels_$labels.npy --test-images test_nhwc.npy \
    --test-labels test_labels_$labels.npy --name own -o form.h5
  same own.h5 form.h5
done
for file in ours x keras; do
  expect_exit 0 "$data" import npy $file.npz --name own -o form.h5; same own.h5 form.h5
done
expect_exit 0 "$data" import npy grey.npz -o grey.h5; expect_line '^grey.h5: .* of 5 x 4 x 1, 6 classes$' out

# Labels from 1: said, and moved.
expect_exit 0 "$data" import npy --images train_nhwc.npy --labels train_labels_from_1.npy --test-images test_nhwc.npy \
  --test-labels test_labels_from_1.npy --name own -o form.h5
expect_message fal_data 'warning: class 0 is empty, labels start at 1: --label-offset 1'
expect_exit 0 "$data" import npy --images train_nhwc.npy --labels train_labels_from_1.npy --test-images test_nhwc.npy \
  --test-labels test_labels_from_1.npy --label-offset 1 --name own -o form.h5
expect_empty err; same own.h5 form.h5

# Axes that may mean two things.
expect_exit 3 "$data" import npy --images three.npy --labels three_labels.npy --test-share 0.5 -o three.h5
expect_message fal_data 'three.npy: of its axes 8 x 3 x 5 x 3 .* --order nhwc .* --order nchw'
expect_exit 0 "$data" import npy --images three.npy --labels three_labels.npy --test-share 0.5 --order nhwc -o three.h5
expect_line ' of 3 x 5 x 3, ' out
expect_exit 0 "$data" import npy --images three.npy --labels three_labels.npy --test-share 0.5 --order nchw -o three.h5
expect_line ' of 5 x 3 x 3, ' out

# Some images without a label, sites, a share of each class for the test set: by seed, all else as it was.
open="--images train_nhwc.npy --labels some_labels.npy --sites sites.npy"
expect_exit 0 "$data" import npy $open --test-share 0.25 -o some.h5
expect_line '^some.h5: some, 10 training and 2 test images' out
expect_line '^ +-1  \(no label yet\) +3 +0$' out
expect_exit 0 "$data" import npy $open --test-share 0.25 --seed 1 --name some -o again.h5; same some.h5 again.h5
seeds=0
for seed in 2 3 4 5; do
  expect_exit 0 "$data" import npy $open --test-share 0.25 --seed $seed --name some -o other.h5
  "$data" digest --compare some.h5 other.h5 >log || seeds=$((seeds + 1))
done
[ $seeds -gt 0 ] || fail "the seed makes no difference"
expect_exit 0 "$data" verify some.h5
"$PYTHON" - <<'END' || fail "some.h5 does not hold the images, each once, with its label and site"
import h5py, numpy
images, labels, sites = (numpy.load(n) for n in ("train_nhwc.npy", "some_labels.npy", "sites.npy"))
with h5py.File("some.h5") as f:
    rows = [next(i for i in range(12) if (images[i] == image).all()) for s in ("train", "test") for image in f[s + "/images"][:]]
    assert sorted(rows) == list(range(12)) and rows[:10] == sorted(rows[:10]) and rows[10:] == sorted(rows[10:])
    assert (f["train/labels"][:] == labels[rows[:10]]).all() and (f["test/labels"][:] == labels[rows[10:]]).all()
    assert (f["train/site"][:] == sites[rows[:10]]).all() and sorted(labels[rows[10:]]) == [0, 1]
    assert "--test-share 0.25" in f.attrs["source"].decode()
END

# MedMNIST: classes by the file's name, validation images left out or joined.
expect_exit 0 "$data" import medmnist no_validation.npz --name own -o form.h5; same own.h5 form.h5
expect_exit 0 "$data" import medmnist stored.npz --name own -o form.h5; same own.h5 form.h5
expect_line '^the validation images are left out' out
expect_exit 0 "$data" import medmnist stored.npz --validation join -o joined.h5
expect_line '^joined.h5: joined, 16 training and 6 test images' out
expect_line '^ +5  5 +4 +1$' out
expect_exit 0 "$data" import medmnist bloodmnist_64.npz -o blood.h5; expect_line '^ +0  0 ' out # six of its eight classes
expect_exit 3 "$data" import medmnist no_validation.npz --validation join -o x.h5; expect_message fal_data 'no_validation.npz: holds no val_images'

# SVHN in every version of MATLAB's format: plain, compressed, big-endian, HDF5.
if "$data" --version | grep -q '+matio'; then
  for form in plain packed big hdf5; do
    expect_exit 0 "$data" import svhn ${form}_test.mat ${form}_train.mat -o $form.h5
    expect_line "^$form.h5: svhn, 12 training and 6 test images of 5 x 4 x 3, 10 classes$" out
    expect_message fal_data 'warning: 4 of 10 classes have no images: 6, 7, 8, 9'
    same plain.h5 $form.h5
  done
  mkdir svhn; cp plain_t*.mat sites.npy svhn
  expect_exit 0 "$data" import svhn svhn -o folder.h5; same plain.h5 folder.h5
  expect_exit 3 "$data" import svhn plain_train.mat -o x.h5; expect_message fal_data 'plain_train.mat: no test images: .* --test-share 0.2'
  expect_exit 3 "$data" import svhn plain_test.mat -o x.h5;  expect_message fal_data 'plain_test.mat: no training images'
  expect_exit 0 "$data" import svhn plain_train.mat --test-share 0.5 -o half.h5; expect_line ', 6 training and 6 test images' out
  cp plain_train.mat test_copy.mat
  expect_exit 3 "$data" import svhn plain_train.mat test_copy.mat -o x.h5; expect_message fal_data 'test_copy.mat: holds the same data'
  "$PYTHON" - <<'END' || fail "plain.h5 does not hold the digits"
import h5py, numpy
with h5py.File("plain.h5") as f:
    for split in ("train", "test"):
        assert (f[split + "/images"][:] == numpy.load(split + "_nhwc.npy")).all()
        assert (f[split + "/labels"][:] == numpy.load(split + "_labels_i8.npy")).all()
    assert abs(f.attrs["mean"][0] - 0.4376821) < 1e-6 and f.attrs["augment"] == b"flip"
END
else
  expect_exit 2 "$data" import svhn plain_test.mat plain_train.mat -o x.h5; expect_message fal_data 'built without matio: install libmatio-dev'
  expect_exit 0 "$data" import svhn hdf5_test.mat hdf5_train.mat -o hdf5.h5 # version 7.3 needs no matio
fi

# EMNIST: upright, letters for names, the file of names beside the others.
expect_exit 0 "$data" import idx emnist-letters-* --label-offset 1 -o letters.h5
expect_line '^ +25  Z +2 +1$' out
"$PYTHON" - <<'END' || fail "EMNIST's images do not stand upright"
import h5py, numpy
with h5py.File("letters.h5") as f:
    assert (f["train/images"][..., 0] == numpy.load("letters.npy")).all()
END
expect_exit 0 "$data" import idx emnist-letters-* -o x.h5; expect_message fal_data 'labels start at 1: --label-offset 1'
expect_exit 0 "$data" import idx emnist-letters-* --label-offset 1 --transpose no --name letters -o flat.h5
"$data" digest --compare letters.h5 flat.h5 >log && fail "--transpose no changes nothing"
expect_exit 0 "$data" import idx emnist-letters-t[re]*.gz --label-offset 1 --transpose yes --name letters -o x.h5; same letters.h5 x.h5

# Options: who takes them, what they may be.
expect_exit 2 "$data" import svhn plain_train.mat --order nhwc -o x.h5; expect_message fal_data '--order: import svhn does not take it, only: npy'
expect_exit 2 "$data" import npy ours.npz --validation join -o x.h5;    expect_message fal_data '--validation: import npy does not take it, only: medmnist'
expect_exit 2 "$data" import medmnist stored.npz --validation keep -o x.h5; expect_message fal_data '--validation keep: must be drop or join'
expect_exit 2 "$data" import npy ours.npz --test-share 0.5 -o x.h5;     expect_message fal_data '--test-share: the files have a test set of 6'
expect_exit 2 "$data" import npy ours.npz --test-share 1.5 -o x.h5;     expect_message fal_data '--test-share 1.5: must be a number between 0 and 1'
expect_exit 2 "$data" import npy ours.npz --seed 2 -o x.h5;             expect_message fal_data '--seed: has a meaning with --test-share only'
expect_exit 2 "$data" import npy ours.npz --label-offset x -o x.h5;     expect_message fal_data '--label-offset x: must be a whole number'
expect_exit 2 "$data" import npy ours.npz --mean 128 -o x.h5;           expect_message fal_data '--mean 128: must be of pixels / 255'
expect_exit 2 "$data" import npy ours.npz --std 0 -o x.h5;              expect_message fal_data '--std 0: must be of pixels / 255'
expect_exit 2 "$data" import npy grey.npz --mean 0.1,0.2,0.3 -o x.h5;   expect_message fal_data 'three numbers are given, but the images have one channel'
expect_exit 2 "$data" import npy ours.npz --mean 0.1,0.2 -o x.h5;       expect_message fal_data '--mean 0.1,0.2: must be'
expect_exit 2 "$data" import npy ours.npz x.npz -o x.h5;                expect_message fal_data 'give one .npz file'
expect_exit 2 "$data" import npy -o x.h5;                               expect_message fal_data '--images is missing'
expect_exit 2 "$data" import photos x -o x.h5;                          expect_message fal_data 'no such kind of data.*docs/own-data.md'
for kind in mnist:idx Fashion-MNIST:idx pathmnist:medmnist; do
  expect_exit 2 "$data" import ${kind%:*} x -o x.h5; expect_message fal_data "import ${kind%:*}: .*of kind ${kind#*:}: fal_data import ${kind#*:} FILE"
done
expect_exit 0 "$data" import npy ours.npz --mean 0.4,0.5,0.6 --std 0.25 -o form.h5
expect_exit 0 "$data" info form.h5; expect_line '^mean +0.4 0.5 0.6$' out; expect_line '^std +0.25 0.25 0.25$' out
expect_exit 0 "$data" import npy ours.npz --std 0.01 -o form.h5; expect_message fal_data 'warning: the pixels of channel 0 have mean .* give --mean and --std'
expect_exit 3 "$data" import npy --images train_nhwc.npy --labels train_labels_u1.npy --test-images train_nhwc.npy --test-labels train_labels_u1.npy -o x.h5
expect_message fal_data 'training and test images are the same'
exit 0
