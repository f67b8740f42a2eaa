#!/usr/bin/env bash
# fal_report --aulc from outside: its numbers against a computation of our own, what few seeds cannot tell, files.
# Runs in an empty folder with BIN and PYTHON set; exit 77 skips.
. "$TOP/tests/cli/report_lib.sh"

# Folders three/ (settings a, b, "c, d"; 3 strategies, 4 seeds; c has 3 AL rounds instead of 4, a no seed 4 of logo)
cat >write.py <<'END'
import os, numpy, h5py
random = numpy.random.default_rng(7)
os.makedirs("three")
for setting, rounds in ("a", 4), ("b", 4), ("c, d", 3):
    for strategy in "logo", "random", "entropy:global":
        for seed in 1, 2, 3, 4:
            rows = numpy.zeros(rounds, dtype=[("al_round", "<i8"), ("labelled_share", "<f8"), ("test_accuracy", "<f8")])
            rows["al_round"] = numpy.arange(1, rounds + 1)
            rows["labelled_share"] = 0.05 * rows["al_round"] ** 1.2
            rows["test_accuracy"] = numpy.round(0.4 + 0.05 * rows["al_round"] + 0.04 * random.random(rounds), 4)
            if (setting, strategy, seed) == ("a", "logo", 4):
                continue
            with h5py.File(f"three/{setting[0]}_{strategy.replace(':', '-')}_s{seed}.h5", "w") as f:
                f.attrs.update(fal_format="results", fal_version=numpy.int64(1), setting=setting, strategy=strategy,
                               seed=numpy.int64(seed), status="complete")
                f["rounds"] = rows
END
"$PYTHON" write.py || fail "cannot write results"

# Without --aulc nothing changes; with it everything else stays as it is and the tables follow.
expect 0 "$report" three; cp out plain
! grep -q "Area under" plain || fail "areas although nobody asked"
expect 0 "$report" three --aulc -o files; cp out areas
head -c "$(stat -c %s plain)" areas | cmp -s - plain || fail "--aulc changed the other tables"
has areas "Mean over the 3 seeds that all share:"
has areas "its exact interval covers 75.0 to 87.5 %"
has areas "With fewer than 6 seeds no exact interval covers 95 %"
has areas "Ranks over 3 settings"; has areas "Friedman's test"
has areas "3 settings are too few to rely on"
expect 0 "$report" three --penalty --aulc; cp out everything
tail -c "$(stat -c %s everything)" files/report.txt | cmp -s - everything || fail "report.txt does not end with what is printed"
has files/report.txt "Best over 3 settings is"

# The same numbers, computed here from the files.
cat >check.py <<'END'
import csv, glob, itertools, math, numpy, h5py
area = {}
for path in glob.glob("three/*.h5"):
    with h5py.File(path) as f:
        share, accuracy = f["rounds"]["labelled_share"], 100 * f["rounds"]["test_accuracy"]
        value = ((accuracy[1:] + accuracy[:-1]) / 2 * numpy.diff(share)).sum() / (share[-1] - share[0])
        area.setdefault(f.attrs["setting"], {}).setdefault(f.attrs["strategy"], {})[int(f.attrs["seed"])] = value

def near(text, value):
    assert abs(float(text) - value) <= 1e-9 * (1 + abs(value)), (text, value)

def holm(p):
    order, running, out = numpy.argsort(p, kind="stable"), 0, [0] * len(p)
    for i, at in enumerate(order):
        running = max(running, (len(p) - i) * p[at])
        out[at] = min(running, 1)
    return out

