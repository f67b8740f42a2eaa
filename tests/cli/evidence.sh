# jobs/evidence.sh, made tiny on a drawn data set: estimate, stop and go on, curves, tables, samples. The tables' statistics
# are those of fal_report on the results files, and the page's tables are those of the committed curves.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || skip "python3, 3.9 or later, is not there"
tables="$TOP/jobs/evidence/tables.py"
expect_exit 0 "$PYTHON" "$tables" "$TOP/docs/evidence" --check "$TOP/docs/evidence.md"

# The script finds its job files and the listed digests beside itself.
cp -r "$TOP/jobs" jobs; mkdir -p docs/evidence data
for name in cifar10part fashion20k; do
  "$BIN/fal_data" synth -o data/$name.h5 --name $name --train 400 --test 150 --side 16 --seed 5 >/dev/null || fail "synth"
done
export FAL_BIN=$BIN PYTHON
evidence() { timeout -k 5 $((2 * limit)) bash jobs/evidence.sh none --data data "$@"; }
part=cifar10_alpha0.1_rho1
tiny="--seeds 1-3 --strategy logo,random,entropy:global,entropy:local,improved-random --clients 4 --al-rounds 3 --budget 8
  --fl-rounds 2 --local-epochs 1 --local-only-epochs 2 --batch-size 16 --evaluate 1 --lr 0.05"

# Every part that the script knows is there with its data set, and every part that is there can be listed.
sed -n '/^PARTS=(/,/)$/p' jobs/evidence.sh | tr -d '()' | sed 's/^PARTS=//' | xargs -n 1 | sort >known
ls jobs/evidence/*.ini | sed 's|.*/||; s|\.ini$||' | grep -v '^common_' | grep -v '^pick$' | sort >there
diff known there || fail "parts of the script and files"
while read -r name; do
  expect_exit 0 "$BIN/fal_hpc" "data/$(sed -nE 's|.* inputs/([a-z0-9]+\.h5) --config jobs/evidence/'"$name"'\.ini .*|\1|p' "jobs/evidence/$name.ini")" \
    --config "jobs/evidence/$name.ini" --list-trials
  [ "$(wc -l <out)" = "$(sed -nE 's/^seeds = .*# ([0-9]+) trials$/\1/p' "jobs/evidence/$name.ini")" ] || fail "$name: other trials than it says"
done <known
expect_exit 0 evidence --dry-run --part $part --part table2 -- $tiny
expect_line "^$part +15 +15 +[0-9.]+$" out; expect_line '^table2 +60 +60 +[0-9.]+$' out; expect_line '^together +75 +[0-9.]+$' out
expect_line '^about [0-9.]+ hours on [0-9]+ of these cores' out
[ ! -e none ] || fail "--dry-run has written something"

# What is asked wrongly.
expect_exit 2 bash jobs/evidence.sh; expect_line 'output folder is missing' out
expect_exit 2 evidence --part nosuch; expect_line 'there is no .*nosuch\.ini' out
expect_exit 2 evidence --cores 0; expect_line '--cores 0' out
expect_exit 2 evidence --max-hours soon; expect_line '--max-hours soon' out
expect_exit 2 evidence --colour; expect_line '--colour: no such option' out
expect_exit 2 evidence --part; expect_line '--part: its value is missing' out
expect_exit 3 bash jobs/evidence.sh none --data nowhere; expect_line 'nowhere/cifar10part.h5 is not there' out
expect_exit 75 evidence --part $part --max-hours 0.001 -- $tiny; expect_line 'stopped; the same command goes on' out

