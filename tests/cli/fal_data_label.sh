#!/usr/bin/env bash
# fal_data label --into: the four forms give the same labels, annotators who disagree, and files that are wrong: one
# message each with its place, nothing changed.
. "$TOP/tests/cli/lib.sh"
need_h5py
data=$BIN/fal_data query=$BIN/fal_query fixtures=$TOP/tests/fixtures
answers() { "$PYTHON" "$fixtures/answer_files.py" truth.h5 "$folder" "$@" || fail "answer_files.py $*"; }
labels_are() { # FILE.h5 KEEP OPEN...: true labels, but for these places of the query, which have none
  "$PYTHON" - "$@" "$folder" <<'END' || fail "$1: other labels"
import csv, sys, h5py
with h5py.File(sys.argv[1]) as f, h5py.File("truth.h5") as t:
    got, true = f["train/labels"][:], t["train/labels"][:]
    f["train/images"][:] == t["train/images"][:]
rows = list(csv.DictReader(open(sys.argv[-1] + "/labels.csv")))
expected = true.copy(); expected[int(sys.argv[2]):] = -1
for place, row in enumerate(rows):
    if place not in {int(p) for p in sys.argv[3:-1]}: expected[int(row["image"])] = true[int(row["image"])]
assert (got == expected).all(), (got != expected).nonzero()
END
}

"$data" synth -o truth.h5 --train 200 --test 40 --classes 4 --side 16 --name tiny >log 2>&1 || { cat log; exit 1; }
"$PYTHON" "$fixtures/hide_labels.py" truth.h5 open.h5 80 || exit 1
"$PYTHON" "$fixtures/hide_labels.py" truth.h5 pool.h5 80 without-test || exit 1

# fal_query takes stored labels for what they are, needs no test set, and makes the folder.
expect_exit 0 "$query" pool.h5 --strategy entropy:local --local-only-epochs 1 --budget 40 -o week1
expect_line '^80 labelled, 120 open$' out
expect_line 'chose 40 of 120 images' out
folder=week1.query/round_02/client_00
for part in index.html labels.csv tasks.json images; do [ -e $folder/$part ] || fail "no $part in the folder"; done
[ "$(ls $folder/images | wc -l)" = 40 ] || fail "not 40 pictures"
cut -d, -f3 $folder/labels.csv | tail -n +2 | awk '$1 < 80 { exit 1 }' || fail "an image was asked for that has a label"
expect_exit 0 "$query" open.h5 --strategy entropy:local --local-only-epochs 1 --budget 40
expect_line '80 labelled, 120 open' err; cut -d, -f1-3 out >one; cut -d, -f1-3 $folder/labels.csv | diff - one || fail "other choices with a test set"
expect_exit 0 "$query" truth.h5 --strategy random --budget 5; expect_empty err
cp -r $folder copy; expect_exit 0 "$query" pool.h5 --strategy entropy:local --local-only-epochs 1 --budget 40 -o week1
diff -r copy $folder || fail "the folder of the same query was written anew"

# All forms, whole and in parts, by names and numbers, with what nobody could tell.
form() { # FORM OUTPUT [OPTION ...]
  answers "$@"; rm -f new.h5
  expect_exit 0 "$data" label open.h5 "$2" --into -o new.h5; expect_empty err
}
form csv a.csv; labels_are new.h5 80; expect_line 'new.h5: 40 images have a label now, 0 another one than before, 80 are still open' out
form csv b.csv by=number; labels_are new.h5 80
form folder sorted cannot=3,7 only=0-29; labels_are new.h5 80 3 7 30 31 32 33 34 35 36 37 38 39
form json a.json cannot=3; labels_are new.h5 80 3
form old-json old.json only=0-9; labels_are new.h5 80 {10..39}
form json-min min.json cannot=5; labels_are new.h5 80 5
form studio-csv studio.csv only=1-39; labels_are new.h5 80 0
answers csv p.csv only=0-9; answers folder q only=10-19; answers json r.json only=20-29; answers json-min s.json only=30-39
expect_exit 0 "$data" label open.h5 s.json q p.csv r.json p.csv --into -o new.h5; labels_are new.h5 80
expect_exit 0 "$data" verify new.h5

