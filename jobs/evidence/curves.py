"""The learning curves of docs/evidence: a CSV file per part, a row per trial and AL round. tables.py uses it."""
import collections
import csv
import math
import os
import re
import sys

from paired import Paired

# The program's defaults of parameters that the tables name: a setting's name says what differs from them.
DEFAULTS = {"alpha": "0.1", "rho": "1", "lr": "0.01", "batch_size": "64", "fl_rounds": "100", "local_epochs": "5",
            "clients": "10", "model": "cnn4conv"}
COLUMNS = {"labelled": "labelled", "test_accuracy": "accuracy", "test_accuracy_last": "last_accuracy",
           "train_loss": "train_loss", "local_emd_labelled": "local_emd", "global_emd_labelled": "global_emd",
           "m_transport": "m", "round_seconds": "seconds"}  # name in rounds.csv, name here
KEYS = ("setting", "strategy", "seed", "al_round")


def parameter(setting, name):
    """A parameter's value, from the setting's name: DATA_NAME-VALUE_NAME-VALUE..."""
    found = re.search(f"_{name}-([^_]+)", setting)
    return found.group(1) if found else DEFAULTS[name]


def trial_of(row):
    """What tells the trials of a part's curves apart."""
    return row["setting"], row["strategy"], row["seed"]


def rows_of(path):
    """A part's curves as they lie in a file; none where there is no file."""
    return list(csv.DictReader(open(path))) if os.path.exists(path) else []


def print_curves(rounds, old=""):
    """rounds.csv cut to what the tables need, and the rest of `old`."""
    trials = rows_of(os.path.join(os.path.dirname(rounds), "trials.csv"))
    kernels = {trial_of(row): row["kernels"] for row in trials}
    rows = []
    for row in rows_of(rounds):
        numbers = {to: "%.9g" % float(row[c]) if row[c] else "" for c, to in COLUMNS.items()}
        rows.append({**{key: row[key] for key in KEYS}, **numbers, "kernels": kernels[trial_of(row)]})
    new = {trial_of(row) for row in rows}
    rows += [row for row in rows_of(old) if trial_of(row) not in new]
    rows.sort(key=lambda row: (*trial_of(row)[:-1], int(row["seed"]), int(row["al_round"])))
    writer = csv.DictWriter(sys.stdout, [*KEYS, *COLUMNS.values(), "kernels"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def print_seeds_left(curves):
    """Lines "NUMBER STRATEGY SEED ... FILE" from standard input. A curve that lacks AL rounds is not known."""
    lengths = collections.Counter(trial_of(row) for row in rows_of(curves))
    longest = {}
    for (setting, *_), length in lengths.items():
        longest[setting] = max(length, longest.get(setting, 0))
    known, left = {trial for trial, length in lengths.items() if length == longest[trial[0]]}, set()
    for line in sys.stdin:
        _, strategy, seed, rest = line.split(maxsplit=3)
        ending = f"_{strategy.replace(':', '-')}_s{seed}.h5"
        if (os.path.basename(rest.rstrip("\n")).removesuffix(ending), strategy, seed) not in known:
            left.add(int(seed))
    print(*sorted(left))


class Trial:
    """A curve: one list per column, an entry per AL round."""

    def __init__(self):
        self.values = {name: [] for name in COLUMNS.values()}
        self.kernels = ""  # that trained it

    def area(self):
        """Mean accuracy over the labels bought: the trapezium over labels, in per cent; NaN of a single AL round."""
        x, y = self.values["labelled"], self.values["accuracy"]
        if len(x) < 2:
            return math.nan
        steps = range(1, len(x))
        return 100 * sum((x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2 for i in steps) / (x[-1] - x[0])

    def last(self):
        return 100 * self.values["accuracy"][-1]


def read_parts(folder):
    """{part: {setting: {strategy: {seed: Trial}}}}. PART_more.csv holds further rows of PART."""
    parts = {}
    for file in sorted(os.listdir(folder)):
        if not file.endswith(".csv"):
            continue
        part = file[:-4].removesuffix("_more")
        settings = parts.setdefault(part, {})
        for row in rows_of(os.path.join(folder, file)):
            trials = settings.setdefault(row["setting"], {}).setdefault(row["strategy"], {})
            trial = trials.setdefault(int(row["seed"]), Trial())
            assert int(row["al_round"]) == len(trial.values["labelled"]) + 1, f"{file}: AL rounds out of order"
            trial.kernels = row["kernels"]
            for name, column in trial.values.items():
                column.append(float(row[name]) if row[name] else math.nan)
    for part, settings in parts.items():
        for name, setting in settings.items():
            rounds = {f"{s}, seed {seed}": len(t.values["labelled"])
                      for s, trials in setting.items() for seed, t in trials.items()}
            short, long = min(rounds, key=rounds.get), max(rounds, key=rounds.get)
            if rounds[short] < rounds[long]:
                sys.exit(f"{part}: {name}: {short} has {rounds[short]} AL rounds, {long} {rounds[long]}: "
                         "rows are missing; jobs/evidence.sh runs that seed again")
    return parts


def pairs(setting, *strategies):
    """The trials of these strategies, a tuple per seed that all have, trained by the same kernels."""
    trials = [setting.get(s, {}) for s in strategies]
    seeds = sorted(set.intersection(*map(set, trials)))
    return [t for t in (tuple(of[seed] for of in trials) for seed in seeds) if len({x.kernels for x in t}) == 1]


def compare(setting, a, b, measure):
    """a minus b, over their pairs."""
    return Paired([measure(one) - measure(other) for one, other in pairs(setting, a, b)])