# Stopped after the first trial, then gone on with to the end: on one core, on two.
for cores in 1 $(($(env -u OMP_NUM_THREADS nproc) > 1 ? 2 : 1)); do
  rm -rf results; mkdir results
  timeout -k 5 $((2 * limit)) bash jobs/evidence.sh results --data data --cores $cores --part $part -- $tiny >log 2>&1 & job=$!
  for _ in $(seq 1 $((600 * ${FAL_TEST_SLOW:-1}))); do [ -z "$(ls results/$part/*.h5 2>/dev/null)" ] || break; sleep 0.05; done
  for child in $(processes parent $job bash); do kill -TERM "$child"; done
  code=0; wait $job || code=$?
  [ $code = 75 ] || { cat log; fail "SIGTERM: code $code instead of 75"; }
  expect_line 'stopped; the same command goes on' log
  [ "$("$BIN/fal_report" --status --csv results/$part | grep -c ',complete,')" -lt 15 ] || { cat log; fail "it was not stopped"; }
  expect_exit 0 timeout -k 5 $((2 * limit)) bash jobs/evidence.sh results --data data --cores $cores --part $part -- $tiny
  [ "$("$BIN/fal_report" --status --csv results/$part | grep -c ',complete,')" = 15 ] || { cat out; fail "15 trials expected"; }
done
expect_line '^\| cifar10, 0.1, 1 \| random \| 3 \| [a-z0-9-]+ 3 \|' out
[ "$(wc -l <results/csv/$part.csv)" = $((1 + 15 * 3)) ] || fail "45 rows of curves expected"

# What has its curves is not run again, also without its results; new curves come beside them, and what is run once more
# takes its place.
mkdir more; cp -r results/csv more; cp results/csv/$part.csv before.csv
sed -i '/,random,2,/d' more/csv/$part.csv
expect_exit 0 timeout -k 5 $((2 * limit)) bash jobs/evidence.sh more --data data --part $part -- $tiny
expect_line " $part: seeds 2 complete, " out
[ "$(ls more/$part/*.h5 | wc -l)" = 5 ] || { ls more/$part; fail "the five trials of seed 2 expected"; }
diff <(cut -d, -f1-11 before.csv) <(cut -d, -f1-11 more/csv/$part.csv) >log || { cat log; fail "other curves"; } # less seconds
expect_exit 0 timeout -k 5 $((2 * limit)) bash jobs/evidence.sh more --data data --part $part -- $tiny --seeds 1-3,7
[ "$(cut -d, -f3 more/csv/$part.csv | sort -n | uniq -c | tr -s ' ' | tr '\n' ',')" = " 1 seed, 15 1, 15 2, 15 3, 15 7," ] ||
  { cut -d, -f3 more/csv/$part.csv | sort | uniq -c; fail "seed 7 beside 1 to 3 expected"; }

