#!/usr/bin/env bash
# fal_report from outside: tables, CSV files, unfinished trials, hostile files, exit codes.
# Runs in an empty folder with BIN and PYTHON set; exit 77 skips.
. "$TOP/tests/cli/report_lib.sh"
one_message() { [ "$(wc -l <err)" = 1 ] || { cat err; fail "expected one message"; }; has err "fal_report: "; has err "$1"; }

# write_results FILE STRATEGY SEED STATUS ACCURACY...
cat >write.py <<'END'
import sys, numpy, h5py
path, strategy, seed, status, *accuracy = sys.argv[1:]
rows = numpy.zeros(len(accuracy), dtype=[("al_round", "<i8"), ("labelled_share", "<f8"), ("test_accuracy", "<f8"), ("extra", "<f8")])
rows["al_round"] = numpy.arange(1, len(accuracy) + 1)
rows["labelled_share"] = 0.05 * rows["al_round"]
rows["test_accuracy"] = [float(a) for a in accuracy]
with h5py.File(path, "w") as f:
    f.attrs.update(fal_format="results", fal_version=numpy.int64(1), setting="synth", strategy=strategy, seed=numpy.int64(seed), status=status)
    f["rounds"] = rows
END
results() { "$PYTHON" write.py "$@" || fail "cannot write $1"; }
mkdir runs
for s in 1 2 3 4; do
  results runs/synth_logo_s$s.h5 logo $s complete 0.4$s 0.5$s 0.6$s
  results runs/synth_random_s$s.h5 random $s complete 0.4$s 0.50 0.6$s
done

