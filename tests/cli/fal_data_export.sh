#!/usr/bin/env bash
# fal_data export and constants: what is exported and imported again is the same, and other programs read it.
. "$(dirname "$0")/lib.sh"
data=$BIN/fal_data
again() { # the last line of an export, as a command with another output
  local way; way=$(sed -n 's/^the way back: fal_data //p' out); [ -n "$way" ] || fail "no way back"
  eval "set -- ${way/DATASET.h5/back.h5}"; expect_exit 0 "$data" "$@"
}
png=1; "$data" --version | grep -q '+libpng' || png=0

# Colour, then grey: PNG folders and the NumPy archive give the same science.
"$data" synth -o colour.h5 --train 120 --test 30 --side 16 >/dev/null
mkdir idx
printf '\0\0\x08\x03\0\0\0\x06\0\0\0\x02\0\0\0\x02abcdefghijklmnopqrstuvwx' >idx/train-images-idx3-ubyte
printf '\0\0\x08\x01\0\0\0\x06\x01\0\x05\x01\0\x01' >idx/train-labels-idx1-ubyte
printf '\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x02ABCDEFGH' >idx/t10k-images-idx3-ubyte
printf '\0\0\x08\x01\0\0\0\x02\x01\x05' >idx/t10k-labels-idx1-ubyte
expect_exit 0 "$data" import idx idx --augment none --mean 0.25 -o grey.h5
for set in colour grey; do
  expect_exit 0 "$data" export $set.h5 --png $set.png; expect_empty err
  [ $png = 0 ] || { again; expect_exit 0 "$data" digest --compare $set.h5 back.h5; }
  expect_exit 0 "$data" export $set.h5 --npz $set.npz; expect_empty err
  again; expect_exit 0 "$data" digest --compare $set.h5 back.h5; expect_line '^same$' out
done

# The writer needs no library, and the files are small PNGs in folders of classes.
[ "$(find colour.png -type f -name '*.png' | wc -l)" = 150 ] || fail "not one file per image"
[ -f colour.png/train/disc/000010.png ] && [ "$(head -n 1 colour.png/classes.txt)" = disc ] || fail "other names"
if "$PYTHON" -c 'import numpy, h5py' 2>/dev/null; then
  "$PYTHON" - <<'END' || fail "numpy reads something else"
import h5py, numpy, zipfile
for name in ("colour", "grey"):
    assert zipfile.ZipFile(name + ".npz").testzip() is None
    with numpy.load(name + ".npz") as z, h5py.File(name + ".h5") as f:
        x = f["train/images"][:]
        assert (z["x_train"] == (x if x.shape[3] == 3 else x[..., 0])).all() and z["x_train"].dtype == "u1"
        assert (z["y_test"] == f["test/labels"][:]).all() and z["y_test"].dtype == "i8"
        assert list(z["class_names"]) == [n.decode() for n in f.attrs["class_names"]]
END
fi
if "$PYTHON" -c 'import numpy, PIL' 2>/dev/null; then
  "$PYTHON" -c '
import numpy, PIL.Image
x = numpy.load("colour.npz")["x_train"]
assert (numpy.asarray(PIL.Image.open("colour.png/train/ring/000011.png")) == x[11]).all()' || fail "Pillow reads something else"
fi

# Sites, images without a label, names of classes that no folder can have: all survive.
if "$PYTHON" -c 'import h5py' 2>/dev/null; then
  "$PYTHON" - <<'END' || fail "the hard dataset"
