#!/usr/bin/env bash
# Every real array data set at hand is imported as digests.json lists it: counts per class, pixels, labels.
. "$(dirname "$0")/lib.sh"
need_h5py
[ -e "${FAL_DATA:-}/digests.json" ] || skip "no real image data (FAL_DATA)"
data=$BIN/fal_data
"$data" --version | grep -q '+libarchive' || skip "built without libarchive: nothing is imported"

import() { expect_exit 0 "$data" import "$@"; }
d=$FAL_DATA
import cifar10 "$d/cifar-10-part" -o cifar10.h5
import cifar100 "$d/cifar-100-part" -o cifar100.h5
import idx "$d/mnist" -o mnist.h5
# Of Fashion-MNIST the test set is there; MNIST's training images stand in for its own.
import idx "$d"/mnist/train-* "$d"/fashion-mnist/t10k-* -o fashion.h5
for name in breastmnist pneumoniamnist pneumoniamnist_balanced; do
  import medmnist "$d/medmnist/$name.npz" --validation join -o $name.h5
done
expect_exit 0 "$data" info breastmnist.h5; expect_line '^ +0  malignant +168 +42$' out
import medmnist "$d/layout-stand-ins/medmnist_layout_rgb_stored.npz" --validation join -o rgb.h5
matio=1
"$data" --version | grep -q '+matio' || { echo "built without matio: no .mat file is imported"; matio=0; }
if [ $matio = 1 ]; then
  import svhn "$d/layout-stand-ins/svhn_layout_compressed.mat" "$d/svhn-part/test_32x32_first4.mat" -o svhn.h5
  cp "$d/layout-stand-ins/svhn_layout_plain_ydouble.mat" test_plain.mat
  import svhn test_plain.mat "$d/layout-stand-ins/svhn_layout_compressed.mat" -o svhn_plain.h5
fi

MATIO=$matio "$PYTHON" - <<'END' || fail "what was imported is not what digests.json lists"
import hashlib, json, os, h5py, numpy

listed = {f["file"]: {p["part"]: p for p in f["parts"]} for f in json.load(open(os.environ["FAL_DATA"] + "/digests.json"))["files"]}
seen = set()

def compare(output, split, first, file, part="all", labels_file=None, labels="labels"):
    """Rows from `first` on of the data set are those of the part of the file."""
    pixels_about, labels_about = listed[file][part], listed[labels_file or file][part]
    n = pixels_about["shape"][0]
    with h5py.File(output) as f:
        images = f[split + "/images"][first:first + n]
        classes = f[split + "/labels"][first:first + n]
        names = len(f.attrs["class_names"])
    assert list(images.shape) == pixels_about["shape"], (output, images.shape)
    assert hashlib.sha256(images.tobytes()).hexdigest() == pixels_about["pixels_sha256"], (output, file, part, "pixels")
    assert hashlib.sha256(classes.astype("u1").tobytes()).hexdigest() == labels_about[labels + "_sha256"], (output, file, part, "labels")
    counts = labels_about[labels + "_class_counts"]
    assert numpy.bincount(classes, minlength=names)[:len(counts)].tolist() == counts, (output, file, "counts")
    seen.add(file)
    return first + n

row = 0
for i in range(1, 6):
    row = compare("cifar10.h5", "train", row, f"cifar-10-part/data_batch_{i}.bin")
compare("cifar10.h5", "test", 0, "cifar-10-part/test_batch.bin")
for split in ("train", "test"):
    compare("cifar100.h5", split, 0, f"cifar-100-part/{split}.bin", labels="fine_labels")
compare("mnist.h5", "train", 0, "mnist/train-images-idx3-ubyte.gz", labels_file="mnist/train-labels-idx1-ubyte.gz")
compare("mnist.h5", "test", 0, "mnist/t10k-images-idx3-ubyte.gz", labels_file="mnist/t10k-labels-idx1-ubyte.gz")
compare("fashion.h5", "test", 0, "fashion-mnist/t10k-images-idx3-ubyte.gz", labels_file="fashion-mnist/t10k-labels-idx1-ubyte.gz")
for output, file in (("breastmnist.h5", "medmnist/breastmnist.npz"), ("pneumoniamnist.h5", "medmnist/pneumoniamnist.npz"),
                     ("pneumoniamnist_balanced.h5", "medmnist/pneumoniamnist_balanced.npz"),
                     ("rgb.h5", "layout-stand-ins/medmnist_layout_rgb_stored.npz")):
    row = compare(output, "train", 0, file, "train")
    compare(output, "train", row, file, "val")
    compare(output, "test", 0, file, "test")
if os.environ["MATIO"] == "1":
    compare("svhn.h5", "train", 0, "layout-stand-ins/svhn_layout_compressed.mat")
    compare("svhn.h5", "test", 0, "svhn-part/test_32x32_first4.mat")
    compare("svhn_plain.h5", "test", 0, "layout-stand-ins/svhn_layout_plain_ydouble.mat")
# Pictures in folders have a test of their own; labels without images are for partitions.
missing = {f for f, parts in listed.items() if any("pixels_sha256" in p for p in parts.values())} - seen
missing = {f for f in missing if not f.startswith("png-folders/") and (os.environ["MATIO"] == "1" or not f.endswith(".mat"))}
assert not missing, missing
END
exit 0
