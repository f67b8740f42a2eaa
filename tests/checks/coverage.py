"""What tests ran through, from the counters of FLAVOUR=coverage: a table of layers, and a list of what was not reached.

Usage: coverage.py OBJECT_FOLDER OUTPUT_FOLDER LAYER... ; the layers named must hold the bars, the others are shown.
Writes OUTPUT_FOLDER/files.txt and OUTPUT_FOLDER/missing.txt. Exit code 1 where a bar does not hold.
"""

import collections
import json
import os
import re
import subprocess
import sys

LINES, BRANCHES = 90, 80  # per cent: the bars
# What only hands on a failure of what it calls, and invariants that no input may break.
PASSED_ON = re.compile(r"\b(FAL_TRY|FAL_TRY_GOTO|FAL_ASSERT|FAL_ASSERT_HOT)\(")


def read_counters(folder, sources):
    """sources[path][line] = [count, {(function, branch): count}]"""
    counters = sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".gcno"))
    counters = [path for path in counters if os.sep + "tests" + os.sep not in path]
    output = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", *counters],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    for text in output.splitlines():
        for source in json.loads(text)["files"]:
            if not source["file"].startswith("src/"):
                continue
            lines = sources[source["file"]]
            for line in source["lines"]:
                entry = lines.setdefault(line["line_number"], [0, collections.Counter()])
                entry[0] += line["count"]
                for i, branch in enumerate(line["branches"]):
                    entry[1][(line.get("function_name", ""), i)] += branch["count"]


class Sum:
    def __init__(self):
        self.lines = self.lines_hit = self.branches = self.branches_hit = self.own = self.own_hit = 0

    def add(self, other):
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def row(self, name):
        def share(hit, all_of):
            return 100 * hit / all_of if all_of else 100.0

        return (f"{name:32} {self.lines:7} {share(self.lines_hit, self.lines):6.1f} {self.branches:9} "
                f"{share(self.branches_hit, self.branches):6.1f} {self.own:9} {share(self.own_hit, self.own):6.1f}")

    def holds(self):
        return 100 * self.lines_hit >= LINES * self.lines and 100 * self.own_hit >= BRANCHES * self.own


def count(path, lines, missing):
    total = Sum()
    with open(path, encoding="utf-8") as source:
        text = source.read().splitlines()
    for number, (runs, branches) in sorted(lines.items()):
        here = text[number - 1]
        total.lines += 1
        total.lines_hit += runs > 0
        taken = sum(n > 0 for n in branches.values())
        total.branches += len(branches)
        total.branches_hit += taken
        if not PASSED_ON.search(here):
            total.own += len(branches)
            total.own_hit += taken
        if runs == 0 or taken < len(branches):
            what = "line" if runs == 0 else f"{taken}/{len(branches)}"
            missing.write(f"{path}:{number}: {what}{' passes on' if PASSED_ON.search(here) else ''}: {here.strip()}\n")
    return total


def main():
    folder, output, bars = sys.argv[1], sys.argv[2], sys.argv[3:]
    sources = collections.defaultdict(dict)
    read_counters(folder, sources)
    os.makedirs(output, exist_ok=True)
    layers, all_of = {}, Sum()
    head = f"{'':32} {'lines':>7} {'%':>6} {'branches':>9} {'%':>6} {'of these':>9} {'%':>6}"
    with open(os.path.join(output, "files.txt"), "w", encoding="utf-8") as files, \
            open(os.path.join(output, "missing.txt"), "w", encoding="utf-8") as missing:
        files.write(head + "\n")
        for path in sorted(sources):
            total = count(path, sources[path], missing)
            files.write(total.row(path) + "\n")
            layers.setdefault(path.split("/")[1], Sum()).add(total)
            all_of.add(total)
    print("Lines and branches that tests ran through. \"Of these\": without those of FAL_TRY, FAL_TRY_GOTO (they only hand "
          "on\nwhat a call said) and FAL_ASSERT (what no input may break).\n")
    print(head)
    for name, total in layers.items():
        print(total.row(name))
    print(all_of.row("all"))
    short = [name for name in bars if not layers[name].holds()]
    print(f"\nBars: {LINES} % of lines, {BRANCHES} % of branches (of these) in {', '.join(bars)}: "
          + (f"not held by {', '.join(short)}" if short else "held"))
    print(f"By file: {output}/files.txt; what was not reached: {output}/missing.txt")
    sys.exit(1 if short else 0)


main()