# --dry-run counts what is left: nothing where all curves are there; of a seed whose curve lacks an AL round, which no
# table takes, the trials without results.
expect_exit 0 bash jobs/evidence.sh more --data data --part $part --dry-run -- $tiny
expect_line "^$part +15 +0 +0.0$" out
mkdir short; cp -r results/csv short; sed -i '/,random,2,3,/d' short/csv/$part.csv
expect_exit 1 "$PYTHON" "$tables" short/csv; expect_line ' random, seed 2 has 2 AL rounds, [a-z:-]*, seed [1-3] 3: rows are missing' err
expect_exit 0 bash jobs/evidence.sh short --data data --part $part --dry-run -- $tiny
expect_line "^$part +15 +5 +[0-9.]+$" out
mkdir short/$part; cp results/$part/*_random_s2.h5 short/$part
expect_exit 0 bash jobs/evidence.sh short --data data --part $part --dry-run -- $tiny
expect_line "^$part +15 +4 +[0-9.]+$" out

# A report that fails is no success, and the curves that were there stay.
mkdir full; printf '#!/bin/bash\n[ "$1" = --status ] && exec "%s/fal_report" "$@"\necho "fal_report: rounds.csv: No space left" >&2; exit 4\n' "$BIN" >full/fal_report
chmod +x full/fal_report; ln -s "$BIN"/fal_hpc "$BIN"/fal_data full
expect_exit 4 env FAL_BIN="$PWD/full" bash jobs/evidence.sh more --data data --part $part -- $tiny
expect_line 'No space left' err; expect_line 'ended with code 4' out
mkdir dead; cp -P full/* dead; printf '#!/bin/bash\necho "fal_report: no memory" >&2; exit 2\n' >dead/fal_report
expect_exit 2 env FAL_BIN="$PWD/dead" bash jobs/evidence.sh more --data data --part $part -- $tiny
expect_line 'no memory' err; expect_line 'ended with code 2' out
diff <(cut -d, -f1-3 results/csv/$part.csv) <(grep -v ',7,[123],' more/csv/$part.csv | cut -d, -f1-3) >log || { cat log; fail "curves lost"; }

# G and L between corners, and with longer training: a job of two seeds stands beside its own seeds of the corner.
mkdir edges; cp results/csv/$part.csv edges
sed 's/_al_rounds/_alpha-inf_al_rounds/; s/\(_al_rounds[^,]*\),\(.*\),[a-z0-9-]*$/\1,\2,others/' results/csv/$part.csv >edges/cifar10_alphainf_rho1.csv
sed -n '1p; /,entropy:[a-z]*,[12],/{s/_fl_rounds-2/_fl_rounds-4/; p}' results/csv/$part.csv >edges/longer_alpha0.1_rho1.csv
expect_exit 0 "$PYTHON" "$tables" edges
expect_line '^\| Obs. 2: L gains as clients differ \| cifar10 \| inf, 1 minus 0.1, 1 \| 3, 3 \| 0.00 \|.*\| 1.000 \| no difference can be seen \|$' out
expect_line '^\| 2 \| 2 \| [0-9.]+ \| [0-9.]+ \| -?[0-9.]+ \|' out; expect_line '^\| 4 \| 2 \|' out
expect_line '^\| change \| 2 \|  \|  \| 0.00 \| 0.00 to 0.00 \|' out

# Welch's t-test against numbers of scipy 1.17: ttest_ind(a, b, equal_var=False), its confidence interval.
"$PYTHON" - "$TOP/jobs/evidence" <<'PY' || fail "Welch's t-test"
import sys
sys.path.insert(0, sys.argv[1])
import paired
test = paired.Welch([1.2, 0.4, 2.9, 1.7, 0.8], [0.1, -0.6, 0.9])
for value, known in zip([test.mean, test.t, test.p, test.low, test.high], [1.2666666667, 2.0690711540, 0.0899150862, -0.2784895716, 2.8118229049]):
    assert abs(value - known) <= 1e-6, (value, known)
assert paired.Welch([1.0], [2.0, 3.0]).p != paired.Welch([1.0], [2.0, 3.0]).p  # NaN: one value has no spread
PY

# The tables against fal_report.
"$BIN/fal_report" results/$part -o report >/dev/null || fail "fal_report"
"$PYTHON" - "$TOP/jobs/evidence" results/csv report/aulc.csv <<'PY' || fail "other statistics than fal_report's"
import csv, sys
sys.path.insert(0, sys.argv[1])
import tables
(settings,) = tables.Evidence(sys.argv[2]).parts.values()
(setting,) = settings.values()
rows = list(csv.DictReader(open(sys.argv[3])))
tests = [tables.compare(setting, r["strategy"], r["other"], tables.Trial.area) for r in rows]
assert len(rows) == 10
for row, test, p in zip(rows, tests, tables.holm([t.p for t in tests])):
    found = [test.mean, test.sd, test.low, test.high, test.t, test.p, p, test.needed]
    names = ["mean_difference", "sd", "ci_low", "ci_high", "t", "p", "p_holm", "needed_seeds"]
    for name, value in zip(names, found):
        assert abs(value - float(row[name])) <= 1e-5 * max(1, abs(value)), (row["strategy"], row["other"], name, value, row[name])
PY

# A page: filled, checked, and found out when a number is another.
"$PYTHON" - "$TOP/jobs/evidence" <<'PY' >page.md || fail "page"
import sys
sys.path.insert(0, sys.argv[1])
import tables
for name in tables.Evidence("results/csv").all():
    print(f"<!-- table {name} -->\n<!-- end -->\n")
PY
expect_exit 1 "$PYTHON" "$tables" results/csv --check page.md
expect_exit 0 "$PYTHON" "$tables" results/csv --page page.md
expect_exit 0 "$PYTHON" "$tables" results/csv --check page.md
expect_line '^Not run yet\.$' page.md
sed -i 's/| random | 3 |/| random | 4 |/' page.md
expect_exit 1 "$PYTHON" "$tables" results/csv --check page.md

# Samples: the first trial of a part and its digest.
: >docs/evidence/digests.txt
expect_exit 1 bash jobs/evidence.sh results --data data --cores 1 --part $part --sample -- $tiny
digest=$(sed -n 's/.* has the digest \([0-9a-f]*\), which is not listed.*/\1/p' out); [ -n "$digest" ] || fail "no digest"
echo "$digest $part these" >docs/evidence/digests.txt
rm -rf results/sample
expect_exit 0 bash jobs/evidence.sh "re sults" --data data --sample -- $tiny
expect_line "the digest that is listed for these$" out
[ "$(find "re sults" -name '*.h5' | wc -l)" = 1 ] || fail "a sample is one trial"
expect_exit 1 env FAL_KERNELS_ISA=blas bash jobs/evidence.sh "re sults" --data data --sample -- $tiny
expect_line 'which is not listed' out

