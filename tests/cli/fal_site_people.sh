#!/usr/bin/env bash
# People label at three sites, each in another form, in parts; the sites come to what a job over the labelled file comes
# to, with clients drawn in each FL round and weights that go on. Kills in between lose nothing.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"; . "$TOP/tests/cli/site_lib.sh"
need_h5py
three_sites; hide_labels 0
answers() { "$PYTHON" "$TOP/tests/fixtures/answer_files.py" "$@" || fail "answer_files.py $*"; } # TRUTH FOLDER FORM OUTPUT ...
settings="strategy=entropy:global algorithm=scaffold participation=0.67 init=continue seeds=3"
study_ini trial $settings >study.ini
expect_exit 0 site start study.ini -o G0.h5
join_sites

label_all() { # R
  rm -rf given; mkdir given
  answers north.truth.h5 ask_north$1 csv given/north_1.csv only=0-5 annotator=ann
  answers north.truth.h5 ask_north$1 folder given/north_2 only=4-9
  answers mid.truth.h5 ask_mid$1 json given/mid.json
  answers south.truth.h5 ask_south$1 studio-csv given/south.csv
  expect_exit 0 site tell north.h5 given/north_1.csv
  expect_line '^6 labels taken, 4 left blank; [0-9]+ still open$' out
  expect_line "4 of 10 questions of AL round $1 have no answer" out
  expect_exit 0 site tell north.h5 given/north_2
  expect_line '^4 labels taken, ' out; expect_line '^2 were known before$' out; expect_line "all 10 questions of AL round $1 have an answer" out
  expect_exit 0 site tell mid.h5 given/mid.json
  expect_exit 0 site tell south.h5 given/south.csv
}

g=G0.h5
for r in 1 2; do
  for s in mid north south; do expect_exit 0 site ask $s.h5 --global $g -o ask_$s$r; expect_line '10 images chosen, 0 of them have a label already, 10 are open' out; done
  if [ $r = 1 ]; then # what is wrong changes nothing
    cp -r ask_north1 copy
    answers north.truth.h5 copy csv a.csv annotator=ann; answers north.truth.h5 copy csv b.csv annotator=ben wrong=3
    expect_exit 3 site tell north.h5 a.csv b.csv
    expect_line '^image [0-9]+: .*\(ann, a.csv:5\), .*\(ben, b.csv:5\)$' out; expect_message fal_site '1 image has more than one answer, so nothing was taken'
    answers mid.truth.h5 ask_mid1 csv c.csv
    expect_exit 3 site tell north.h5 c.csv; expect_message fal_site 'c.csv:2: '
    expect_exit 3 site tell north.h5 nothing.csv
    [ ! -e north.answers.h5 ] || fail "wrong answers were taken"
  fi
  label_all $r
  if [ $r = 2 ]; then expect_exit 0 site start --after $g -o G2.0.h5; g=G2.0.h5; fi
  for t in 1 2 3; do
    rm -f ./*.update.h5
    rm -rf before; mkdir before; cp ./*.site.h5 before
    for s in south mid north; do
      site train $s.h5 --global $g -o $s.update.h5 >out || { cat out; fail "train $s"; }
      grep -q 'was not drawn' out || [ -e $s.update.h5 ] || fail "neither drawn nor not"
    done
    [ "$(ls ./*.update.h5 | wc -l)" = 2 ] || fail "others than two sites took part"
    site merge ./*.update.h5 --global $g -o G$r.$t.h5 >out || { cat out; fail merge; }
    last=$g g=G$r.$t.h5
  done
done
job job $settings
sites_python --compare job/*_s3.h5 $g joined.h5 north=north.site.h5 mid=mid.site.h5 south=south.site.h5
# Answers that were trained on are final.
answers mid.truth.h5 ask_mid1 csv late.csv wrong=0 annotator=eve
expect_exit 3 site tell mid.h5 late.csv; expect_message fal_site 'cannot be changed any more'

# The same pictures in another order, made anew: answers find theirs by their pixels. All are asked for.
mkdir turned
"$PYTHON" - <<'END' || fail "turned"
import hashlib, h5py
with h5py.File("north.truth.h5") as a, h5py.File("turned/data.h5", "w") as b:
    b.attrs.update(a.attrs)
    for key, values in (("images", a["train/images"][:][::-1]), ("labels", a["train/labels"][:] * 0 - 1)):
        b["train/" + key] = values
        b["train/" + key].attrs["sha256"] = hashlib.sha256(values.tobytes()).hexdigest()
END
expect_exit 0 site init turned/data.h5 --study G0.h5 --site north -o turned/north.h5
expect_exit 0 site ask turned/north.h5 --global G0.h5 --budget 50 -o turned/ask; expect_line '50 images chosen' out
expect_exit 0 site tell turned/north.h5 given/north_1.csv; expect_line '^6 labels taken' out
"$PYTHON" - <<'END' || fail "answers of other images"
import h5py
with h5py.File("turned/north.answers.h5") as f, h5py.File("north.truth.h5") as t:
    labels = t["train/labels"][:][::-1]
    assert all(labels[r["image"]] == r["label"] for r in f["answers"][:]) and len(f["answers"]) == 6
END

# G is a model file for other programs.
expect_exit 0 "$BIN/fal_query" joined.h5 --strategy entropy:global --global $g --budget 5
# From before the last FL round: the update cannot be written once the state is saved, for certain. Then, killed at any
# moment of its work, a site is as it was or as it will be. The same command gives the same update.
s=$(ls ./*.update.h5 | head -n 1); s=$(basename $s .update.h5)
mkdir once; cp $s.h5 before/$s.site.h5 $s.answers.h5 once
cp before/$s.site.h5 $s.site.h5
expect_exit 0 site train once/$s.h5 --global $last -o once/new.update.h5
rm $s.update.h5
cmp -s before/$s.site.h5 once/$s.site.h5 && fail "training leaves the state as it was"
blocks=$((($(stat -c %s once/$s.site.h5) + 1023) / 1024)) # bash counts in KiB
[ $((blocks * 1024)) -lt "$(stat -c %s once/new.update.h5)" ] || fail "a limit that lets the state through stops no update"
(ulimit -f $blocks; exec "$BIN/fal_site" train $s.h5 --global $last -o $s.update.h5) >out 2>err
[ $? = 4 ] || { cat out err; fail "an update that cannot be written"; }
expect_message fal_site "$s.update.h5.*: "
cmp $s.site.h5 once/$s.site.h5 || fail "another state than that of a training that ended"
[ -z "$(ls ./$s.update.h5* 2>/dev/null)" ] || fail "half an update is left"
expect_exit 0 site train $s.h5 --global $last -o $s.update.h5
cmp $s.update.h5 once/new.update.h5 || fail "another update after one that could not be written"
cmp $s.site.h5 once/$s.site.h5 || fail "another state after an update that could not be written"
cp before/$s.site.h5 $s.site.h5; rm $s.update.h5
for delay in 0.03 0.06 0.09 0.12 0.15 0.2 0.25 0.3; do
  (timeout -s KILL $delay "$BIN/fal_site" train $s.h5 --global $last -o $s.update.h5) >/dev/null 2>&1
  expect_exit 0 site status $s.h5
done
expect_exit 0 site train $s.h5 --global $last -o $s.update.h5
cmp $s.update.h5 once/new.update.h5 || fail "another update after kills"
cmp $s.site.h5 once/$s.site.h5 || fail "another state after kills"
