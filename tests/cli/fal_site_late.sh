#!/usr/bin/env bash
# Sites that come late, with labels and without; answers that come late; a G or a budget that is not that of before.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"; . "$TOP/tests/cli/site_lib.sh"
need_h5py
three_sites; hide_labels 10
site_parameters="al_rounds=3 fl_rounds=2 local_epochs=1 budget=10 batch_size=8 local_only_epochs=3"
answers() { "$PYTHON" "$TOP/tests/fixtures/answer_files.py" mid.truth.h5 "$@" || fail "answer_files.py $*"; } # FOLDER FORM OUTPUT ...
copy_site() { cp "$1.h5" "$2.h5"; cp "$1.site.h5" "$2.site.h5"; }                                            # FROM TO
labelled() { expect_exit 0 site status "$1.h5"; expect_line ": $2 labelled, " out; }                           # SITE COUNT
# chosen SITE AL-ROUND PATTERN: what the query of that round is, in python: q its rows, old those that are settled.
chosen() {
  "$PYTHON" -c "import h5py, numpy, sys
f = h5py.File(sys.argv[1])
old, q = f['queries'][:], f['waiting/queries'][:]
q = q[q['al_round'] == int(sys.argv[2])]
assert $3, (old, q)" "$1.site.h5" "$2" || fail "the query of AL round $2 at $1"
}

# Stored labels are the first ones, whenever a site comes: before AL round 2's query, before its first training there, or
# in the middle of AL round 1.
study_ini trial strategy=logo algorithm=fedavg initial=stored >study.ini
expect_exit 0 site start study.ini -o G1.0.h5
cp G1.0.h5 G0.h5; join_sites
copy_site mid asks; copy_site mid trains; copy_site mid joins
expect_exit 2 site ask north.h5 --global G1.0.h5 -o ask --budget 5
expect_message fal_site '--budget: the first labels are all that north.h5 has \(initial = stored\): leave it out in AL round 1'
two() { # G NEXT: without mid
  for s in north south; do expect_exit 0 site train $s.h5 --global $1 -o $s.update.h5; done
  expect_exit 0 site merge north.update.h5 south.update.h5 --global $1 --partial -o $2
}
two G1.0.h5 G1.1.h5
expect_exit 0 site train joins.h5 --global G1.1.h5 -o joins.update.h5
expect_line 'mid, AL round 1, FL round 2 of 2: 10 labelled images' out
two G1.1.h5 G1.2.h5
expect_exit 0 site start --after G1.2.h5 -o G2.0.h5
expect_exit 2 site train trains.h5 --global G2.0.h5 -o trains.update.h5
expect_message fal_site 'did not ask for labels in AL round 2: fal_site ask comes first, with the final G of AL round 1 '
expect_exit 0 site train trains.h5 --global G2.0.h5 -o trains.update.h5 --answers-needed 0
expect_line 'mid, AL round 2, FL round 1 of 2: 10 labelled images' out
expect_exit 0 site ask asks.h5 --global G1.2.h5 -o ask_asks
expect_line 'AL round 2 at site mid: 10 images chosen, 0 of them have a label already, 10 are open' out
labelled asks 10
chosen asks 2 "list(old['image']) == list(range(10)) and set(old['al_round']) == {1} and not set(q['image']) & set(old['image']) and len(q) == 10"
expect_exit 0 site train asks.h5 --global G2.0.h5 -o asks.update.h5 --answers-needed 0
expect_line 'AL round 2, FL round 1 of 2: 10 labelled images' out
cmp asks.update.h5 trains.update.h5 || fail "the same labels, other updates"

# A query is made once: another G or budget is named, and not taken for the same.
expect_exit 0 site merge north.update.h5 --global G1.1.h5 --partial --alone -o other.h5
copy_site mid again; expect_exit 0 site ask again.h5 --global G1.2.h5 --budget 4 -o ask_again
expect_exit 2 site ask again.h5 --global other.h5 -o ask_other
expect_message fal_site 'other.h5: has the checksum [0-9a-f]{12}, but again.h5 asked for AL round 2 with the G of checksum [0-9a-f]{12}: give that one'
expect_exit 2 site ask again.h5 --global G1.2.h5 --budget 10 -o ask_other
expect_message fal_site '--budget: is 10 images now, but again.h5 asked for AL round 2 with 4: leave it out'
[ ! -e ask_other ] || fail "a folder of a query that was refused"
expect_exit 0 site ask again.h5 --global G1.2.h5 --budget 0.1 -o ask_again; expect_line 'asked before: 4 images chosen' out
expect_exit 0 site ask again.h5 --global G1.2.h5 -o ask_again; expect_line 'asked before: 4 images chosen' out