# A folder, and the same files by name, give the same tables; a file named twice counts once.
expect 0 "$report" runs; cp out folder
has out "Test accuracy in per cent"
has out "42.50 +- 1.29"
has out "Every pair shares 4 seeds."
has out "in which the row beats the column"
[ ! -s err ] || fail "messages although all is well"
expect 0 "$report" runs/*.h5 runs; cmp -s out folder || fail "files and folder differ"

# Files for programs.
expect 0 "$report" runs --output=tables --penalty --threshold student
for f in report.txt accuracy.csv winning_rate.csv t_scores.csv penalty.csv; do [ -s tables/$f ] || fail "no $f"; done
has tables/report.txt "Student's 97.5 % point"
has tables/accuracy.csv "synth,logo,1,0.05,4,42.5,1.29099444874"
has tables/winning_rate.csv "synth,logo,random,4,3,3.18244630528,0.333333333333,"
has tables/t_scores.csv "synth,logo,random,1,4,0,0,0,0,1,1,0,1,0.125"
"$PYTHON" - <<'END' || fail "the CSV files do not read"
import csv
for name in "accuracy", "winning_rate", "t_scores", "penalty":
    rows = list(csv.DictReader(open(f"tables/{name}.csv")))
    assert rows and all(None not in r and None not in r.values() for r in rows), name
END
expect 0 "$report" runs --csv
has out "setting,strategy,al_round,labelled_share,seeds,accuracy_percent,sd_percent"

# Any column of /rounds; one that the files do not have shows nothing.
expect 0 "$report" runs --column test_accuracy -o columns
has out "test_accuracy, share: mean over the last 5 FL rounds"
has out "0.425 +- 0.0129"
has columns/column.csv "setting,strategy,al_round,labelled_share,seeds,test_accuracy,sd"
for column in m_transport labelled; do # a whole number that is not there is no 0
  expect 0 "$report" runs --column $column
  grep -qE "^2 +10.0 % +- +-$" out || { cat out; fail "$column, which the files do not have, has a value"; }
done
expect 2 "$report" runs --column m_transprot
has err "did you mean m_transport"
# The learning curves as a picture: the means and intervals of the tables, one setting.
expect 0 "$report" runs --curves curves.svg; cmp -s out folder || fail "a picture changed the tables"
"$PYTHON" - <<'END' || fail "curves.svg is not what it should be"
import xml.etree.ElementTree as tree
root = tree.parse("curves.svg").getroot()
titles = [t.text for mark in root.iter("{http://www.w3.org/2000/svg}circle") for t in mark]
assert len(titles) == 6 and "logo: 5, 42.5" in titles, titles
assert any("4 seeds; band: 95 %" in (t.text or "") for t in root.iter("{http://www.w3.org/2000/svg}text"))
END
expect 2 "$report" runs --curves runs/synth_logo_s1.h5; one_message "ends in .svg"
expect 4 "$report" runs --curves no/such/folder.svg; has err "no/such/folder.svg"

# Another measure needs what the files do not have.
expect 3 "$report" runs --measure balanced; has err "synth_logo_s1.h5: has no /class_accuracy, from which balanced accuracy is computed: left out"
expect 2 "$report" runs --measure blanced; has err "balanced"
expect 0 "$report" runs --measure accuracy; cmp -s out folder || fail "the default is another measure"
"$PYTHON" - <<'END' || fail "cannot add class accuracies"
import shutil, h5py, numpy
shutil.copy("runs/synth_logo_s1.h5", "balanced.h5")
with h5py.File("balanced.h5", "r+") as f:
    f["class_accuracy"] = numpy.array([[0.1, 0.3], [0.2, numpy.nan], [1, 0.5]])
END
expect 0 "$report" runs balanced.h5 --measure balanced --csv
has out "synth,logo,1,0.05,1,20,"; has out "synth,logo,2,0.1,1,20,"; has out "synth,logo,3,0.15,1,75,"
has out "setting,strategy,al_round,labelled_share,seeds,balanced_accuracy_percent,sd_percent"

# Unfinished trials are left out with a note, or taken in.
results runs/synth_entropy-global_s1.h5 entropy:global 1 stopped 0.41 0.52
results runs/synth_entropy-local_s1.h5 entropy:local 1 running
expect 0 "$report" runs
has err "synth_entropy-global_s1.h5: stopped after 2 AL rounds: left out; --partial takes it in"
cmp -s out folder || fail "an unfinished trial changed the tables"
expect 0 "$report" runs --partial; has out "entropy:global"
expect 3 "$report" runs/synth_entropy-local_s1.h5; has err "no finished trial"

# A setting per selector: random and logo in both, the suffix gone; what is no part of the matrix is named.
for s in 1 2; do for X in global local; do results runs/synth_entropy-${X}_s$s.h5 entropy:$X $s complete 0.4$s 0.4$s 0.6$s; done; done
expect 0 "$report" runs --split-selectors --penalty
has out "synth, selector global"; has out "synth, selector local"; has out "summed over 2 settings"
! grep -q "entropy:" out || fail "a selector is left in a strategy's name"
"$report" runs --split-selectors --csv | grep -c '"synth, selector' >lines
expect 2 "$report" runs --split-selectors --curves two.svg; one_message "a picture shows one setting"; [ ! -e two.svg ] || fail "a picture of two settings"
[ "$(cat lines)" = $((2 * 3 * 3 + 2 * 6)) ] || fail "$(cat lines) rows instead of 2 settings x (9 accuracies + 6 pairs)"
results runs/synth_badge-global_s1.h5 badge:global 1 complete 0.41 0.42 0.43
expect 0 "$report" runs --split-selectors --penalty; has out "synth, selector global: not in the penalty matrix"; has out "summed over 1 setting,"
expect 0 "$report" runs --penalty; has out "No penalty matrix"
rm runs/synth_badge* runs/synth_entropy*

# What lies beside results is passed over; what pretends to be results is not.
cp runs/synth_logo_s1.h5 runs/synth_logo_s1.ckpt.h5
"$PYTHON" -c 'import h5py; h5py.File("runs/set.h5", "w").attrs["fal_format"] = "dataset"'
expect 0 "$report" runs; cmp -s out folder || fail "a checkpoint or dataset changed the tables"
expect 3 "$report" runs/set.h5; one_message "dataset"
# One that is unusable is left out with its reason, whether it was named or lies in the folder; the rest is reported.
head -c 3000 runs/synth_logo_s1.h5 >cut.h5; expect 0 "$report" runs cut.h5; has err "cut.h5"; has err "left out"; cmp -s out folder || fail "a damaged file changed the tables"
expect 0 "$report" missing.h5 runs; has err "missing.h5: cannot be read: No such file or directory: left out"; cmp -s out folder || fail "a missing file changed the tables"
strange() { # NAME REASON: runs/NAME was made by somebody else
  expect 0 "$report" runs; [ "$(wc -l <err)" = 1 ] || { cat err; fail "$1: not one message"; }
  has err "$1: "; has err "$2"; has err "left out"; cmp -s out folder || fail "$1 changed the tables"
  expect 3 "$report" "runs/$1"; one_message "$2"; rm -r "runs/$1"
}
"$PYTHON" -c 'import h5py; h5py.File("runs/foreign.h5", "w")["x"] = 1'; strange foreign.h5 "not one of ours"
cp cut.h5 runs/aaa_cut.h5; strange aaa_cut.h5 "aaa_cut.h5"
echo noise >runs/noise.h5; strange noise.h5 "is no HDF5 file"
: >runs/empty.h5; strange empty.h5 "is empty"
mkfifo runs/pipe.h5; strange pipe.h5 "not a regular file"
ln -s nowhere runs/link.h5; strange link.h5 "No such file or directory"
results runs/steering.h5 "$(printf 'a\302\233b')" 1 complete 0.1 0.2 0.3; strange steering.h5 "attribute strategy holds control characters"
results runs/backwards.h5 "$(printf 'a\342\200\256b')" 1 complete 0.1 0.2 0.3; strange backwards.h5 "attribute strategy holds control characters"
results runs/newer.h5 logo 7 complete 0.1 0.2 0.3; "$PYTHON" -c 'import h5py; h5py.File("runs/newer.h5", "r+").attrs["fal_version"] = 99'; strange newer.h5 "newer program"
results "$(printf 'runs/\033[31m.h5')" logo 7 stopped 0.1; expect 0 "$report" runs; has err 'runs/?[31m.h5: stopped'; rm runs/*31m.h5
mkdir strangers; echo noise >strangers/a.h5; cp cut.h5 strangers/b.h5; expect 3 "$report" strangers; has err "a.h5"; has err "b.h5"; has err "no finished trial found in 2 files"
echo noise >noise.h5; expect 3 "$report" noise.h5; one_message "noise.h5"
expect 3 "$report" missing.h5; one_message "missing.h5"
results copy.h5 logo 1 complete 0.1 0.2 0.3; expect 0 "$report" runs/synth_logo_s1.h5 copy.h5
one_message "copy.h5: strategy logo with seed 1 of the same setting is in runs/synth_logo_s1.h5, too: left out"
results bad.h5 logo 9 complete 0.1 nan 0.3; expect 3 "$report" bad.h5; one_message "no share"

# One seed, one strategy.
expect 0 "$report" runs/synth_logo_s1.h5 runs/synth_random_s1.h5; has out "no t-score is possible"
expect 0 "$report" runs/synth_logo_s1.h5; has out "nothing to compare"

# Usage.
expect 0 "$report" --help; has out "--threshold"
expect 0 "$report" --version; has out "fal_report "
expect 2 "$report"; one_message "no results file"
expect 2 "$report" runs --treshold paper; one_message "did you mean --threshold"
expect 2 "$report" runs --threshold 3; one_message "paper or student"
expect 2 "$report" runs --output; one_message "needs a value"
expect 4 "$report" runs/*_s1.h5 -o write.py; has err "write.py"
exit 0
