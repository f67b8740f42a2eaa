#!/usr/bin/env bash
# fal_data label for a trial that waits: answers late, in parts, twice, of another round and another trial; who lacks how
# many; what was trained on is final; fal_query asks what the trial asks.
. "$TOP/tests/cli/hpc_lib.sh"
. "$TOP/tests/cli/lib.sh"
need_h5py
[ -x "$BIN/fal_hpc" ] || skip "no fal_hpc"
data=$BIN/fal_data query=$BIN/fal_query
answers() { "$PYTHON" "$TOP/tests/fixtures/answer_files.py" truth.h5 "$@" || fail "answer_files.py $*"; }

"$data" synth -o truth.h5 --train 120 --test 30 --classes 3 --side 16 --name tiny >log 2>&1 || { cat log; exit 1; }
"$PYTHON" "$TOP/tests/fixtures/hide_labels.py" truth.h5 open.h5 0 || exit 1
seq 0 119 | awk 'BEGIN { print "image,client" } { print $1 "," $1 % 3 }' >clients.csv
short="--partition clients.csv --oracle file --budget 6 --al-rounds 3 --fl-rounds 2 --local-epochs 1 --local-only-epochs 2"
trial() { # EXIT CODE OUTPUT [OPTION ...]
  local code=$1 output=$2; shift 2
  expect_exit "$code" ranks 1 open.h5 $short --strategy logo --seeds 1 --output "$output" "$@"
}
result() { ls "$1"/*_s1.h5; }
folder() { printf '%s/round_%02d/client_%02d' "$(ls -d "$1"/*_s1.query)" "$2" "$3"; }
lacks() { # NUMBER PER CLIENT ...: what the summary says
  local k=0 n
  for n in "$@"; do expect_line "^ +$k +6 +[0-9]+ +[0-9]+ +$n\$" out; k=$((k + 1)); done
}

# The first labels are asked for, too.
trial 76 one
r=$(result one)
expect_exit 0 "$data" label "$r"; lacks 6 6 6; expect_line '^18 of 18 answers are missing$' out
answers "$(folder one 1 0)" csv a.csv only=0-3; answers "$(folder one 1 1)" folder b cannot=5; answers "$(folder one 1 2)" json c.json
expect_exit 0 "$data" label "$r" c.json a.csv; lacks 2 6 0; trial 76 one
expect_exit 0 "$data" label "$r" b a.csv; lacks 2 0 0; expect_line '^6 new answers, 4 known before, 2 rows without one$' out
expect_line '^ +1 +6 +5 +1 +0$' out
trial 76 one # still two of client 0
cp "${r%.h5}.answers.h5" kept.h5
unchanged() { cmp "${r%.h5}.answers.h5" kept.h5 || fail "answers were changed"; }
wrong() { # PATTERN FILE...
  local pattern=$1; shift
  expect_exit 3 "$data" label "$r" "$@"; expect_message fal_data "$pattern"; unchanged
}
answers "$(folder one 1 0)" csv rest.csv only=4-5

# Wrong files: of another client, image, trial, data set; unknown classes; nothing is half applied.
sed '6s/^0,/2,/' rest.csv >client.csv; wrong 'client.csv:6: image [0-9]*: client 0 asked about it, not client 2' client.csv
sed '6s/_[0-9a-f]\{8\}\.png/_00000000.png/' rest.csv >other.csv; wrong 'other.csv:6: image [0-9]* is not the picture' other.csv
nobody=$("$PYTHON" - "$(dirname "$(folder one 1 0)")" <<'END'
import glob, os, re, sys
asked = {int(re.search(r"train_(\d+)", p).group(1)) for p in glob.glob(sys.argv[1] + "/*/images/*")}
print(min(set(range(120)) - asked))
END
)
sed "6s/^0,4,[0-9]*,train_[0-9]*_/0,4,$nobody,train_$(printf %06d "$nobody")_/" rest.csv >nobody.csv
wrong "nobody.csv:6: image $nobody: nobody was asked about it" nobody.csv
sed '7s/,[a-z]*,ann/,cow,ann/' rest.csv >cow.csv; wrong 'cow.csv:7: label cow' rest.csv cow.csv
answers "$(folder one 1 2)" csv against.csv annotator=ben wrong=0-2
expect_exit 3 "$data" label "$r" against.csv rest.csv; expect_message fal_data '3 images have more than one answer'; unchanged
[ "$(grep -cE '^image [0-9]+: [a-z]+ \(ann, known before\), [a-z]+ \(ben, against.csv:[234]\)$' out)" = 3 ] || { cat out; fail "not named"; }

# Going on: round 2 asks; answers of round 1 are known, and final.
expect_exit 0 "$data" label "$r" rest.csv; expect_line '^all 18 answers are there' out
trial 76 one
expect_exit 0 "$data" label "$r" rest.csv; expect_line '^0 new answers, 2 known before' out; lacks 6 6 6
cp "${r%.h5}.answers.h5" kept.h5
for resolve in '' '--resolve first' '--resolve majority'; do
  expect_exit 3 "$data" label "$r" against.csv $resolve
  expect_message fal_data 'against.csv:2: image [0-9]* is [a-z]* in AL round 1, and the trial went on with it'; unchanged
done

# fal_query asks what the trial asks, with the labels that people gave and without what nobody could tell.
for k in 0 1 2; do
  expect_exit 0 "$query" open.h5 --results "$r" --client $k; cut -d, -f1-3 out >ours
  cut -d, -f1-3 "$(folder one 2 $k)/labels.csv" | diff - ours || fail "client $k: fal_query asks something else"
done

# Another trial's answers: the same pictures where it asked for them, nobody's otherwise.
trial 76 two --seeds 2; mv two/*_s2.query/round_01/client_00 other
answers other csv two.csv; r_kept=$r
expect_exit 3 "$data" label "$r" two.csv; expect_line 'nobody was asked|more than one answer|client' err; unchanged

# Through to the end, by all forms.
for round in 2 3; do
  answers "$(folder one $round 0)" studio-csv s.csv; answers "$(folder one $round 1)" json-min m.json; answers "$(folder one $round 2)" csv n.csv by=number
  expect_exit 0 "$data" label "$r" s.csv m.json n.csv; lacks 0 0 0
  if [ $round = 2 ]; then trial 76 one; else trial 0 one; fi
done
expect_exit 2 "$data" label "$r" s.csv; expect_message fal_data 'this trial waits for no labels'
"$PYTHON" - "$r" <<'END' || fail "other labels than the answers"
import sys, h5py
with h5py.File(sys.argv[1]) as f, h5py.File("truth.h5") as t:
    q, labels = f["queries"][:], t["train/labels"][:]
assert len(q) == 54 and (q["label"] == -2).sum() == 1
told = q[q["label"] >= 0]; assert (told["label"] == labels[told["image"]]).all()
END

# What is no trial that waits.
expect_exit 3 "$data" label open.h5 a.csv; expect_exit 3 "$data" label none.h5 a.csv; expect_exit 2 "$data" label none a.csv
exit 0
