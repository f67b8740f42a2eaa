# Clients without labels, answers that nobody can give: every strategy and algorithm goes on or says why not.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"; . "$TOP/tests/cli/oracle_lib.sh"
need_h5py
"$BIN/fal_data" synth -o synth.h5 --train 120 --test 40 --side 16 --classes 3 --seed 3 >log || { cat log; exit 1; }
people sites synth.h5 truth.h5 3; truth=truth.h5
trial="--partition site --al-rounds 3 --fl-rounds 1 --local-epochs 1 --local-only-epochs 1 --evaluate 1 --budget 4"
people keep truth.h5 open.h5 60 0,2 # site 1 has no label at all

# Nobody can tell anything about client 1's images: they leave its pool, and it never takes part.
"$PYTHON" -c 'import h5py; print(*h5py.File("truth.h5")["train/labels"][:], sep="\n")' >labels || exit 1
cannot() { # RESULTS
  local round folder; round=$(ls -d "${1%.h5}".query/round_* | sort | tail -n 1)
  rm -rf given; mkdir given
  for folder in "$round"/client_*; do
    awk -F, 'NR == FNR { label[NR - 1] = $1; next }
             FNR > 1 { $6 = $1 == 1 ? "?" : label[$3]; $7 = "ann" }
             { print }' OFS=, labels "$folder/labels.csv" >"given/$(basename "$folder").csv"
  done
  expect_exit 0 "$BIN/fal_data" label "$1" given/*
}
# One of each kind that looks at labels, or at a model of the client's own.
all=random,entropy:local,coreset:local,badge:local,gcnal:local,alfa-mix:local,cdal:local,typiclust:local,probcover:local,uherding:local,improved-random,logo,ensemble-rank:badge,finetuning:badge,ksas,feal,fairfal
for turn in 1 2 3; do
  got=0; ranks 2 open.h5 $trial --initial stored --strategy "$all" --first-round --oracle file --output none >out 2>err || got=$?
  [ $got = 76 ] || break
  cp out asked
  for results in $(results_of none); do
    ! grep -qF "$results, then" asked || cannot "$results"
  done
done
[ $got = 0 ] || { cat out err; fail "exit code $got"; }
for results in $(results_of none); do
  people labels "$results" >log
  expect_line '^1,-2,8$' log; [ "$(grep -c '^1,' log)" = 1 ] || { cat log; fail "$results: client 1 has labels"; }
done
"$PYTHON" - $(results_of none) <<'END' || fail "wrong rows"
import sys, h5py, numpy
for path in sys.argv[1:]:
    with h5py.File(path) as f:
        rows = f["clients"][:]; own = rows[rows["client"] == 1]; size = (f["partition"][:] == 1).sum()
        counts = f["labelled_counts"][:]; held = f["pool_counts"][:]
    assert (own["labelled"] == 0).all() and (own["queried"] == 0).all(), own
    assert list(own["pool"]) == [size, size - 4, size - 8], own["pool"]
    assert numpy.isnan(own["emd_labelled"]).all() and (counts[:, 1] == 0).all() and (counts <= held).all()
END
expect_exit 0 "$BIN/fal_report" none -o page; expect_line '<svg' page/report.html
expect_exit 0 "$BIN/fal_report" none --data open.h5 -o page2

# The same with the other FL algorithms, with fewer clients than ranks, and where nobody has any label.
for algorithm in fedprox scaffold; do
  expect_exit 76 ranks 4 open.h5 $trial --initial stored --strategy entropy --algorithm $algorithm --oracle file --output $algorithm
  cannot "$(results_of $algorithm)"
  expect_exit 76 ranks 1 open.h5 $trial --initial stored --strategy entropy --algorithm $algorithm --oracle file --output $algorithm
done
expect_exit 2 ranks 2 open.h5 $trial --initial stored --strategy oracle-balanced --oracle file --output balanced
expect_message fal_hpc "--strategy oracle-balanced: looks at the labels of the pool"
people keep truth.h5 none.h5 0 0
expect_exit 76 ranks 2 none.h5 $trial --al-rounds 2 --strategy logo --oracle file --output nobody
expect_line 'round_01: waits for labels: client 0 lacks 4 of 4' out
results=$(results_of nobody); answer "$results" csv cannot=0,1,2,3
expect_exit 76 ranks 1 none.h5 $trial --al-rounds 2 --strategy logo --oracle file --output nobody
expect_line 'warning: .*: AL round 1: no client has a labelled image' err
answer "$results" csv cannot=0,1,2
expect_exit 0 ranks 3 none.h5 $trial --al-rounds 2 --strategy logo --oracle file --output nobody
people labels "$results" >log; expect_line '^0,-2,7$' log
# Scripts that read results, ours first, meet labels that are none.
"$PYTHON" "$TOP/examples/read_results.py" "$results" >out 2>err || { cat err; fail "read_results.py: labels that are none"; }
expect_line '^logo,1,2,3,' out
mkdir -p outputs; cp "$results" outputs
awk '$0 == "```python" { getline; on = ($0 == "# read results") } $0 == "```" { on = 0 } on' "$TOP/docs/formats.md" >read.py
"$PYTHON" read.py >out 2>err || { cat err; fail "docs/formats.md: labels that are none"; }
expect_line '^logo complete$' out

# Pools that end: all that is left was asked for, and nobody could tell.
expect_exit 76 ranks 1 none.h5 $trial --budget 100 --al-rounds 9 --strategy random --oracle file --output end
results=$(results_of end); answer "$results" csv cannot=0,5
expect_exit 0 ranks 2 none.h5 $trial --budget 100 --al-rounds 9 --strategy random --oracle file --output end
[ "$("$PYTHON" -c 'import h5py, sys; print(len(h5py.File(sys.argv[1])["rounds"]))' "$results")" = 1 ] || fail "rounds without images"
