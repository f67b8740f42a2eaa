"""The tables of docs/evidence.md from the committed curves alone; Python 3 and nothing else.

    tables.py FOLDER                  print all tables, as Markdown; FOLDER holds a CSV file per part (docs/evidence)
    tables.py FOLDER --page FILE      write them between the marks of a page
    tables.py FOLDER --check FILE     code 1 if the page has other tables
    tables.py --curves ROUNDS.csv [OLD.csv]
                                      print the curves of a part: those of rounds.csv of fal_report -o, with the
                                      kernels of trials.csv beside it, and of OLD.csv, if there is one, the trials that
                                      rounds.csv does not have
    tables.py --seeds PART.csv        read what fal_hpc --list-trials says, print the seeds that PART.csv does not have

Definitions are those of docs/statistics.md; tests/cli/evidence.sh compares them with what fal_report says of the same
results files. Accuracies are in per cent, differences in percentage points.
"""
import csv
import difflib
import math
import os
import re
import sys

sys.dont_write_bytecode = True  # no __pycache__ among the job files
from paired import Paired, holm, mean_sd

SETTING = {"alpha": "0.1", "rho": "1", "budget": "0.05", "lr": "0.01", "batch_size": "64", "fl_rounds": "100",
           "local_epochs": "5"}  # parameters that parts vary, with the program's defaults
COLUMNS = {"labelled": "labelled", "test_accuracy": "accuracy", "test_accuracy_last": "last_accuracy",
           "train_loss": "train_loss", "local_emd_labelled": "local_emd", "global_emd_labelled": "global_emd",
           "m_transport": "m", "round_seconds": "seconds"}  # name in rounds.csv, name here
CORNERS = [("0.1", "1"), ("inf", "1"), ("0.1", "20"), ("inf", "20")]
DIAGNOSTICS = {"improved-random": "diagnostic", "oracle-balanced": "diagnostic, sees labels"}
# float32 values of cnn4conv, which every client gets and sends in every FL round
MODEL_VALUES = {"cifar10part": 116170, "fashion20k": 113098}
CLIENTS = 10
SELECTORS = ("entropy:global", "entropy:local")
THRESHOLD = 2.776  # of a t-score that counts as a win, in the paper


# ---- curves ----
def setting_of(name):
    """The parameters in SETTING's order, from a setting's or a results file's name."""
    found = {key: re.search(f"_{key}-([^_]+)", name) for key in SETTING}
    return [found[key].group(1) if found[key] else default for key, default in SETTING.items()]


def trial_of(row):
    """What tells the trials of a part's curves apart."""
    return tuple(row[key] for key in (*SETTING, "strategy", "seed"))


def rows_of(path):
    """A part's curves as they lie in a file; none where there is no file."""
    return list(csv.DictReader(open(path))) if os.path.exists(path) else []


