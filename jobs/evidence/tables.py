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
import difflib
import math
import re
import sys

sys.dont_write_bytecode = True  # no __pycache__ among the job files
from curves import Trial, compare, pairs, parameter, print_curves, print_seeds_left, read_parts
from paired import Paired, Welch, holm, mean_sd

DATA = ("cifar10", "fashion")
CORNERS = [("0.1", "1"), ("inf", "1"), ("0.1", "20"), ("inf", "20")]
DIAGNOSTICS = {"improved-random": "d", "oracle-balanced": "d, l"}
# float32 values of a model, which every client gets and sends in every FL round
MODEL_VALUES = {"cifar10part cnn4conv": 116170, "fashion20k cnn4conv": 113098}
SELECTORS = ("entropy:global", "entropy:local")
REFERENCES = ("logo", "improved-random", "random")  # what the others are compared with, each pair once
# The edges of the square of corners: what an observation says, the corner where G should gain, the corner where L.
EDGES = [("Obs. 2: L gains as clients differ", ("inf", "1"), ("0.1", "1")),
         ("Obs. 2: L gains as clients differ", ("inf", "20"), ("0.1", "20")),
         ("Obs. 3: G gains as classes differ", ("0.1", "20"), ("0.1", "1")),
         ("Obs. 3: G gains as classes differ", ("inf", "20"), ("inf", "1"))]
THRESHOLD = 2.776  # of a t-score that counts as a win, in the paper


def by_area(setting):
    """Strategies, the largest mean area first: over the seeds that all have, or over their own if there is none."""
    common = pairs(setting, *setting)
    areas = {s: [t[i].area() for t in common] or [t.area() for t in setting[s].values()] for i, s in enumerate(setting)}
    return sorted(setting, key=lambda s: -mean_sd(areas[s])[0])


# ---- words ----
def number(value, digits=2):
    if value is None or math.isnan(value):
        return "-"
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def interval(test, digits=2):
    return "-" if math.isnan(test.low) else f"{number(test.low, digits)} to {number(test.high, digits)}"


def small(p):
    return "-" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.4f}" if abs(p - 0.05) < 5e-4 else f"{p:.3f}"


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


def adjusted(tests):
    """[(cells, test), ...] of one question: those with any seed, with p after Holm's adjustment over them."""
    tests = [(cells, test) for cells, test in tests if test.n]
    return [(cells, test, p) for (cells, test), p in zip(tests, holm([test.p for _, test in tests]))]


def judged(heads, what, rows, more, less, verdicts="verdict", rest=(), digits=2, needs=True):
    """A table of tests with their verdicts, by the adjusted p; `rest`: (head, cells) of further columns; needs: say how
    many seeds a difference of 1 needs."""
    lines = []
    for i, (cells, test, p) in enumerate(rows):
        lines.append([*cells, test.n, number(test.mean, digits), interval(test, digits), small(p),
                      *(column[i] for _, column in rest), *([test.needed or "-"] if needs else []),
                      verdict(test, p, more, less)])
    return table([*heads, "n", what, "95 %", "p", *(head for head, _ in rest),
                  *(["needs"] if needs else []), verdicts], lines)


