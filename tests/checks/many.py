"""Recompute from results files what the tables of fal_report say about many settings, and compare: means over seeds,
class diversity, balanced accuracy, t-scores, winning rates, the penalty matrix. Independent of the program: definitions
of docs/statistics.md, numpy only.

    many.py [--balanced] [--student] TABLES FOLDER        (TABLES: folder of fal_report -o)
"""
import csv
import glob
import sys

import h5py
import numpy

balanced, student = "--balanced" in sys.argv, "--student" in sys.argv
tables, folder = [a for a in sys.argv[1:] if not a.startswith("--")]
STUDENT = {2: 12.7062047364, 3: 4.30265272991, 4: 3.18244630528, 5: 2.7764451052}
curves, rounds_of, counts = {}, {}, {}
for path in glob.glob(f"{folder}/*.h5"):
    with h5py.File(path) as f:
        key = f.attrs["setting"], f.attrs["strategy"], int(f.attrs["seed"])
        curves[key] = 100 * (numpy.nanmean(f["class_accuracy"][()], 1) if balanced else f["rounds"]["test_accuracy"])
        rounds_of[key], counts[key] = f["rounds"][()], f["labelled_counts"][()]
settings, strategies, seeds = (sorted({k[i] for k in curves}) for i in range(3))
rounds = len(next(iter(curves.values())))
assert len(curves) == len(settings) * len(strategies) * len(seeds), "trials are missing"
value = numpy.array([[[curves[k, s, seed] for seed in seeds] for s in strategies] for k in settings])
checked = 0


def near(what, found, expected):
    global checked
    checked += 1
    found = float(found) if found != "" else numpy.nan
    same = found == expected or abs(found - expected) <= 1e-9 * (1 + abs(expected))
    assert same or (numpy.isnan(found) and numpy.isnan(expected)), f"{what}: {found}, expected {expected}"


def read(name):
    return list(csv.DictReader(open(f"{tables}/{name}.csv", newline="")))


# ---- Definition 1, Equations 5 and 6, the penalty matrix ----
x = numpy.round(value[:, :, None] - value[:, None], 6)  # [setting, i, j, seed, round]
alike = (x == x[:, :, :, :1]).all(3)
with numpy.errstate(divide="ignore", invalid="ignore"):
    t = numpy.sqrt(len(seeds)) * x.mean(3) / x.std(3, ddof=1)
first = x[:, :, :, 0]
t = numpy.where(alike, numpy.where(first == 0, 0, numpy.copysign(numpy.inf, first)), t)
win = (t > (STUDENT[len(seeds)] if student else 2.776)).mean(3)
penalty = win.sum(0)

at = {name: i for i, name in enumerate(strategies)}
of = {name: i for i, name in enumerate(settings)}
rows = read("penalty")
assert len(rows) == len(strategies) * (len(strategies) - 1)
for row in rows:
    near("penalty", row["penalty"], penalty[at[row["winner"]], at[row["loser"]]])
    assert int(row["settings"]) == len(settings)
for row in read("penalty_mean"):
    j = at[row["strategy"]]
    near("penalty_mean", row["penalty"], numpy.delete(penalty[:, j], j).mean())
rows = read("winning_rate")
assert len(rows) == len(settings) * len(strategies) * (len(strategies) - 1)
for row in rows:
    k, i, j = of[row["setting"]], at[row["winner"]], at[row["loser"]]
    near("winning rate", row["winning_rate"], win[k, i, j])
    assert int(row["won"]) == round(win[k, i, j] * rounds) and int(row["lost"]) == round(win[k, j, i] * rounds)
rows = read("t_scores")
assert len(rows) == len(settings) * len(strategies) * (len(strategies) - 1) // 2 * rounds
for row in rows:
    near("t", row["t"], t[of[row["setting"]], at[row["strategy"]], at[row["other"]], int(row["al_round"]) - 1])

# ---- means over seeds ----
rows = read("accuracy")
assert len(rows) == len(settings) * len(strategies) * rounds
for row in rows:
    own = value[of[row["setting"]], at[row["strategy"]], :, int(row["al_round"]) - 1]
    near("accuracy", row["balanced_accuracy_percent" if balanced else "accuracy_percent"], own.mean())
    near("deviation", row["sd_percent"], own.std(ddof=1))
    near("interval", row["ci_high"], own.mean() + STUDENT[len(seeds)] * own.std(ddof=1) / numpy.sqrt(len(seeds)))


def emd(labelled):
    """Distance from uniform: half the sum of differences."""
    return abs(labelled / labelled.sum(-1, keepdims=True) - 1 / labelled.shape[-1]).sum(-1) / 2


rows = read("diversity")
assert len(rows) == len(settings) * len(strategies) * rounds
for row in rows:
    keys, r = [(row["setting"], row["strategy"], s) for s in seeds], int(row["al_round"]) - 1
    near("local EMD", row["local_emd_labelled"], numpy.mean([emd(counts[k][r]).mean() for k in keys]))
    near("global EMD", row["global_emd_labelled"], numpy.mean([emd(counts[k][r].sum(0)) for k in keys]))
    for column, name in ("m_transport", "m_transport"), ("local_emd_query", "local_emd_query"):
        near(column, row[column], numpy.mean([rounds_of[k][name][r] for k in keys]))

# ---- areas ----
def area(key):
    share = rounds_of[key]["labelled_share"]
    return ((curves[key][1:] + curves[key][:-1]) / 2 * numpy.diff(share)).sum() / (share[-1] - share[0])


areas = {key: area(key) for key in curves}
for row in read("aulc"):
    both = numpy.round([areas[row["setting"], row["strategy"], s] - areas[row["setting"], row["other"], s] for s in seeds], 6)
    near("area", row["mean_difference"], numpy.mean(both))
    near("area's deviation", row["sd"], numpy.std(both, ddof=1))
print(f"{len(curves)} files, {checked} numbers as computed here; winning rates above 0: {(win > 0).sum()}")
assert (win > 0).any() and (penalty < len(settings)).any(), "all strategies are alike: this checks nothing"
