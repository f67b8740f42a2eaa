#!/usr/bin/env bash
# The commands of docs/hospital.md, one after the other, as a reader would give them; a script labels. And what the page
# promises: the result of one job over all images, no name and no pixel in what travels, no EXIF in a site's file.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
need_h5py
"$BIN/fal_data" --version | grep -q '+libpng' || skip "built without libpng: no folder is imported"
mkdir build; ln -s "$BIN" build/bin
sed -n '/^```ini$/,/^```$/p' "$TOP/docs/hospital.md" | grep -v '^```' >study.ini

# Whoever labels a folder knows which drawing a picture was: its file is called by the row.
people() { # SITE-FILE FOLDER DRAWN
  "$PYTHON" - "$1" "$2" "$3" <<'END' || fail "nobody labels $2"
import csv, os, sys, h5py
with h5py.File(sys.argv[1]) as f, h5py.File(sys.argv[3]) as drawn:
    files = [bytes(n).rstrip(b"\0").decode() for n in f["train/name"][:]]
    labels, classes = drawn["train/labels"][:], [c.decode() for c in drawn.attrs["class_names"]]
rows = list(csv.DictReader(open(sys.argv[2] + "/labels.csv")))
for row in rows:
    name = files[int(row["image"])]
    assert "/unlabelled/" in name, name
    row["label"] = classes[labels[int(os.path.basename(name)[:-4])]]
with open(sys.argv[2] + "/labels.csv", "w", newline="") as f:
    writer = csv.DictWriter(f, rows[0].keys()); writer.writeheader(); writer.writerows(rows)
END
}

# A text chunk, as scanners write them.
note_patient() {
  "$PYTHON" - "$(ls north/train/*/*.png | head -n 1)" <<'END' || fail "text chunk"
import sys, zlib
data = open(sys.argv[1], "rb").read()
body = b"tEXtPatient\0Jane Q. Public"
chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
open(sys.argv[1], "wb").write(data[:33] + chunk + data[33:])
END
  grep -q 'Jane Q. Public' north/train/*/*.png || fail "no text chunk"
}

seen=0
while IFS= read -r line; do
  case $line in
    *"init north"*) note_patient;;
    *"tell north.h5"*) people north.h5 week1 all1.h5;;
    *"tell middle.h5"*) people middle.h5 week1_middle all2.h5;;
    *"tell south.h5"*) people south.h5 week1_south all3.h5;;
  esac
  eval "$line" >log 2>&1 </dev/null || { cat log; fail "$line"; }
  case $line in *"tell north.h5"*) cp log told;; *" predict "*) cp log predicted;; *" status "*) cp log status;; *" merge "*) cp log merged;; *" constants north.csv "*) cp log constants;; esac
  seen=$((seen + 1))
done < <(sed -nE 's/^    ((build\/bin\/fal_|for ).*)/\1/p' "$TOP/docs/hospital.md")
[ $seen = 32 ] || fail "$seen commands found"

grep -qF "$(sed -nE 's/^`(10 labels taken[^`]*)`.*/\1/p' "$TOP/docs/hospital.md")" told || { cat told; fail "tell says something else"; }
# The sums of the sites are those of all pictures together, and study.ini has what they say.
build/bin/fal_data constants own_*.h5 >together 2>&1; cmp together constants || fail "other constants"
read -r _ mean _ std < <(tail -n 1 constants)
expect_line "^mean = $(printf %.2f "$mean") " study.ini; expect_line "^std = $(printf %.2f "$std") " study.ini
grep -qxF "$(sed -nE 's/.*`(north.update.h5: site [^`]*)`.*/\1/p' "$TOP/docs/hospital.md")" merged || { cat merged; fail "merge says something else"; }
grep -q '10 answered' status || { cat status; fail "status"; }
grep -qE '^test accuracy [0-9.]+ % \([0-9]+ of 20\)$' predicted || { cat predicted; fail "no accuracy"; }
grep -qE '^train,[0-9]+,train/(disc|ring|triangle|unlabelled)/[0-9]+\.png,(disc|ring|triangle),' predictions.csv || fail "no names in predictions"

# Nothing of a picture travels: no name of a file, no row of pixels.
"$PYTHON" - <<'END' || fail "an update or G holds what must stay"
import glob, h5py
needles = set()
for site in ("north", "middle", "south"):
    with h5py.File(site + ".h5") as f:
        needles |= {bytes(n).rstrip(b"\0") for n in f["train/name"][:]}
        needles |= {image.tobytes()[r * 16:(r + 4) * 16] for image in f["train/images"][:] for r in (0, 6, 12)}
needles = {n for n in needles if len(set(n)) > 3}
assert len(needles) > 500
for name in glob.glob("*.update.h5") + glob.glob("G*.h5"):
    data = open(name, "rb").read()
    assert not any(n in data for n in needles), name
    assert b".png" not in data and b"unlabelled" not in data, name
END
grep -lq 'Jane Q. Public' north.h5 && fail "a text chunk of a picture is in the site's file"

# DICOM is refused by its name, and leaves nothing.
cp -r north dicom
"$PYTHON" -c 'open("dicom/train/disc/scan.dcm", "wb").write(bytes(128) + b"DICM" + bytes(600))'
expect_exit 3 "$BIN/fal_site" init dicom --study G1.0.h5 --site north -o dicom.h5
expect_message fal_site 'scan.dcm.*DICOM'
[ ! -e dicom.h5 ] && [ ! -e dicom.site.h5 ] || fail "a refused folder left files"

# A folder of one class only, one without any label, one with a class that the study does not know, another size.
mkdir -p few/triangle few/unlabelled none/unlabelled
cp north/train/unlabelled/*2.png few/unlabelled; cp north/train/triangle/*.png few/triangle; cp few/unlabelled/* none/unlabelled
sed "s/^sites.*/sites = few:$(find few -name '*.png' | wc -l), none:$(find none -name '*.png' | wc -l)/; s/^image.*/image = 20x24x3/" study.ini >few.ini
expect_exit 0 "$BIN/fal_site" start few.ini -o F0.h5
mkdir few/square
expect_exit 0 "$BIN/fal_site" init none --study F0.h5 --site none -o none.h5
expect_line 'none.h5: .* 0 of them with a label, 0 test images' out
cp few/triangle/*0.png few/square
expect_exit 3 "$BIN/fal_site" init few --study F0.h5 --site few -o few.h5
expect_message fal_site 'has a class square, which the study does not know: its classes are disc, ring, ...'
rm -r few/square
expect_exit 0 "$BIN/fal_site" init few --study F0.h5 --site few -o few.h5
"$PYTHON" - <<'END' || fail "classes by name"
import h5py
with h5py.File("few.h5") as f:
    assert set(f["train/labels"][:]) == {2, -1} and f["train/images"].shape[1:] == (20, 24, 3)
    names = [bytes(n).rstrip(b"\0").decode() for n in f["train/name"][:]]
    assert all(n.startswith("triangle/" if l == 2 else "unlabelled/") for n, l in zip(names, f["train/labels"][:]))
END