# Spreadsheets: byte order mark, CR LF, quotes, columns in another order, rows in another order, blank lines.
"$PYTHON" - <<'END'
import csv
rows = list(csv.DictReader(open("a.csv")))[::-1]
with open("spread.csv", "w", newline="", encoding="utf-8-sig") as f:
    w = csv.DictWriter(f, list(rows[0])[::-1] + ["note"], quoting=csv.QUOTE_ALL, lineterminator="\r\n"); w.writeheader()
    for r in rows: w.writerow(dict(r, note="a, b\r\n\"c\"")); f.write("\r\n")
END
expect_exit 0 "$data" label open.h5 spread.csv --into -o new.h5; labels_are new.h5 80

# In place: the same answers again change nothing.
cp open.h5 here.h5
expect_exit 0 "$data" label here.h5 a.csv --into; labels_are here.h5 80; cp here.h5 kept.h5
expect_exit 0 "$data" label here.h5 a.csv --into; expect_line '0 images have a label now, 0 another' out; cmp here.h5 kept.h5 || fail "it was written anew"
cp pool.h5 p.h5; expect_exit 0 "$data" label p.h5 a.csv --into; labels_are p.h5 80
# Behind a link it is the dataset that gets the labels; who may read it stays as it was.
mkdir -p real; cp open.h5 real/l.h5; chmod 640 real/l.h5; ln -sf real/l.h5 l.h5
expect_exit 0 "$data" label l.h5 a.csv --into; labels_are real/l.h5 80
[ -L l.h5 ] && [ "$(stat -c %a real/l.h5)" = 640 ] || fail "the link, or the rights of the dataset, changed"
expect_exit 0 "$query" p.h5 --strategy random --budget 5; expect_line '120 labelled, 80 open' err

# Two annotators who disagree on 5 of 40.
answers csv ben.csv annotator=ben wrong=10-14; answers csv cleo.csv annotator=cleo wrong=10-11 only=10-14
cp open.h5 here.h5
expect_exit 3 "$data" label here.h5 a.csv ben.csv --into; cmp here.h5 open.h5 || fail "something was taken"
expect_message fal_data '5 images have more than one answer, so nothing was taken'
[ "$(grep -cE '^image [0-9]+: [a-z]+ \(ann, a.csv:1[2-6]\), [a-z]+ \(ben, ben.csv:1[2-6]\)$' out)" = 5 ] || { cat out; fail "not named"; }
expect_exit 0 "$data" label open.h5 a.csv ben.csv --into --resolve first -o new.h5; labels_are new.h5 80
expect_exit 0 "$data" label open.h5 a.csv ben.csv --into --resolve majority -o new.h5; labels_are new.h5 80 10 11 12 13 14
expect_exit 0 "$data" label open.h5 a.csv ben.csv cleo.csv --into --resolve majority -o new.h5
cp new.h5 settled.h5; "$PYTHON" - <<'END' || fail "majority"
import csv, h5py
got, true = h5py.File("settled.h5")["train/labels"][:], h5py.File("truth.h5")["train/labels"][:]
for place, row in enumerate(csv.DictReader(open("a.csv"))):
    i = int(row["image"]); assert got[i] == (true[i] + (place in (10, 11))) % 4, place
END
# What the dataset has already is an answer, too.
expect_exit 3 "$data" label settled.h5 a.csv --into; expect_line '\(the dataset, known before\)' out
expect_exit 0 "$data" label settled.h5 a.csv --into --resolve first; expect_line ' 0 another one than before' out

