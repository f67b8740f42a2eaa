#!/usr/bin/env bash
# fal_data import folder: the layouts, the order of the images, tables, sizes and colours, and what newcomers get wrong.
. "$(dirname "$0")/lib.sh"
data=$BIN/fal_data
"$data" --version | grep -q '+libpng' || {
  mkdir -p p/train/a p/train/b; cp "$TOP"/tests/fixtures/pictures/rgb8.png p/train/a; cp p/train/a/* p/train/b; cp -r p/train p/test
  expect_exit 2 "$data" import folder p -o x.h5; expect_message fal_data 'built without libpng: install libpng-dev'
  skip "built without libpng: no folder is imported"
}
fixture=$TOP/tests/fixtures/pictures
sha() { "$data" info "$1" | sed -n "s#^  $2 *##p"; }
refused() { # CODE PATTERN ARGUMENTS...
  local code=$1 pattern=$2; shift 2
  expect_exit "$code" "$data" import folder "$@" -o refused.h5; expect_message fal_data "$pattern"; expect_empty out
  [ ! -e refused.h5 ] || fail "an output in spite of: $pattern"
}

# Real pictures: the published hashes of pixels and labels, from folders in any order on the disk.
real() { # SET PIXELS LABELS FILES
  mkdir "$1"; cp -r "$FAL_DATA/png-folders/$1" "$1/train"; cp -r "$1/train" "$1/test"
  rm "$(find "$1/test" -name '*.png' | sort | head -n 1)" # the same set twice would be refused
  expect_exit 0 "$data" import folder "$1" -o real.h5; expect_empty err
  [ "$(sha real.h5 /train/images)" = "$2" ] || fail "$1: other pixels"
  expect_exit 0 "$data" import folder "$1/train" --test-share 0.2 -o share.h5
  expect_exit 0 "$data" info share.h5; expect_line "^source .*pictures, sha256 of all in order:$4" out
  if "$PYTHON" -c 'import h5py' 2>/dev/null; then
    "$PYTHON" - "$3" <<'END' || fail "$1: other labels"
import hashlib, h5py, sys
with h5py.File("real.h5") as f:
    assert hashlib.sha256(f["train/labels"][:].astype("u1").tobytes()).hexdigest() == sys.argv[1]
END
  fi
}
if [ -d "${FAL_DATA:-none}/png-folders" ]; then
  real cifar-10-test-300 0bed8c8a08421d4979ea08f5daad1793bf7e9805b706133280546db4ec9b09ef \
    3039bcc93a1bcd74ca80a6565f8c13d30511f2e38658b8e833f2be0587886243 \
    5dcfc5e20263c627cc93b2eb9db308203786377036d78f1f958cd6c14370ee9b
  real mnist-t10k-200 c45cfbd5b011ca1e51c0dcf5fbee432fa56b05298f743b32b97e65982eb6238f \
    e18eb3dcae4c96f7470405ab688f4d4bef88af16a38167b687d16b4521673aa9 \
    087c3c290c2c80c25a33b7a0d00e46ba2833f206f168c9c864bbbaf75e291f36
else
  echo "no real pictures here: their hashes are not compared"
fi

# Pictures of four classes: p has train and test, flat the training classes alone.
"$data" synth -o s.h5 --train 80 --test 20 --side 16 --classes 4 >/dev/null
"$data" export s.h5 --png p >/dev/null; rm p/classes.txt
cp -r p/train flat
expect_exit 0 "$data" import folder p -o p.h5; expect_empty err
expect_line '^p.h5: p, 80 training and 20 test images of 16 x 16 x 3, 4 classes$' out
expect_line '^ +3  triangle +20 +5$' out # in order of the names

# The same pictures from other layouts: the same training images.
mkdir words; cp -r p/train words/Training; cp -r p/test words/TESTING
expect_exit 0 "$data" import folder words -o x.h5; [ "$(sha x.h5 /train/images)" = "$(sha p.h5 /train/images)" ] || fail "words"
expect_exit 0 "$data" import folder p/ --name other -o x.h5; expect_line '^x.h5: other, ' out
expect_exit 0 "$data" import folder flat --test-share 0.25 -o x.h5; expect_line '60 training and 20 test' out
expect_exit 0 "$data" import folder flat --test-share 0.25 --seed 2 -o y.h5
[ "$(sha x.h5 /test/images)" != "$(sha y.h5 /test/images)" ] || fail "another seed gives the same test set"

# Images without a label: beside the classes, beside train, by an option.
for place in p/train/unlabelled p/unlabelled; do
  mkdir $place; cp flat/disc/000000.png $place/a.png; cp flat/ring/000001.png $place/b.png
  expect_exit 0 "$data" import folder p -o x.h5; expect_line '82 training and 20 test' out
  expect_exit 0 "$data" info x.h5; expect_line '^ +-1 +\(no label yet\) +2' out
  mv $place open
  expect_exit 0 "$data" import folder p --unlabelled open -o y.h5
  expect_exit 1 "$data" digest --compare x.h5 y.h5; expect_line 'name' out # only the names differ
  [ "$(sha x.h5 /train/labels)" = "$(sha y.h5 /train/labels)" ] || fail "--unlabelled gives other labels"
  rm -r open
done
# Nothing has a label yet: a data set to choose the first images from, with the classes that there are to be.
mkdir -p first/unlabelled; cp flat/disc/* first/unlabelled
refused 3 'first: no picture has a label: name the classes that there are in first/classes.txt, one a line' first
refused 3 '--test-share: no picture of first has a label.*leave the option away' first --test-share 0.2
printf 'ring\ndisc\n' >first/classes.txt
refused 3 '--test-share: no picture of first has a label' first --test-share 0.2
expect_exit 0 "$data" import folder first -o x.h5
expect_line '^x.h5: x, 20 training and 0 test images of 16 x 16 x 3, 2 classes$' out
expect_line 'no label, no test images: fal_query can choose what to label first; fal_hpc needs a test set' out
expect_exit 0 "$data" verify x.h5
if [ -x "$BIN/fal_query" ]; then
  expect_exit 0 "$BIN/fal_query" x.h5 --strategy random --budget 4; [ "$(grep -c '^[0-9]' out)" = 4 ] || { cat out; fail "no first choice"; }
fi
mkdir -p t/test/unlabelled; cp -r p/train p/test t; cp flat/disc/000000.png t/test/unlabelled
refused 3 't/test/unlabelled: test images need labels' t
refused 3 'holds no pictures' p --unlabelled t/test

# Sites: folders above the classes; numbers or names.
mkdir -p sites/train/south sites/train/north/unlabelled; cp -r flat/disc flat/ring sites/train/south
cp -r flat/square flat/triangle sites/train/north; cp flat/disc/000000.png sites/train/north/unlabelled; cp -r p/test sites
expect_exit 0 "$data" import folder sites -o x.h5
expect_line '^site 0: north, 41 training images$' out; expect_line '^site 1: south, 40 training images$' out
expect_exit 0 "$data" partition x.h5 --partition site; expect_line 'by site' out
mv sites/train/south sites/train/7; mv sites/train/north sites/train/012
expect_exit 0 "$data" import folder sites -o x.h5; expect_line '^site 12: 012, 41' out; expect_line '^site 7: 7, 40' out
mkdir sites/train/07; cp -r flat/disc sites/train/07; refused 3 '07 and 7 are one number' sites; rm -r sites/train/07
mkdir sites/unlabelled; cp flat/disc/000000.png sites/unlabelled; refused 3 'which site has these' sites; rm -r sites/unlabelled
refused 3 'which site has these' sites --unlabelled flat/disc
mkdir -p both/train; cp -r p/train both/train/north; cp -r p/train both/train/Train; cp -r p/test both/test
refused 3 'Train: is it a site, or a set of images' both

# Validation images: left out and said, or joined.
cp -r p v; cp -r p/test v/val
expect_exit 0 "$data" import folder v -o x.h5; expect_line '^validation images, left out: ' out; expect_line '80 training' out
expect_exit 0 "$data" import folder v --validation join -o x.h5; expect_line '100 training' out

# A table: its order is that of the images; BOM, CRLF, quotes, empty and -1 for no label.
(cd flat && ls */*.png | sort -r) >names
{ printf '\xef\xbb\xbffile,class,split,site,note\r\n'; i=0
  while read -r n; do
    i=$((i + 1)); c=${n%%/*}; s=train; [ $((i % 4)) -ne 0 ] || s=test
    [ $((i % 10)) -ne 1 ] || c=; [ $((i % 10)) -ne 3 ] || c=-1
    printf '"%s",%s,%s,%s,"a, b"\r\n' "$n" "$c" $s "$([ $i -lt 40 ] && echo east || echo west)"
  done <names; } >labels.csv
expect_exit 0 "$data" import folder flat --labels labels.csv -o x.h5; expect_line '60 training and 20 test' out
expect_line '^site 0: east, 30 training' out; expect_line '^site 1: west, 30' out
expect_exit 0 "$data" info x.h5; expect_line '^ +-1 +\(no label yet\) +16' out; expect_line 'labels.csv sha256:' out
if "$PYTHON" -c 'import h5py' 2>/dev/null; then
  "$data" import folder flat --test-share 0.05 -o all.h5 >/dev/null
  "$PYTHON" - <<'END' || fail "the rows of the table are not the images"
import h5py, csv
rows = [r for r in csv.DictReader(open("labels.csv", encoding="utf-8-sig")) if r["split"] == "train"]
with h5py.File("x.h5") as x, h5py.File("p.h5") as p:
    names = [n.decode() for n in x.attrs["class_names"]]
    for row, image, label, site in zip(rows, x["train/images"], x["train/labels"], x["train/site"]):
        assert label == (names.index(row["class"]) if row["class"] not in ("", "-1") else -1)
        assert site == ["east", "west"].index(row["site"])
        number = sorted(open("names").read().split()).index(row["file"]) # p.h5 has them in this order
        assert (p["train/images"][number] == image).all()
END
fi
head -n 60 labels.csv >some.csv
expect_exit 0 "$data" import folder flat --labels some.csv -o x.h5; expect_line '^pictures that some.csv does not name, left out: 21$' out

# Sizes, colours, other files.
cp -r p m; cp "$fixture/grey8.png" m/train/disc/a.png; echo x >m/train/ring/Thumbs.db; echo x >m/notes.txt
ln -s ../disc/000000.png m/train/ring/link.png; touch m/train/ring/.hidden.png; mkdir m/train/__MACOSX
refused 3 'm: the pictures differ in size: 16 x 16 \(100\), 7 x 9 \(1\) .*--resize' m
expect_exit 0 "$data" import folder m --resize 8x12 -o x.h5; expect_line '81 training and 20 test images of 8 x 12 x 3, 4 classes' out
expect_line '^grey and colour mixed, 1 and 100 pictures: all become colour' out
expect_line '^other files, left out: 3 \(m/notes.txt, m/train/ring/Thumbs.db, m/train/ring/link.png\)$' out
expect_exit 0 "$data" import folder m --resize 8x12 --grey --crop centre -o x.h5; expect_line 'of 8 x 12 x 1,' out
rm m/train/disc/a.png; cp "$fixture/rgb16.png" m/train/disc/a.png; cp "$fixture/rgba8.png" m/train/disc/b.png
cp "$fixture/turned6.png" m/train/disc/c.png
expect_exit 0 "$data" import folder m --resize 8x8 -o x.h5
expect_line '^pictures of 16 bits a value, scaled to 8 and rounded: 1$' out
expect_line '^pictures transparent in places, laid on black: 1$' out
expect_line '^pictures turned upright as their cameras noted \(EXIF\): 1$' out

# What newcomers do: one message each, and nothing is written.
expect_exit 4 "$data" import folder nowhere -o none/x.h5; expect_message fal_data 'none/x.h5: cannot make the file: No such file' # first
expect_exit 4 "$data" import folder nowhere -o p; expect_message fal_data 'p: is a folder'
cp p/train/disc/000000.png kept.png
expect_exit 2 "$data" import folder p -o p/train/disc/000000.png; expect_message fal_data 'is no dataset of fal_data'
cmp -s kept.png p/train/disc/000000.png || fail "a picture was replaced"
refused 3 'is a file: give the folder' s.h5
expect_exit 2 "$data" import folders p -o x.h5; expect_message fal_data 'did you mean folder'
mkdir only; cp -r p/train only; refused 3 'only: has no test images: .*--test-share' only
mkdir none; refused 3 'none: holds no training pictures' none
refused 3 'nowhere: cannot list the folder: No such file' nowhere
refused 2 'give one folder, not 2' p flat
refused 2 '--test-share: p has 20 test images' p --test-share 0.2
mkdir lost; cp -r p/test lost; refused 3 'lost: has test/ but no train/' lost
cp -r p empty; mkdir empty/train/zebra
expect_exit 0 "$data" import folder empty -o x.h5; expect_line 'warning: 1 of 5 classes has no images: 4 \(zebra\)' err
cp -r p case; mv case/test/ring case/test/Ring; refused 3 'test images have a class Ring, the training images do not' case
mkdir direct; cp flat/disc/*.png direct; refused 3 'direct: holds pictures of no class, e.g. ' direct
mkdir one; cp -r flat/disc one; refused 3 'one: has one class only, disc' one --test-share 0.2
mkdir -p deep/x/y/z; cp -r flat deep/x/y/z; refused 3 'lies too deep' deep --test-share 0.2
cp -r flat levels; mkdir levels/more; cp -r flat/disc levels/more; refused 3 'disc/ holds pictures, more/ holds folders' levels --test-share 0.2
cp -r p beside; cp -r flat/disc beside; refused 3 'beside: disc stands beside train/' beside
cp -r p twice; cp -r p/train twice/training; refused 3 'which of train/ and training/' twice
mkdir 'my photos'; cp -r p/* 'my photos'
expect_exit 0 "$data" import folder 'my photos' -o my_photos.h5
expect_exit 2 "$data" import folder 'my photos' -o 'my photos.h5'
expect_message fal_data 'my photos, cannot be the dataset.s: give --name'
tail -n +2 labels.csv >headless.csv; refused 3 'headless.csv:1: .*must name the column file' flat --labels headless.csv
sed 's/000007/0007/' labels.csv >missing.csv; refused 3 'missing.csv:[0-9]+: flat/.*0007.png is not there: 1 of 80 files' flat --labels missing.csv
refused 3 'x/000000.png.* is not there|80 of 80 files are missing below p' p --labels labels.csv
sed 's/,test,/,later,/' labels.csv >split.csv; refused 3 'split.csv:5: split "later": must be train or test' flat --labels split.csv
sed '3s#"[^"]*"#"../flat/disc/000000.png"#' labels.csv >up.csv; refused 3 'up.csv:3: file "../flat/.*must be a name below' flat --labels up.csv
sed '4s#"[^"]*"#"'"$(head -n 1 names)"'"#' labels.csv >double.csv; refused 3 'double.csv: names flat/.* twice' flat --labels double.csv
printf '\033]0;x\a' >esc; mkdir "flat/$(cat esc)"; cp flat/disc/000000.png "flat/$(cat esc)"; refused 3 'invisible characters' flat --test-share 0.2
[ -z "$(LC_ALL=C tr -d '\n\040-\176' <err)" ] || fail "a message with control characters"
exit 0