import hashlib, h5py, numpy
names = ["T-shirt/top", "unlabelled", "50%", "..", "train", "naïve", "a:b?", "%2F", "_x", "empty", "Z"]
rng = numpy.random.default_rng(1)
with h5py.File("hard.h5", "w") as f:
    f.attrs.update(fal_format="dataset", fal_version=1, augment="flip", name="hard", class_names=[n.encode() for n in names])
    f.attrs["mean"], f.attrs["std"] = numpy.array([0.1], "f4"), numpy.array([0.3], "f4")
    def put(path, values):
        f.create_dataset(path, data=values).attrs["sha256"] = hashlib.sha256(values.tobytes()).hexdigest()
    labels = rng.integers(-1, 9, 90).astype("<i2"); labels[5] = 10
    put("train/images", rng.integers(0, 256, (90, 3, 5, 1)).astype("u1")); put("train/labels", labels)
    put("test/images", rng.integers(0, 256, (30, 3, 5, 1)).astype("u1"))
    put("test/labels", numpy.where(numpy.arange(30) == 3, 10, numpy.arange(30) % 9).astype("<i2"))
    f.create_dataset("train/site", data=rng.choice([0, 2, 11], 90).astype("i4"))
END
  expect_exit 0 "$data" verify hard.h5
  expect_exit 0 "$data" export hard.h5 --png hard.png
  for folder in train/11 'train/*/unlabelled' 'train/*/T-shirt%2Ftop' 'test/%75nlabelled'; do # by site; '/' is %2F
    compgen -G "hard.png/$folder" >/dev/null || fail "no folder $folder"
  done
  if [ $png = 1 ]; then
    again; expect_exit 0 "$data" digest --compare hard.h5 back.h5; expect_line '^same$' out
    "$PYTHON" -c '
import h5py
a, b = h5py.File("hard.h5"), h5py.File("back.h5")
assert (a["train/site"][:] == b["train/site"][:]).all()' || fail "other sites"
  fi
  expect_exit 0 "$data" export hard.h5 --npz hard.npz
  again; expect_exit 0 "$data" digest --compare hard.h5 back.h5; expect_line '^same$' out
  "$PYTHON" - <<'END' || fail "names cannot be changed"
import numpy
z = dict(numpy.load("hard.npz"))
for name, texts in (("few", ["a", "b"]), ("bytes", numpy.array([b"a"] * 11)), ("twice", ["a"] * 11), ("long", ["x" * 64] * 11)):
    numpy.savez(name + ".npz", **{**z, "class_names": texts})
END
  expect_exit 3 "$data" import npy few.npz -o x.h5;   expect_message fal_data 'class_names.npy: has 2 names, but the labels have 11'
  expect_exit 3 "$data" import npy bytes.npz -o x.h5; expect_message fal_data 'class_names.npy: must be one row of texts'
  expect_exit 3 "$data" import npy long.npz -o x.h5;  expect_message fal_data 'class_names.npy: text 0 has more than 63 bytes'
  expect_exit 3 "$data" import npy twice.npz -o x.h5; expect_message fal_data 'twice|two classes'
fi

# A list of classes orders them and the images; it must name all.
if [ $png = 1 ]; then
  cp -r grey.png listed; echo 7 >>listed/classes.txt
  expect_exit 0 "$data" import folder listed -o x.h5; expect_line 'warning: .* (6 \(7\)|has no|have no)' err
  printf '1\n0\n' >listed/classes.txt
  expect_exit 3 "$data" import folder listed -o x.h5; expect_message fal_data 'classes.txt: does not name the class 5'
  printf '1\n0\n1\n5\n' >listed/classes.txt
  expect_exit 3 "$data" import folder listed -o x.h5; expect_message fal_data 'names the class 1 twice'
fi

