"""Recompute a job's t-scores, winning rates and penalty matrix from its results files, and compare them with what the
job printed and with fal_report's tables. Independent of the program: definitions of docs/statistics.md, numpy only.

    summary.py [--balanced] PRINTED TABLES RESULTS.h5 ...     (TABLES: folder of fal_report --penalty -o)

With --balanced they are of balanced accuracy, which must be another than accuracy.
"""
import csv
import sys

import h5py
import numpy

THRESHOLD = 2.776
balanced = sys.argv[1] == "--balanced"
printed_file, tables, *files = sys.argv[2 if balanced else 1:]
lines = open(printed_file).read().splitlines()

# ---- from the results files ----
curves = {}
for name in files:
    with h5py.File(name) as f:
        assert f.attrs["status"].decode() == "complete", name
        curve = numpy.nanmean(f["class_accuracy"][()], axis=1) if balanced else f["rounds"]["test_accuracy"]
        curves[f.attrs["strategy"].decode(), int(f.attrs["seed"])] = 100 * curve
        assert not balanced or (abs(curve - f["rounds"]["test_accuracy"]) > 0.01).any(), "both measures are alike"
strategies = sorted({s for s, _ in curves})
seeds = sorted({s for _, s in curves})
rounds = min(len(c) for c in curves.values())
assert len(files) == len(curves) == len(strategies) * len(seeds)


def t_scores(i, j):
    """Definition 1, per AL round."""
    scores = []
    for r in range(rounds):
        x = numpy.round([curves[i, s][r] - curves[j, s][r] for s in seeds], 6)
        if (x == x[0]).all():
            scores.append(0.0 if x[0] == 0 else numpy.copysign(numpy.inf, x[0]))
        else:
            scores.append(numpy.sqrt(len(x)) * x.mean() / x.std(ddof=1))
    return numpy.array(scores)


t = {(i, j): t_scores(i, j) for i in strategies for j in strategies if i != j}
win = {pair: (scores > THRESHOLD).sum() / rounds for pair, scores in t.items()}
penalty = win  # one setting
losses = {j: numpy.mean([penalty[i, j] for i in strategies if i != j]) for j in strategies}
accuracy = {(s, r): numpy.mean([curves[s, seed][r] for seed in seeds]) for s in strategies for r in range(rounds)}


# ---- what was printed ----
def table(heading):
    """Rows of the one table below a heading: {(row, column): number}, NaN for "-"."""
    at = [k for k, line in enumerate(lines) if line.startswith(heading)]
    assert len(at) == 1, f"{len(at)} lines begin with {heading!r}"
    k = at[0] + 1
    while not lines[k].strip():
        k += 1
    columns = lines[k].split()[1:]
    assert set(lines[k + 1]) <= {"-", " "}, "no rule below the head"
    cells = {}
    for line in lines[k + 2:]:
        if not line.strip():
            break
        words = line.split()
        row, values = " ".join(words[: -len(columns)]), words[-len(columns):]
        for column, value in zip(columns, values):
            cells[row, column] = numpy.nan if value == "-" else float(value)
    return cells


def same(what, found, expected, tolerance):
    equal = found == expected or abs(found - expected) <= tolerance
    assert equal, f"{what}: {found}, expected {expected}"


SHOWN = 0.005 + 1e-9  # two digits
winning = table("Winning rates: ")
shown_t = table(f"t-scores in AL round {rounds} ")
matrix = table("Penalty matrix: ")
for i in strategies:
    for j in strategies:
        if i != j:
            same(f"winning rate {i} over {j}", winning[i, j], win[i, j], SHOWN)
            same(f"t-score {i}, {j}", shown_t[i, j], t[i, j][-1], SHOWN)
            same(f"penalty {i} over {j}", matrix[i, j], penalty[i, j], SHOWN)
    same(f"penalty of {i}", matrix["mean, low is good", i], losses[i], SHOWN)
means = {}
for line in lines:  # rows of "AL round  labelled  strategy ...": mean +- deviation per strategy
    words = line.split()
    if len(words) == 3 + 3 * len(strategies) and words[2] == "%":
        means[int(words[0])] = [float(words[3 + 3 * k]) for k in range(len(strategies))]
assert sorted(means) == list(range(1, rounds + 1)), "the accuracy table is not complete"
columns = next(line for line in lines if line.startswith("AL round  labelled")).split()[3:]
for r, row in means.items():
    for strategy, value in zip(columns, row):
        same(f"accuracy of {strategy} in AL round {r}", value, accuracy[strategy, r - 1], SHOWN)

# ---- the files of fal_report, to 12 digits ----
checked = 0
for row in csv.DictReader(open(f"{tables}/t_scores.csv")):
    names = [row[key] for key in row if row[key] in strategies]
    same("t_scores.csv", float(row["t"]), t[names[0], names[1]][int(row["al_round"]) - 1], 1e-9)
    checked += 1
assert checked == rounds * len(strategies) * (len(strategies) - 1) // 2, f"t_scores.csv has {checked} rows"
for row in csv.DictReader(open(f"{tables}/penalty.csv")):
    same("penalty.csv", float(row["penalty"]), penalty[row["winner"], row["loser"]], 1e-11)
column = "balanced_accuracy_percent" if balanced else "accuracy_percent"
for row in csv.DictReader(open(f"{tables}/accuracy.csv")):
    same("accuracy.csv", float(row[column]), accuracy[row["strategy"], int(row["al_round"]) - 1], 1e-9)
beyond = sum((abs(s) > THRESHOLD).sum() for s in t.values())
print(f"{len(files)} files, {rounds} AL rounds, {checked} t-scores, {beyond // 2} beyond the threshold: as printed")
assert any((s != 0).any() for s in t.values()), "all strategies are alike: this checks nothing"