# ---- wrong files: one message with its place each, nothing changed --------------------------------------------------
cp open.h5 here.h5
wrong() { # PATTERN FILE...
  local pattern=$1; shift
  expect_exit 3 "$data" label here.h5 "$@" --into; expect_message fal_data "$pattern"
  cmp here.h5 open.h5 || fail "$*: something was taken"; [ ! -e here.h5.lock ] || fail "$*: a lock was left"
}
sed '5s/,[a-z]*,ann/,cow,ann/' a.csv >cow.csv;                   wrong 'cow.csv:5: label cow: no class is called so' cow.csv
sed '6s/,[a-z]*,ann/,SQUARE,ann/' a.csv >capital.csv;            wrong 'capital.csv:6: label SQUARE: no class is called so: did you mean square' capital.csv
sed '6s/,[a-z]*,ann/,sqare,ann/' a.csv >typo.csv;                wrong 'typo.csv:6: label sqare: .*did you mean square' typo.csv
sed '7s/,[a-z]*,ann/,4,ann/' a.csv >four.csv;                    wrong 'four.csv:7: label 4: there is no such class: names, or numbers from 0 to 3' four.csv
sed '7s/,[a-z]*,ann/,-1,ann/' a.csv >minus.csv;                  wrong 'minus.csv:7: label -1: there is no such class' minus.csv
sed '8s/_[0-9a-f]\{8\}\.png/_00000000.png/' a.csv >other.csv;    wrong 'other.csv:8: image [0-9]* is not the picture that was asked about .*of another data set' other.csv
sed '9s/^0,7,[0-9]*,train_[0-9]*/0,7,200,train_000200/' a.csv >far.csv; wrong 'far.csv:9: image 200: here.h5 has the training images 0 to 199' far.csv
sed '3s/^0,1,[0-9]*,/0,1,5,/' a.csv >apart.csv;                  wrong 'apart.csv:3: image is 5, but file is train_.*were columns sorted apart' apart.csv
sed '4s/train_[0-9]*_/img/' a.csv >foreign.csv;                  wrong 'foreign.csv:4: file img.* is no picture of a query' foreign.csv
sed '4s/ann,1.5/ann,soon/' a.csv >soon.csv;                      wrong 'soon.csv:4: seconds soon: must be a number from 0' soon.csv
sed '4s/ann,1.5/ann,-2/' a.csv >before.csv;                      wrong 'before.csv:4: seconds -2: must be' before.csv
sed '4s/^0,/x,/' a.csv >client.csv;                              wrong 'client.csv:4: client x: must be a whole number' client.csv
sed "4s/,ann,/,$(printf 'a%.0s' {1..70}),/" a.csv >long.csv;     wrong 'long.csv:4: annotator a*: must have at most 63 bytes' long.csv
sed '4s/,ann,/,\x1b[31m,/' a.csv >escape.csv;                    wrong 'escape.csv:4: annotator .: must have at most 63 bytes and no invisible' escape.csv
cut -d, -f1-5,7- a.csv >nolabel.csv;                             wrong 'nolabel.csv:1: the first line must name the column label' nolabel.csv
sed '1s/file/picture/;1s/image/row/' a.csv >nofile.csv;          wrong 'nofile.csv:1: the first line must name the column file' nofile.csv
sed '1s/annotator/label/' a.csv >twice.csv;                      wrong 'twice.csv:1: two columns are called label' twice.csv
tr , ';' <a.csv >semicolon.csv;                                  wrong 'semicolon.csv:1: .*separated by commas' semicolon.csv
sed '5s/$/,x/' a.csv >extra.csv;                                 wrong 'extra.csv:5: has 9 fields, but the first line has 8' extra.csv
sed '5s/,ann/,"ann/' a.csv >quote.csv;                           wrong 'quote.csv:5: a quote that begins on this line is not closed' quote.csv
iconv -t UTF-16 a.csv >utf16.csv;                                wrong 'utf16.csv: .*UTF-16' utf16.csv
printf 'file,label\n\0' >nul.csv;                                wrong 'nul.csv: .*NUL bytes' nul.csv
: >empty.csv;                                                    wrong 'empty.csv: is empty' empty.csv
head -c 2000 a.json >cut.json;                                   wrong 'cut.json:[0-9]*: .*(ends in the middle|not closed)' cut.json
echo '{"a": 1}' >object.json;                                    wrong 'object.json:1: is no JSON list' object.json
echo '[1]' >number.json;                                         wrong 'number.json: task 1: is no object' number.json
echo '[{"image": "x", "sentiment": "cat"}]' >named.json;         wrong 'named.json: no task has a member label or choice' named.json
"$PYTHON" - <<'END'
import json
tasks = json.load(open("a.json"))
def write(name, change):
    new = json.loads(json.dumps(tasks)); change(new); json.dump(new, open(name, "w"))
def set_value(value):
    def change(t): t[4]["annotations"][0]["result"][0]["value"] = value
    return change