# Another setting is another trial, and no second one of a corner.
mkdir other; cp -r results/csv other
expect_exit 1 timeout -k 5 $((2 * limit)) bash jobs/evidence.sh other --data data --part $part -- $tiny --clients 5 --seeds 1-2
expect_line ' must hold one setting, of alpha 0.1 and rho 1, but has .*_clients-4_.*, .*_clients-5_' err
rm -rf other; expect_exit 1 timeout -k 5 $((2 * limit)) bash jobs/evidence.sh other --data data --part $part -- $tiny --rho 2 --seeds 1
expect_line ' must hold one setting, of alpha 0.1 and rho 1' err
rm -rf other; expect_exit 0 timeout -k 5 $((2 * limit)) bash jobs/evidence.sh other --data data --part $part -- $tiny --al-rounds 1 --seeds 1-2
expect_line '^\| cifar10, 0.1, 1 \| random \| 2 \|' out

# What other kernels trained is no pair, nor does it share a median.
mkdir mixed; sed '/,logo,2,/s/,[a-z0-9-]*$/,others/' before.csv >mixed/$part.csv
expect_exit 0 "$PYTHON" "$tables" mixed
expect_line '^\| LoGo leads random \| 0.1, 1 \| 2 \|' out
[ "$(grep -c '^| cifar10, 0.1, 1 | [a-z:-]* | 2 | [a-z0-9]* | -*[0-9.]* | [0-9]* |' out)" = 5 ] || { cat out; fail "cost of two seeds expected"; }

# The search: each of its commands is one that fal_hpc takes; the curves of its trials become CSV files.
mkdir stand_in
printf '#!/bin/bash\nexec "%s/fal_hpc" "$@" --list-trials\n' "$BIN" >stand_in/fal_hpc
printf '#!/bin/bash\nmkdir -p "$3" && cp report/rounds.csv report/trials.csv "$3"\n' >stand_in/fal_report
chmod +x stand_in/*
expect_exit 0 env FAL_BIN="$PWD/stand_in" bash jobs/evidence/search.sh searched data
[ "$(grep -c '_random_s10[12]\.h5$' out)" = "$(wc -l <out)" ] || fail "the search has other trials than random's on search seeds"
for name in search_cifar10 search_fashion; do diff results/csv/$part.csv searched/csv/$name.csv >/dev/null || fail "$name.csv"; done
exit 0