# Answers that come late count from the next query or AL round on, and never change what was trained on.
expect_exit 0 site ask mid.h5 --global G1.2.h5 -o ask_2
for s in north south; do expect_exit 0 site ask $s.h5 --global G1.2.h5 -o ask_$s; done
copy_site north older
answers ask_2 csv first.csv only=0-5
answers ask_2 csv late.csv only=6-7
answers ask_2 csv later.csv only=8-9
expect_exit 0 site tell mid.h5 first.csv
expect_exit 0 site train mid.h5 --global G2.0.h5 -o mid.update.h5 --answers-needed 6
expect_line 'FL round 1 of 2: 16 labelled images' out
expect_exit 0 site tell mid.h5 late.csv
expect_line '^2 labels taken, 8 left blank; 22 still open$' out
expect_line '^2 of the answers came after the training of their AL round: they count from the next fal_site ask, or ' out
expect_exit 0 site status mid.h5; expect_line '2 answers came after the training' out
cp mid.update.h5 kept.update.h5
expect_exit 0 site train mid.h5 --global G2.0.h5 -o mid.update.h5; cmp mid.update.h5 kept.update.h5 || fail "another update of the same round"
for s in north south; do expect_exit 0 site train $s.h5 --global G2.0.h5 -o $s.update.h5 --answers-needed 0; done
for s in mid south; do cp $s.update.h5 $s.kept.update.h5; done
expect_exit 0 site merge {north,mid,south}.update.h5 --global G2.0.h5 -o G2.1.h5
fl_round G2.1.h5 G2.2.h5 north mid south
expect_exit 0 site status --global G2.2.h5; expect_line 'client 1: mid, 40 images, 16 labelled' out
cp mid.update.h5 kept.update.h5
cp mid.site.h5 at_ask.site.h5; cp mid.answers.h5 at_ask.answers.h5; cp mid.h5 at_ask.h5
expect_exit 0 site ask mid.h5 --global G2.2.h5 -o ask_3
labelled mid 18
chosen mid 3 "len(q) == 10 and not set(q['image']) & set(old['image']) and list(old['al_round']) == [1] * 10 + [2] * 6 + [3] * 2"
expect_exit 0 site train mid.h5 --global G2.1.h5 -o mid.update.h5; cmp mid.update.h5 kept.update.h5 || fail "late answers in a round of before"
expect_exit 0 site tell mid.h5 later.csv; expect_line '^2 labels taken, ' out
answers ask_3 csv third.csv
expect_exit 0 site tell mid.h5 third.csv
labels=$("$PYTHON" -c 'import csv
print(18 + len({r["image"] for n in ("later.csv", "third.csv") for r in csv.DictReader(open(n)) if r["label"]}))')
expect_exit 0 site start --after G2.2.h5 -o G3.0.h5
expect_exit 0 site train mid.h5 --global G3.0.h5 -o mid.update.h5; expect_line "AL round 3, FL round 1 of 2: $labels labelled images" out
labelled mid $labels
# Without a query of its own in AL round 3, they count at its first training.
expect_exit 0 site tell at_ask.h5 later.csv
expect_exit 0 site train at_ask.h5 --global G3.0.h5 -o at_ask.update.h5 --answers-needed 0; expect_line 'FL round 1 of 2: 20 labelled images' out
expect_exit 0 site status at_ask.h5; expect_no_line 'came after' out

# FedAvg keeps nothing at a site: neither another course of the study nor an older copy of its file locks it out.
expect_exit 0 site merge mid.kept.update.h5 south.kept.update.h5 --global G2.0.h5 --partial -o other2.h5
copy_site north newest
expect_exit 0 site train newest.h5 --global G2.1.h5 -o newest.update.h5
expect_exit 0 site train older.h5 --global G2.1.h5 -o older.update.h5 --answers-needed 0
cmp newest.update.h5 older.update.h5 || fail "another update of an older copy"
expect_exit 0 site train newest.h5 --global other2.h5 -o newest.update.h5
expect_line 'FL round 2 of 2: 10 labelled images' out

# Nobody labelled before, and a site comes late: there are no first labels by lot then, the strategy chooses.
for pair in "logo scaffold" "coreset:local fedavg" "finetuning:badge fedprox" "gcnal:local fedavg" "ksas fedavg"; do
  read -r strategy algorithm <<<"$pair"
  study_ini trial strategy=$strategy algorithm=$algorithm >study.ini
  rm -f G*.h5 # another study
  expect_exit 0 site start study.ini -o G1.0.h5
  cp G1.0.h5 G0.h5; join_sites
  for s in north south; do expect_exit 0 site ask $s.h5 --global G1.0.h5 -o ask_$s; done
  for s in north south; do expect_exit 0 site train $s.h5 --global G1.0.h5 -o $s.update.h5 --answers-needed 0; done
  expect_exit 0 site merge north.update.h5 south.update.h5 --global G1.0.h5 --partial -o G1.1.h5
  two G1.1.h5 G1.2.h5
  expect_exit 0 site ask mid.h5 --global G1.2.h5 -o ask_mid
  expect_line 'AL round 2 at site mid: 10 images chosen, ' out
  labelled mid 0
  chosen mid 2 "len(q) == 10 and len(old) == 0"
done

# SCAFFOLD does keep something: a G of another course is refused, and the next AL round begins anew, with all labels.
study_ini trial strategy=random algorithm=scaffold initial=stored >study.ini
rm -f G*.h5
expect_exit 0 site start study.ini -o G1.0.h5
cp G1.0.h5 G0.h5; join_sites
two G1.0.h5 G1.1.h5
expect_exit 0 site merge south.update.h5 --global G1.0.h5 --partial --alone -o O1.1.h5
expect_exit 0 site train north.h5 --global G1.1.h5 -o north.update.h5
expect_exit 2 site train north.h5 --global O1.1.h5 -o north.update.h5
expect_message fal_site 'O1.1.h5: counts other updates of this site than north.site.h5 goes on from: keep that file, it has the labels; train with the G that counts the update with the checksum [0-9a-f]{16}'
expect_exit 0 site train south.h5 --global O1.1.h5 -o south.update.h5
expect_exit 0 site merge south.update.h5 --global O1.1.h5 --partial --alone -o O1.2.h5
expect_exit 0 site ask north.h5 --global O1.2.h5 -o ask_o
labelled north 10
expect_exit 0 site start --after O1.2.h5 -o O2.0.h5
expect_exit 0 site train north.h5 --global O2.0.h5 -o north.update.h5 --answers-needed 0
expect_line 'AL round 2, FL round 1 of 2: 10 labelled images' out