write("two.json", set_value({"choices": ["disc", "ring"]})); write("box.json", set_value({"x": 1, "rectanglelabels": ["disc"]}))
write("cow.json", set_value({"choices": ["cow"]})); write("none.json", lambda t: t[2]["data"].update(file="", row="", image="x"))
write("row.json", lambda t: t[2]["data"].update(row=3))
END
wrong 'two.json: task 5: an answer of more than one class' two.json
wrong 'box.json: task 5: an answer that is no choice of a class' box.json
wrong 'cow.json: task 5: label cow: no class is called so' cow.json
wrong 'none.json: task 3: does not say which image' none.json
wrong 'row.json: task 3: image is 3, but file is train_' row.json
cp -r sorted notes; echo x >notes/ring/notes.txt;                wrong 'notes/ring/notes.txt: is no picture of a query' notes
cp -r sorted cow; mkdir cow/cow;                                 wrong 'cow/cow: label cow: no class is called so' cow
cp -r sorted link; ln -s "$PWD/a.csv" link/ring/train_000001_00000000.png; wrong 'link/ring/train_000001_00000000.png: is no picture' link
cp -r sorted top; echo x >top/readme;                            wrong 'top/readme: is no picture of a query' top
mkdir nothing;                                                   wrong 'nothing: holds no folder that is called as a class' nothing
wrong 'absent.csv: cannot open' absent.csv
wrong 'cow.csv:5: label cow' a.csv ben.csv cow.csv # behind two that are fine
cp -r sorted fine; mkdir fine/.git; echo x >fine/ring/Thumbs.db; expect_exit 0 "$data" label open.h5 fine --into -o new.h5

# A million rows: in seconds, and the last one is looked at.
"$PYTHON" - <<'END'
import csv
rows = list(csv.DictReader(open("a.csv")))
with open("million.csv", "w") as f:
    f.write("file,label,annotator\n" + "".join(f"{r['file']},{r['label']},ann\n" for r in rows) * 25000)
END
expect_exit 0 timeout $((30 * ${FAL_TEST_SLOW:-1})) "$data" label open.h5 million.csv --into -o new.h5; labels_are new.h5 80
sed -i '1000001s/,[a-z]*,/,cow,/' million.csv; wrong 'million.csv:1000001: label cow' million.csv; rm million.csv

# A trial that is under way with the dataset keeps it as it is.
mkdir outputs; cp open.h5 used.h5
"$PYTHON" - <<'END'
import h5py
with h5py.File("used.h5") as d, h5py.File("outputs/tiny_logo_s1.ckpt.h5", "w") as f:
    f.attrs["fal_format"] = "checkpoint"
    for part in ("images", "labels"): f.attrs[f"dataset_train_{part}_sha256"] = d[f"train/{part}"].attrs["sha256"]
END
expect_exit 2 "$data" label used.h5 a.csv --into; expect_message fal_data 'outputs/tiny_logo_s1.h5: this trial .*is under way with used.h5'; cmp used.h5 open.h5 || fail "changed"
under_way() { # PATTERN OPTION...
  local pattern=$1; shift
  expect_exit 2 "$data" label used.h5 a.csv --into "$@"; expect_message fal_data "$pattern"; cmp used.h5 open.h5 || fail "changed"
}
ln -s used.h5 soft.h5; ln used.h5 hard.h5
for same in used.h5 ./used.h5 soft.h5 hard.h5; do under_way 'is under way with used.h5' -o $same; done
expect_exit 0 "$data" label used.h5 a.csv --into -o apart.h5; rm soft.h5 hard.h5
mv outputs/tiny_logo_s1.ckpt.h5 outputs/tiny_logo_s1.ckpt.prev.h5; under_way 'is under way with used.h5'
echo damaged >outputs/tiny_logo_s1.ckpt.h5;                       under_way 'is under way with used.h5'
rm outputs/tiny_logo_s1.ckpt.h5
# One that has begun has a lock alone.
mkdir begun; echo "elsewhere 1" >begun/tiny_logo_s2.h5.lock
under_way 'begun/tiny_logo_s2.h5: this trial .*has saved nothing yet, so it may be under way with used.h5' --trials begun
expect_exit 0 "$data" label used.h5 a.csv --into --trials begun -o apart.h5
expect_exit 0 "$data" label used.h5 a.csv --into --trials elsewhere; labels_are used.h5 80

# Usage.
expect_exit 2 "$data" label; expect_exit 2 "$data" label open.h5 --into; expect_exit 2 "$data" label open.h5 a.csv -o x.h5
expect_exit 2 "$data" label open.h5 a.csv --into --resolve both
expect_exit 3 "$data" label open.h5 a.csv; expect_message fal_data 'open.h5: is a dataset file, not the results of a trial that waits for labels: --into puts answers into a dataset'
exit 0
