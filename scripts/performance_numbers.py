"""The measured numbers of one machine, docs/performance/NAME/*.json, for performance_charts.py and performance_page.py.

peer*.json: bench-peer's --json ({"machine", "rows"}); layers-avx512.json, layers-avx2.json, query.json and parts.json:
fal_bench's --json, with "machine" added by bench_machine.py. Each may be missing.
"""
import glob
import json
import os

ISAS = ("avx512", "avx2")
DIRECTIONS = ("forward", "data_gradient", "weight_gradient", "gradients")


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


class Numbers:
    def __init__(self, folder):
        self.name = os.path.basename(os.path.normpath(folder))
        self.peers = [read(path) for path in sorted(glob.glob(os.path.join(folder, "peer*.json")))]
        self.rows = [row for peer in self.peers for row in peer["rows"]]
        self.layers = {isa: self.part(folder, f"layers-{isa}") for isa in ISAS}
        self.query, self.parts = self.part(folder, "query"), self.part(folder, "parts")

    @staticmethod
    def part(folder, name):
        path = os.path.join(folder, name + ".json")
        return read(path) if os.path.exists(path) else None

    def of(self, *whats):
        return [row for row in self.rows if row["what"] in whats]


def machine_text(report):
    """CPU, cores, load, as one line; empty where the numbers do not say."""
    machine = (report or {}).get("machine")
    if not machine:
        return ""
    load = machine["load"] if isinstance(machine["load"], str) else f"load {machine['load'][0]:.1f}"
    return f"{machine['cpu']} ({machine['model']}), {machine['cores']} cores, {load}"


def machines_text(reports):
    """The machine of all reports in a line or two, with the least and the highest load."""
    machines = [report["machine"] for report in reports if report and "machine" in report]
    loads = [m["load"][0] for m in machines if not isinstance(m["load"], str)]
    names = dict.fromkeys(f"{m['cpu']} ({m['model']}), {m['cores']} cores" for m in machines)
    text = "; ".join(names) + (f"; load {min(loads):.1f} to {max(loads):.1f}" if loads else "") + "."
    return text + (" It had other work: ratios say more than rates." if loads and max(loads) > 1.0 else "")


def clock_text(rows):
    return ", CPU time" if any(row.get("clock") == "cpu" for row in rows) else ""


def layer_values(report):
    """((size, inputs), direction) -> multiple of the FMA peak, the layers of images first; of the least time of all
    runs, as the layers of 64 channels are."""
    found = {}
    for net in report["networks"]:
        first = {row["direction"]: row for row in net["layers"][:3]}
        for direction, row in (("forward", first["training, forward"]), ("weight_gradient", first["training, backward"])):
            slower = row["ms"] / row["least_ms"] if row.get("least_ms") else 1.0
            found[(net["h"], net["c"]), direction] = row["of_peak"] * slower
    for row in report["winograd"]:
        for direction in DIRECTIONS:
            found[(row["size"], 64), direction] = row[direction + "_of_peak"]
    return found


def onednn_values(rows, isa):
    """The same of oneDNN's primitives, from bench-peer's rows."""
    return {((row["size"], row["inputs"]), row["direction"]): row["onednn"]["of_peak"] for row in rows
            if row["what"] == "layer" and row["isa"] == isa and "of_peak" in row["onednn"]}