rows = list(csv.DictReader(open("files/aulc.csv")))
assert len(rows) == 9 and all(None not in r and None not in r.values() and "" not in r.values() for r in rows)
for row in rows:
    a, b = (area[row["setting"]][row[name]] for name in ("strategy", "other"))
    seeds = sorted(set(a) & set(b))
    x = numpy.round([a[s] - b[s] for s in seeds], 6)
    walsh = sorted((x[i] + x[j]) / 2 for i in range(len(x)) for j in range(i + 1))
    ranks = numpy.argsort(numpy.argsort(abs(x))) + 1
    sums = [numpy.dot(signs, ranks) for signs in itertools.product((0, 1), repeat=len(x))]
    w = ranks[x > 0].sum()
    assert int(row["seeds"]) == len(seeds) and int(row["al_rounds"]) == (3 if row["setting"] == "c, d" else 4)
    near(row["mean_difference"], x.mean())
    near(row["sd"], x.std(ddof=1))
    near(row["t"], math.sqrt(len(x)) * x.mean() / x.std(ddof=1))
    near(row["hodges_lehmann"], numpy.median(walsh))
    near(row["hl_low"], x.min()); near(row["hl_high"], x.max()); near(row["hl_coverage"], 1 - 2 / 2 ** len(x))
    near(row["wilcoxon_w"], w)
    near(row["wilcoxon_p"], numpy.mean([abs(2 * s - sum(ranks)) >= abs(2 * w - sum(ranks)) for s in sums]))
    known = (1.959964 + 0.841621) ** 2 * x.var(ddof=1)
    assert known < int(row["needed_seeds"]) <= known + 4, (row["needed_seeds"], known)
for setting in area:
    for p, adjusted in ("p", "p_holm"), ("wilcoxon_p", "wilcoxon_p_holm"):
        mine = [r for r in rows if r["setting"] == setting]
        for row, value in zip(mine, holm([float(r[p]) for r in mine])):
            near(row[adjusted], value)

names = sorted(area["a"])
common = {s: sorted(set.intersection(*(set(area[s][n]) for n in names))) for s in area}
means = numpy.array([[numpy.mean([area[s][n][seed] for seed in common[s]]) for n in names] for s in area])
ranks = dict(zip(names, (means[:, None, :] >= means[:, :, None]).sum(2).mean(0)))
pairs = list(csv.DictReader(open("files/aulc_ranks.csv")))
assert len(pairs) == 3
error = math.sqrt(3 * 4 / (6 * 3))
for row in pairs:
    near(row["mean_rank"], ranks[row["strategy"]]); near(row["other_mean_rank"], ranks[row["other"]])
    near(row["p"], math.erfc(abs(ranks[row["strategy"]] - ranks[row["other"]]) / error / math.sqrt(2)))
    chi2 = 12 * 3 / (3 * 4) * sum((r - 2) ** 2 for r in ranks.values())
    near(row["friedman_chi2"], chi2); near(row["friedman_p"], math.exp(-chi2 / 2))
    near(row["critical_difference"], 3.314493 / math.sqrt(2) * error)
    assert (row["settings"], row["strategies"]) == ("3", "3")
for row, value in zip(pairs, holm([float(r["p"]) for r in pairs])):
    near(row["p_holm"], value)
END
"$PYTHON" check.py || fail "the CSV files are not what the results files say"

# CSV on the terminal: the same rows as the files.
expect 0 "$report" three --aulc --csv
for f in aulc aulc_ranks; do while IFS= read -r line; do has out "$line"; done <files/$f.csv; done

# One setting: no ranks. One seed: no interval, no seeds needed. One strategy: its area. One AL round: no area.
expect 0 "$report" three/b_* --aulc; ! grep -q "Ranks over\|No ranks" out || fail "ranks over one setting"
expect 0 "$report" three/b_logo_s1.h5 three/b_random_s1.h5 --aulc -o one
has out "Mean over the 1 seed that all share"
[ "$(wc -l <one/aulc_ranks.csv)" = 1 ] || fail "ranks over one setting in the file"
[ "$(wc -l <one/aulc.csv)" = 2 ] || fail "not one pair"
expect 0 "$report" three/b_logo* --aulc; has out "Mean over the 4 seeds that all share: logo"
expect 0 "$report" three/a_logo_s1.h5 three/b_random_s1.h5 --aulc; has out "No ranks over settings"
"$PYTHON" - <<'END' || fail "cannot write short results"
import h5py
for name in "logo", "random":
    with h5py.File(f"three/b_{name}_s1.h5") as f, h5py.File(f"short_{name}.h5", "w") as g:
        g.attrs.update(f.attrs)
        g["rounds"] = f["rounds"][:1]
END
expect 0 "$report" short_logo.h5 short_random.h5 --aulc; has out "No order: the strategies share no seed with at least 2 AL rounds."
! grep -q "nan" out || fail "nan in a table"

# No file to write may be one to read.
mkdir own; cp three/b_logo_s1.h5 own/aulc_ranks.csv; expect 2 "$report" own/aulc_ranks.csv --aulc -o own; has err "aulc_ranks.csv"
exit 0