# ---- the tables ----
class Evidence:
    def __init__(self, folder):
        self.parts = read_parts(folder)

    def corner(self, data, alpha, rho):
        """The one setting of a corner's part, as {name: trials}; empty if it has not been run."""
        part = f"{data}_alpha{alpha}_rho{rho}"
        found = self.parts.get(part, {})
        if len(found) > 1 or any((parameter(s, "alpha"), parameter(s, "rho")) != (alpha, rho) for s in found):
            sys.exit(f"{part}.csv: must hold one setting, of alpha {alpha} and rho {rho}, but has {', '.join(found)}")
        return found

    def corners(self):
        """(label, setting's name, setting) of the compared corners, in the paper's order."""
        for data in DATA:
            for alpha, rho in CORNERS:
                for name, setting in self.corner(data, alpha, rho).items():
                    yield f"{data}, {alpha}, {rho}", name, setting

    def g_or_l(self, data):
        """Figure 2, Obs. 1 to 3: entropy:global minus entropy:local; Holm over the corners of a data set."""
        return adjusted([((data, alpha, rho), compare(setting, *SELECTORS, Trial.area))
                         for alpha, rho in CORNERS for setting in self.corner(data, alpha, rho).values()])

    @staticmethod
    def leads(setting, reference):
        """The other strategies against one: reference minus the other; Holm over the rows of a corner. A pair is judged
        once, so those that come before in REFERENCES are left out."""
        judged_before = REFERENCES[:REFERENCES.index(reference) + 1]
        others = [s for s in sorted(setting) if s not in judged_before and reference in setting]
        return adjusted([(other, compare(setting, reference, other, Trial.area)) for other in others])

    def answers(self):
        """The claims one by one, on CIFAR-10, as the tables further down have them."""
        claims = {"random": "LoGo leads random", "entropy:global": "LoGo leads G", "entropy:local": "LoGo leads L",
                  "ensemble-logit:entropy": "Table 4: LoGo leads the ensemble",
                  "improved-random": "LoGo leads improved random"}
        rows = []
        for (_, alpha, rho), test, p in self.g_or_l("cifar10"):
            if (alpha, rho) == ("0.1", "1"):
                rows.append((["Obs. 2: L leads G", f"{alpha}, {rho}"], test.reversed(), p))
            else:
                of = "Obs. 3" if rho == "20" else "Figure 2"
                rows.append(([f"{of}: G leads L", f"{alpha}, {rho}"], test, p))
        for alpha, rho in CORNERS:
            for setting in self.corner("cifar10", alpha, rho).values():
                found = {other: (test, p) for other, test, p in self.leads(setting, "logo")}
                rows += [([claim, f"{alpha}, {rho}"], *found[s]) for s, claim in claims.items() if s in found]
                rows += [(["Improved random leads random", f"{alpha}, {rho}"], test, p)
                         for other, test, p in self.leads(setting, "improved-random") if other == "random"]
        return judged(["claim", "alpha, rho"], "points of area", rows, "yes", "no: the reverse", "seen?")

    def rows(self):
        """What was run: seeds, the kernels that trained, accuracy in the last AL round, area; area once more over the
        seeds that all rows have, which alone is for comparing rows; training loss in the first and last AL round."""
        out = []
        for label, _, setting in self.corners():
            common = pairs(setting, *setting)
            for strategy in by_area(setting):
                trials = setting[strategy].values()
                area, last = mean_sd([t.area() for t in trials]), mean_sd([t.last() for t in trials])
                paired = mean_sd([t[list(setting).index(strategy)].area() for t in common])[0] if common else math.nan
                note = f" ({DIAGNOSTICS[strategy]})" if strategy in DIAGNOSTICS else ""
                names = [t.kernels for t in trials]
                by = ", ".join(f"{name} {names.count(name)}" for name in sorted(set(names)))
                losses = [mean_sd([t.values["train_loss"][r] for t in trials])[0] for r in (0, -1)]
                out.append([label, strategy + note, len(trials), by, f"{number(last[0])} +- {number(last[1])}",
                            f"{number(area[0])} +- {number(area[1])}", f"{number(paired)} ({len(common)})",
                            ", ".join(map(number, losses))])
        heads = ["data, alpha, rho", "strategy", "n", "kernels", "last AL round", "area", "common seeds", "loss"]
        return table(heads, out)

    def selector(self):
        """G or L, with the last AL round and the paper's gap beside the area."""
        rows, last, gap = [], [], []
        for data in DATA:
            for key, test, p in self.g_or_l(data):
                (setting,) = self.corner(*key).values()
                end = compare(setting, *SELECTORS, Trial.last)
                rows.append(([", ".join(key)], test, p))
                last.append(f"{number(end.mean)} ({interval(end)})")
                gap.append(self.gap(setting))
        return judged(["data, alpha, rho"], "G - L, area", rows, "G", "L", "wins",
                      [("last AL round (95 %)", last), ("gap", gap)])

    def edges(self):
        """Does the gap between G and L depend on alpha and rho? Differences of the gaps at two corners, whose seeds are
        taken as independent: they deal other images."""
        tests = []
        for data in DATA:
            for claim, *corners in EDGES:
                gaps = [[g.area() - l.area() for g, l in pairs(setting, *SELECTORS)]
                        for corner in corners for setting in self.corner(data, *corner).values()]
                if len(gaps) == 2:
                    tests.append(([claim, data, " minus ".join(", ".join(c) for c in corners)], Welch(*gaps)))
        return judged(["claim", "data", "gap at alpha, rho"], "G - L", adjusted(tests), "yes", "no: the reverse",
                      "seen?", needs=False)

    def longer(self):
        """G and L with twice the FL rounds, beside the reported trials of the same seeds."""
        out, gaps = [], []
        long, short = self.parts.get("longer_alpha0.1_rho1", {}), self.corner("cifar10", "0.1", "1")
        seeds = set.intersection(*(set(trials) for s in long.values() for trials in s.values())) if long else set()
        for name, setting in [*short.items(), *long.items()] if seeds else []:
            setting = {s: {seed: setting[s][seed] for seed in seeds & set(setting[s])} for s in SELECTORS}
            found = pairs(setting, *SELECTORS)
            gaps.append([g.area() - l.area() for g, l in found])
            losses = [number(mean_sd([t[i].values["train_loss"][-1] for t in found])[0]) for i in (0, 1)]
            areas = [number(mean_sd([t[i].area() for t in found])[0]) for i in (0, 1)]
            test, end = (compare(setting, *SELECTORS, measure) for measure in (Trial.area, Trial.last))
            out.append([parameter(name, "fl_rounds"), test.n, *areas, number(test.mean), interval(test),
                        f"{number(end.mean)} ({interval(end)})", *losses])
        if len(gaps) == 2 and len(gaps[0]) == len(gaps[1]):
            change = Paired([after - before for before, after in zip(*gaps)])
            out.append(["change", change.n, "", "", number(change.mean), interval(change), "", "", ""])
        heads = ["FL rounds", "n", "G, area", "L, area", "G - L", "95 %", "last AL round (95 %)", "loss of G", "of L"]
        return table(heads, out)

    @staticmethod
    def gap(setting):
        """Winning rate of G over L minus the reverse, over the AL rounds that can be won."""
        rounds = len(pairs(setting, *SELECTORS)[0][0].values["accuracy"])
        scores = [compare(setting, *SELECTORS, lambda t: 100 * t.values["accuracy"][r]).t
                  for r in range(1, rounds)]
        if any(math.isnan(t) for t in scores):
            return "-"
        return f"{sum((t > THRESHOLD) - (t < -THRESHOLD) for t in scores)}/{len(scores)}"

    def against(self, reference):
        """The other strategies against one."""
        rows = [([label, other], test, p) for label, _, setting in self.corners()
                for other, test, p in self.leads(setting, reference)]
        return judged(["data, alpha, rho", f"{reference} minus"], "area", rows, f"{reference} ahead",
                      f"{reference} behind")

    def emd(self):
        """Table 2: class distance from uniform of the labelled images, at 10 % rounds."""
        tests = []
        for name, setting in sorted(self.parts.get("table2", {}).items()):
            found = pairs(setting, *SELECTORS)
            for column, words in (("local_emd", "local"), ("global_emd", "global")):
                for r in range(1, len(found[0][0].values[column]) if found else 0):
                    means = [mean_sd([t[i].values[column][r] for t in found])[0] for i in (0, 1)]
                    test = compare(setting, *SELECTORS, lambda t: t.values[column][r])
                    tests.append(([f"{parameter(name, 'alpha')}, {parameter(name, 'rho')}", words, r + 1,
                                   *(number(m, 3) for m in means)], test))
        return judged(["alpha, rho", "EMD", "AL round", "G", "L"], "G - L", adjusted(tests), "L", "G", "lower",
                      digits=3, needs=False)

    def transport(self):
        """Remark 2: M of a strategy minus M of logo, mean over the AL rounds with a query."""
        def m(trial):
            values = [v for v in trial.values["m"] if not math.isnan(v)]
            return sum(values) / len(values) if values else math.nan

        tests = []
        for label, _, setting in self.corners():
            for strategy in (s for s in sorted(setting) if s != "logo"):
                both = [(m(a), m(b)) for a, b in pairs(setting, strategy, "logo")]
                both = [x for x in both if not math.isnan(x[0] + x[1])]
                if both:
                    means = [number(mean_sd([x[i] for x in both])[0]) for i in (0, 1)]
                    tests.append(([label, strategy, *means], Paired([x[0] - x[1] for x in both])))
        return judged(["data, alpha, rho", "strategy", "M", "M of logo"], "difference", adjusted(tests), "logo lower",
                      "logo higher", needs=False)

    def cost(self):
        """Seconds of one core and bytes between clients and server, of a trial and for a point beyond AL round 1; over
        the seeds that all rows have of one kind of kernels, the one with the most. Seconds are the least of each AL
        round: seeds have equal work, and what else the machine did made it only longer."""
        out = []
        for label, name, setting in self.corners():
            common = pairs(setting, *setting)
            by = [t[0].kernels for t in common]
            kernels = max(sorted(set(by)), key=by.count, default=None)
            common = [t for t in common if t[0].kernels == kernels]
            sent = MODEL_VALUES.get(name.split("_")[0] + " " + parameter(name, "model"), math.nan)
            mb_round = 2 * 4 * sent * float(parameter(name, "clients")) * float(parameter(name, "fl_rounds")) / 1e6
            for i, strategy in sorted(enumerate(setting), key=lambda s: s[1]):
                trials = [t[i] for t in common]
                if not trials:
                    continue
                seconds = sum(min(taken) for taken in list(zip(*[t.values["seconds"] for t in trials]))[1:])
                points = mean_sd([t.last() - 100 * t.values["accuracy"][0] for t in trials])[0]
                megabytes = mb_round * (len(trials[0].values["seconds"]) - 1)
                costs = [c / points if points > 0 else math.nan for c in (seconds, megabytes)]
                out.append([label, strategy, len(trials), kernels, number(points), number(seconds, 0),
                            number(megabytes, 0), *(number(c, 1) for c in costs)])
        heads = ["data, alpha, rho", "strategy", "n", "kernels", "points gained", "seconds", "MB"]
        return table([*heads, "s per point", "MB per point"], out)

    def search(self):
        """How training was chosen: random alone, seeds that are not reported. "Moves" is the last FL round's accuracy
        minus the mean of the last five, which is what a trial counts."""
        out = []
        for part in sorted(p for p in self.parts if p.startswith("search_")):
            order = ("alpha", "rho", "lr", "batch_size", "fl_rounds", "local_epochs")
            settings = self.parts[part].items()
            for name, setting in sorted(settings, key=lambda s: [float(parameter(s[0], p)) for p in order]):
                s, trials = {p: parameter(name, p) for p in order}, setting["random"].values()
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
        for name, setting in sorted(self.parts.get("pick", {}).items()):
            for strategy in by_area(setting):
                test = compare(setting, strategy, "random", Trial.area)
                against = ["-", "-"] if strategy == "random" else [number(test.mean), interval(test)]
                areas = [t.area() for t in setting[strategy].values()]
                out.append([f"{parameter(name, 'alpha')}, {parameter(name, 'rho')}", strategy, len(areas),
                            number(mean_sd(areas)[0]), *against])
        return table(["alpha, rho", "strategy", "n", "area", "minus random", "95 %"], out)

    def all(self):
        return {"answers": self.answers(), "search": self.search(), "pick": self.pick(), "rows": self.rows(),
                "selector": self.selector(), "edges": self.edges(), "longer": self.longer(),
                **{reference: self.against(reference) for reference in REFERENCES}, "emd": self.emd(),
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