# Nothing of others is touched, and nothing half is left.
mkdir full; echo mine >full/file; echo mine >file.npz; mkdir empty
expect_exit 4 "$data" export grey.h5 --png full;     expect_message fal_data 'full: is not empty'
expect_exit 4 "$data" export grey.h5 --png file.npz; expect_message fal_data 'file.npz: cannot be used: Not a directory'
expect_exit 2 "$data" export grey.h5 --npz file.npz; expect_message fal_data 'is there already and is no NumPy archive'
expect_exit 2 "$data" export grey.h5 --npz grey.h5;  expect_message fal_data 'grey.h5'
expect_exit 4 "$data" export grey.h5 --npz full;     expect_message fal_data 'full: is a folder'
expect_exit 0 "$data" export grey.h5 --png empty
expect_exit 0 "$data" export grey.h5 --png some/where/new/
[ "$(cat full/file file.npz)" = $'mine\nmine' ] || fail "a file of others is gone"
expect_exit 2 "$data" export grey.h5;                   expect_message fal_data 'what to write is missing'
expect_exit 2 "$data" export grey.h5 --png a --npz b;   expect_message fal_data 'not both'
expect_exit 2 "$data" export --png a;                   expect_message fal_data 'give one dataset'
expect_exit 3 "$data" export file.npz --png a;          expect_message fal_data 'file.npz: '
head -c 3000 colour.h5 >cut.h5
expect_exit 3 "$data" export cut.h5 --png a;            expect_message fal_data 'cut.h5: '
(ulimit -f 1; trap '' XFSZ; expect_exit 4 "$data" export colour.h5 --npz limited.npz) || exit 1
"$data" synth -o wide.h5 --train 4 --test 4 --classes 2 --side 64 >/dev/null
(ulimit -f 8; trap '' XFSZ; expect_exit 4 "$data" export wide.h5 --png limited) || exit 1
[ -z "$(ls -d limited* a *.tmp.* 2>/dev/null)" ] || fail "something is left: $(ls -d limited* a *.tmp.* 2>/dev/null)"

# A signal ends it without a trace.
"$data" synth -o large.h5 --train 20000 --test 20 --side 32 >/dev/null
"$data" export large.h5 --png stopped >out 2>err & export=$!
for _ in $(seq 600); do [ -z "$(ls -d stopped.tmp.*/train 2>/dev/null)" ] || break; sleep 0.1; done
kill -TERM $export; wait $export; code=$?
[ $code = 75 ] || { cat out err; fail "exit code $code after a signal"; }
expect_message fal_data 'stopped by SIGTERM: nothing was written'
[ -z "$(ls -d stopped* 2>/dev/null)" ] || fail "a signal leaves $(ls -d stopped*)"
rm large.h5

# Constants over files: those of all images together, in any order; import takes them as they are printed.
expect_exit 0 "$data" constants colour.h5; options=$(tail -n 1 out)
expect_line '^mean and standard deviation of pixels / 255, 150 images in 1 file; ' out
expect_line '^--mean 0\.[0-9]+,0\.[0-9]+,0\.[0-9]+ --std 0\.[0-9]+,0\.[0-9]+,0\.[0-9]+$' out
"$data" synth -o first.h5 --train 60 --test 12 --side 16 --seed 3 >/dev/null
expect_exit 0 "$data" constants first.h5 colour.h5 --train-only; cp out one; expect_line '180 training images in 2 files' out
expect_exit 0 "$data" constants colour.h5 first.h5 --train-only; cmp -s one out || fail "the order of the files matters"
if "$PYTHON" -c 'import h5py' 2>/dev/null; then
  "$PYTHON" - "$(tail -n 1 one)" <<'END' || fail "the constants are others"
import h5py, numpy, sys
x = numpy.concatenate([h5py.File(n)["train/images"][:] for n in ("first.h5", "colour.h5")]).astype("f8") / 255
_, mean, _, std = sys.argv[1].split()
assert numpy.allclose(numpy.array(mean.split(","), float), x.mean((0, 1, 2)), rtol=0, atol=1e-7)
assert numpy.allclose(numpy.array(std.split(","), float), x.std((0, 1, 2)), rtol=0, atol=1e-7)
END
fi
expect_exit 0 "$data" import npy colour.npz $options -o given.h5
expect_exit 0 "$data" constants given.h5; [ "$(tail -n 1 out)" = "$options" ] || fail "the constants change on their way"
mean=$(sed 's/--mean //; s/,.*//' <<<"$options")
expect_exit 0 "$data" info given.h5; expect_line "^mean +${mean:0:7}" out
expect_exit 3 "$data" constants colour.h5 grey.h5; expect_message fal_data 'grey.h5: has 1 channel, the files before have 3'
expect_exit 2 "$data" constants;                   expect_message fal_data 'no file is given'
exit 0