def print_curves(rounds, old=""):
    """rounds.csv cut to what the tables need, in which the setting's name becomes columns, and the rest of `old`."""
    def key_of(row):
        return row["setting"], row["strategy"], row["seed"]

    kernels = {key_of(row): row["kernels"] for row in rows_of(os.path.join(os.path.dirname(rounds), "trials.csv"))}
    rows = []
    for row in csv.DictReader(open(rounds)):
        name = row["setting"]
        numbers = {to: "%.9g" % float(row[c]) if row[c] else "" for c, to in COLUMNS.items()}
        rows.append({"data": name.split("_")[0], **dict(zip(SETTING, setting_of(name))),
                     **{key: row[key] for key in ("strategy", "seed", "al_round")}, **numbers,
                     "kernels": kernels[key_of(row)]})
    new = {trial_of(row) for row in rows}
    rows += [row for row in rows_of(old) if trial_of(row) not in new]
    rows.sort(key=lambda row: (*trial_of(row)[:-1], int(row["seed"]), int(row["al_round"])))
    writer = csv.DictWriter(sys.stdout, ["data", *SETTING, "strategy", "seed", "al_round", *COLUMNS.values(),
                                         "kernels"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def print_seeds_left(curves):
    """Lines "NUMBER STRATEGY SEED ... FILE" from standard input."""
    known, left = {trial_of(row) for row in rows_of(curves)}, set()
    for line in sys.stdin:
        _, strategy, seed, *_, file = line.split()
        if (*setting_of(os.path.basename(file)), strategy, seed) not in known:
            left.add(int(seed))
    print(*sorted(left))


class Trial:
    """A curve: one list per column, an entry per AL round."""

    def __init__(self):
        self.values = {name: [] for name in COLUMNS.values()}
        self.kernels = ""  # that trained it

    def area(self):
        """Mean accuracy over the labels bought: the trapezium over labels, in per cent."""
        x, y = self.values["labelled"], self.values["accuracy"]
        steps = range(1, len(x))
        return 100 * sum((x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2 for i in steps) / (x[-1] - x[0])

    def last(self):
        return 100 * self.values["accuracy"][-1]


def read_parts(folder):
    """{part: {(setting as in SETTING's order): {strategy: {seed: Trial}}}}, and the data set of each part.

    PART_more.csv holds further rows of PART."""
    parts, data = {}, {}
    for file in sorted(os.listdir(folder)):
        if not file.endswith(".csv"):
            continue
        part = file[:-4].removesuffix("_more")
        settings = parts.setdefault(part, {})
        for row in csv.DictReader(open(os.path.join(folder, file))):
            data[part] = row["data"]
            trials = settings.setdefault(tuple(row[key] for key in SETTING), {}).setdefault(row["strategy"], {})
            trial = trials.setdefault(int(row["seed"]), Trial())
            assert int(row["al_round"]) == len(trial.values["labelled"]) + 1, f"{file}: AL rounds out of order"
            trial.kernels = row["kernels"]
            for name, column in trial.values.items():
                column.append(float(row[name]) if row[name] else math.nan)
    return parts, data


def compare(setting, a, b, measure):
    """a minus b over the seeds that both have."""
    ones, others = setting.get(a, {}), setting.get(b, {})
    return Paired([measure(ones[s]) - measure(others[s]) for s in sorted(set(ones) & set(others))])


def by_area(setting):
    """Strategies, the largest mean area first."""
    return sorted(setting, key=lambda s: -mean_sd([t.area() for t in setting[s].values()])[0])


# ---- words ----
def number(value, digits=2):
    if value is None or math.isnan(value):
        return "-"
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def interval(test, digits=2):
    return "-" if math.isnan(test.low) else f"{number(test.low, digits)} to {number(test.high, digits)}"


def small(p):
    return "-" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def verdict(test, p, more, less):
    """What can be said at 5 %."""
    if math.isnan(p):
        return "too few seeds"
    return "no difference can be seen" if p >= 0.05 else more if test.mean > 0 else less


def table(heads, rows):
    if not rows:
        return ["Not run yet."]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    return lines + [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]


# ---- the tables ----
class Evidence:
    def __init__(self, folder):
        self.parts, self.data = read_parts(folder)

    def corners(self, prefixes=("cifar10_", "fashion_")):
        """(label, data, setting) of the compared corners, in the paper's order."""
        for prefix in prefixes:
            for alpha, rho in CORNERS:
                part = f"{prefix}alpha{alpha}_rho{rho}"
                for setting in self.parts.get(part, {}).values():
                    yield f"{prefix[:-1]}, {alpha}, {rho}", self.data[part], setting

    def answers(self):
        """The claims one by one, on CIFAR-10: a minus b by area, unadjusted."""
        claims = [("Obs. 2: L leads G", "0.1", "1", "entropy:local", "entropy:global"),
                  ("Obs. 3: G leads L", "inf", "20", "entropy:global", "entropy:local"),
                  ("Obs. 3: G leads L", "0.1", "20", "entropy:global", "entropy:local"),
                  ("Figure 2: G leads L", "inf", "1", "entropy:global", "entropy:local")]
        for alpha, rho in CORNERS:
            claims += [("LoGo leads random", alpha, rho, "logo", "random"),
                       ("LoGo leads G", alpha, rho, "logo", "entropy:global"),
                       ("LoGo leads L", alpha, rho, "logo", "entropy:local"),
                       ("Table 4: LoGo leads the ensemble", alpha, rho, "logo", "ensemble-logit:entropy"),
                       ("LoGo leads improved random", alpha, rho, "logo", "improved-random"),
                       ("Improved random leads random", alpha, rho, "improved-random", "random")]
        out = []
        for claim, alpha, rho, a, b in claims:
            for setting in self.parts.get(f"cifar10_alpha{alpha}_rho{rho}", {}).values():
                test = compare(setting, a, b, Trial.area)
                if test.n:
                    out.append([claim, f"{alpha}, {rho}", test.n, number(test.mean), interval(test), small(test.p),
                                test.needed or "-", verdict(test, test.p, "yes", "no: the reverse")])
        return table(["claim", "alpha, rho", "n", "points of area", "95 %", "p", "needs", "seen?"], out)

    def rows(self):
        """What was run: seeds, the kernels that trained, accuracy in the last AL round, area."""
        out = []
        for label, _, setting in self.corners():
            for strategy in by_area(setting):
                trials = setting[strategy].values()
                area, last = mean_sd([t.area() for t in trials]), mean_sd([t.last() for t in trials])
                note = f" ({DIAGNOSTICS[strategy]})" if strategy in DIAGNOSTICS else ""
                names = [t.kernels for t in trials]
                by = ", ".join(f"{name} {names.count(name)}" for name in sorted(set(names)))
                out.append([label, strategy + note, len(trials), by, f"{number(last[0])} +- {number(last[1])}",
                            f"{number(area[0])} +- {number(area[1])}"])
        return table(["data, alpha, rho", "strategy", "n", "kernels", "last AL round", "area"], out)

    def selector(self):
        """Figure 2, Obs. 1 to 3: entropy:global minus entropy:local."""
        out = []
        for label, _, setting in self.corners():
            test = compare(setting, *SELECTORS, Trial.area)
            last = compare(setting, *SELECTORS, Trial.last)
            if test.n:
                out.append([label, test.n, number(test.mean), interval(test), small(test.p),
                            f"{number(last.mean)} ({interval(last)})", self.gap(setting), test.needed or "-",
                            verdict(test, test.p, "G", "L")])
        return table(["data, alpha, rho", "n", "G - L, area", "95 %", "p", "last AL round (95 %)", "gap", "needs", "wins"], out)

    @staticmethod
    def gap(setting):
        """Winning rate of G over L minus the reverse, over the AL rounds that can be won."""
        rounds = min(len(t.values["accuracy"]) for s in SELECTORS for t in setting[s].values())
        scores = [compare(setting, *SELECTORS, lambda t: 100 * t.values["accuracy"][r]).t
                  for r in range(1, rounds)]
        if any(math.isnan(t) for t in scores):
            return "-"
        return f"{sum((t > THRESHOLD) - (t < -THRESHOLD) for t in scores)}/{len(scores)}"

    def against(self, reference):
        """The other strategies against one: reference minus the other, Holm over the rows of a corner."""
        out = []
        for label, _, setting in self.corners():
            others = [s for s in sorted(setting) if s != reference and reference in setting]
            tests = [compare(setting, reference, s, Trial.area) for s in others]
            for other, test, p in zip(others, tests, holm([t.p for t in tests])):
                if test.n:
                    out.append([label, other, test.n, number(test.mean), interval(test), small(test.p), small(p),
                                test.needed or "-", verdict(test, p, f"{reference} ahead", f"{reference} behind")])
        heads = ["data, alpha, rho", f"{reference} minus", "n", "area", "95 %", "p", "Holm", "needs", "verdict"]
        return table(heads, out)

    def emd(self):
        """Table 2: class distance from uniform of the labelled images, at 10 % rounds."""
        out = []
        for setting_key, setting in sorted(self.parts.get("table2", {}).items()):
            alpha, rho = setting_key[:2]
            for name, words in (("local_emd", "local"), ("global_emd", "global")):
                rounds = min(len(t.values[name]) for trials in setting.values() for t in trials.values())
                for r in range(1, rounds):
                    test = compare(setting, *SELECTORS, lambda t: t.values[name][r])
                    means = [mean_sd([t.values[name][r] for t in setting[s].values()])[0] for s in SELECTORS if test.n]
                    if test.n:
                        out.append([f"{alpha}, {rho}", words, r + 1, test.n, *(number(m, 3) for m in means),
                                    number(test.mean, 3), interval(test, 3), small(test.p),
                                    verdict(test, test.p, "L", "G")])
        return table(["alpha, rho", "EMD", "AL round", "n", "G", "L", "G - L", "95 %", "p", "lower"], out)

    def transport(self):
        """Remark 2: M of a strategy minus M of logo, mean over the AL rounds with a query."""
        def m(trial):
            values = [v for v in trial.values["m"] if not math.isnan(v)]
            return sum(values) / len(values) if values else math.nan

        out = []
        for label, _, setting in self.corners():
            for strategy in sorted(setting):
                own = [m(t) for t in setting[strategy].values() if not math.isnan(m(t))]
                if own and strategy != "logo" and "logo" in setting:
                    test = compare(setting, strategy, "logo", m)
                    logo = mean_sd([m(t) for t in setting["logo"].values()])[0]
                    out.append([label, strategy, test.n, number(mean_sd(own)[0]), number(logo), number(test.mean),
                                interval(test), small(test.p), verdict(test, test.p, "logo lower", "logo higher")])
        return table(["data, alpha, rho", "strategy", "n", "M", "M of logo", "difference", "95 %", "p", "verdict"], out)

    def cost(self):
        """Seconds of one core and bytes between clients and server, of a trial and for a point beyond AL round 1."""
        out = []
        for label, data, setting in self.corners():
            keys = [k for part in self.parts.values() for k, s in part.items() if s is setting][0]
            fl_rounds = float(keys[list(SETTING).index("fl_rounds")])
            mb_round = 2 * 4 * MODEL_VALUES.get(data, math.nan) * CLIENTS * fl_rounds / 1e6
            for strategy, trials in sorted(setting.items()):
                later = [sum(t.values["seconds"][1:]) for t in trials.values()]
                gained = [t.last() - 100 * t.values["accuracy"][0] for t in trials.values()]
                points = sum(gained) / len(gained)
                rounds = len(next(iter(trials.values())).values["seconds"]) - 1
                seconds, megabytes = sorted(later)[len(later) // 2], mb_round * rounds
                costs = [c / points if points > 0 else math.nan for c in (seconds, megabytes)]
                out.append([label, strategy, len(trials), number(points), number(seconds, 0), number(megabytes, 0),
                            *(number(c, 1) for c in costs)])
        return table(["data, alpha, rho", "strategy", "n", "points gained", "seconds", "MB", "s per point", "MB per point"], out)

    def search(self):
        """How training was chosen: random alone, seeds that are not reported. "Moves" is the last FL round's accuracy
        minus the mean of the last five, which is what a trial counts."""
        out = []
        for part in sorted(p for p in self.parts if p.startswith("search_")):
            for key, setting in sorted(self.parts[part].items(), key=lambda s: list(map(float, s[0]))):
                s, trials = dict(zip(SETTING, key)), setting["random"].values()
                by_round = [100 * mean_sd(r)[0] for r in zip(*[t.values["accuracy"] for t in trials])]
                last = [100 * mean_sd(r)[0] for r in zip(*[t.values["last_accuracy"] for t in trials])]
                loss = mean_sd([t.values["train_loss"][-1] for t in trials])[0]
                out.append([part[len("search_"):], f"{s['alpha']}, {s['rho']}",
                            f"{s['fl_rounds']} x {s['local_epochs']}", s["batch_size"], s["lr"], len(trials),
                            ", ".join(number(a, 1) for a in by_round),
                            ", ".join(number(l - a, 1) for l, a in zip(last, by_round)), number(loss)])
        heads = ["data", "alpha, rho", "FL rounds x epochs", "batch", "lr", "n", "accuracy, AL rounds 1, 2", "moves"]
        return table([*heads, "loss"], out)

    def pick(self):
        """The new strategies on search seeds: area minus that of random."""
        out = []
        for key, setting in sorted(self.parts.get("pick", {}).items()):
            for strategy in by_area(setting):
                test = compare(setting, strategy, "random", Trial.area)
                against = ["-", "-"] if strategy == "random" else [number(test.mean), interval(test)]
                areas = [t.area() for t in setting[strategy].values()]
                out.append([f"{key[0]}, {key[1]}", strategy, len(areas), number(mean_sd(areas)[0]), *against])
        return table(["alpha, rho", "strategy", "n", "area", "minus random", "95 %"], out)

    def all(self):
        return {"answers": self.answers(), "search": self.search(), "pick": self.pick(), "rows": self.rows(),
                "selector": self.selector(), "logo": self.against("logo"),
                "improved-random": self.against("improved-random"), "emd": self.emd(),
                "transport": self.transport(), "cost": self.cost()}


# ---- the page ----
def filled(page, tables):
    """The page's text with the tables between their marks."""
    for name, lines in tables.items():
        marks = re.compile(f"(<!-- table {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        assert len(marks.findall(page)) == 1, f"the page has not exactly one table {name}"
        page = marks.sub(lambda m: m.group(1) + "\n" + "\n".join(lines) + "\n\n" + m.group(2), page)
    return page


def main(words):
    if len(words) in (2, 3) and words[0] == "--curves":
        print_curves(*words[1:])
    elif len(words) == 2 and words[0] == "--seeds":
        print_seeds_left(words[1])
    elif len(words) == 1 and not words[0].startswith("-"):
        for name, lines in Evidence(words[0]).all().items():
            print(f"{name}\n\n" + "\n".join(lines) + "\n")
    elif len(words) == 3 and words[1] in ("--page", "--check"):
        before = open(words[2]).read()
        after = filled(before, Evidence(words[0]).all())
        if words[1] == "--page":
            open(words[2], "w").write(after)
        elif before != after:
            texts = [text.splitlines(True) for text in (before, after)]
            sys.stdout.writelines(difflib.unified_diff(*texts, words[2], "tables"))
            return 1
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
