#!/usr/bin/env python3
"""Writes docs/performance/<name>.md, the tables of all that was measured on one machine, from docs/performance/NAME
(performance_numbers.py), with the charts that performance_charts.py drew.
Usage: scripts/performance_page.py FOLDER OF THE NUMBERS [FOLDER OF THE PICTURES]"""
import os
import statistics
import sys

from performance_numbers import DIRECTIONS, ISAS, Numbers, clock_text, layer_values, machines_text, onednn_values

COLUMNS = ("PyTorch", "PyTorch compiled", "PyTorch bf16", "OpenVINO", "OpenVINO bf16", "ncnn")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def wrapped(words, width=118):
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return "\n".join(lines) + "\n"


def chart(numbers, pictures, name, alt):
    file = f"performance_{numbers.name}_{name}.svg"
    return f"![{alt}](../pictures/{file})\n" if os.path.exists(os.path.join(pictures, file)) else ""


def peers(numbers, pictures):
    rows = sorted(numbers.of("training", "inference"), key=lambda row: (
        row["model"] != "cnn4conv", row["model"], row["what"] != "training", row["shape"], row["batch"], row["isa"] != "avx512"))
    if not rows:
        return []
    versions, errors, skipped, lines = {}, {}, {}, []
    for row in rows:
        cells = [f"{row['what']} {row['model']} {row['shape']}, {row['batch']}, {row['threads']} thr., {row['isa']}",
                 f"{row['images_per_second']:,.0f}",
                 f"{row['as_it_comes_times']:.1f}" if "as_it_comes_times" in row else "-"]
        for column in COLUMNS:
            found = row["columns"].get(column, {})
            cells.append(f"{found['times']:.2f}" if "times" in found else "-")
            if "version" in found:
                versions[column] = found["version"].split("+")[0]
            for what, error in found.get("errors", {}).items():
                errors.setdefault(column, {}).setdefault(what, []).append(error)
            if found.get("skipped", "inference only") != "inference only":
                skipped.setdefault((column, found["skipped"]), []).append(row)
        lines.append(cells)
    named = {column: f"{column} {versions[column]}" if column in versions else column for column in COLUMNS}
    head = ["", "images/s", "as it comes", named["PyTorch"], "compiled", "bf16", named["OpenVINO"],
            "bf16", named["ncnn"]]
    about = f"fal_hpc's images/s{clock_text(rows)}, and in what multiple of each peer: PyTorch as it comes, the faster of " \
            "eager and frozen, compiled, under bf16's autocast; OpenVINO in float32 and bf16; ncnn (these three: inference " \
            "only). Rows: what, network, images, batch, threads, our kernels."
    parts = ["## Beside peers\n", wrapped(about), chart(numbers, pictures, "peer", "Bars: training and inference beside peers"),
             chart(numbers, pictures, "batch", "Bars: training in small batches beside PyTorch"), table(head, lines)]
    if errors:
        worst = [[column, *(f"{max(found[what]):.0e}" if what in found else "-" for what in
                            ("logits", "loss", "update", "statistics"))] for column, found in errors.items()]
        parts += ["Largest differences from fal_hpc's results, relative (`scripts/bench_peer_check.py`):\n",
                  table(["peer", "logits", "loss", "update of a step", "running statistics"], worst)]
    for (column, reason), where in skipped.items():
        kinds = sorted({f"{row['what']}, {row['isa']}" for row in where})
        parts.append(wrapped(f"{column} skipped ({'; '.join(kinds)}): {reason}."))
    return parts


def accuracy(numbers):
    lines = []
    for row in numbers.of("accuracy"):
        change = [100 * (b - a) for a, b in zip(row["accuracy"]["float32"], row["accuracy"]["bf16"])]
        spread = f" +- {statistics.stdev(change):.2f}" if len(change) > 1 else ""
        lines.append([f"{row['data']}, {row['images']:,} images", f"{row['steps']} of {row['batch']}", str(len(change)),
                      *(f"{100 * statistics.mean(row['accuracy'][mode]):.2f} %" for mode in ("float32", "bf16")),
                      f"{statistics.mean(change):+.2f}{spread}"])
    return ["## What bf16 costs\n", wrapped("Test accuracy of PyTorch after equal training: start, images, order, steps."),
            table(["images", "steps", "seeds", "float32", "bf16", "difference, points"], lines)] if lines else []


def layers(numbers, pictures):
    parts = []
    for isa in ISAS:
        report = numbers.layers[isa]
        if report is None or not report["winograd"]:
            continue
        mine, theirs, lines = layer_values(report), onednn_values(numbers.rows, isa), {}
        for (layer, direction), value in mine.items():
            beside = f" / {theirs[layer, direction]:.2f}" if (layer, direction) in theirs else ""
            lines.setdefault(layer, {})[direction] = f"{value:.2f}{beside}"
        parts += [f"### {isa}\n", chart(numbers, pictures, "layers-" + isa, "Bars: layers in multiples of the FMA peak"),
                  table(["layer", *(d.replace("_", " ") for d in DIRECTIONS[:3]), "both gradients"],
                        [[f"{size}x{size}x{inputs} -> 64", *(cells.get(d, "-") for d in DIRECTIONS)]
                         for (size, inputs), cells in lines.items()])]
    versions = {row["onednn"]["version"] for row in numbers.of("layer") if "version" in row["onednn"]}
    skipped = {row["onednn"]["skipped"] for row in numbers.of("layer") if "skipped" in row["onednn"]}
    batches = sorted({row["batch"] for report in numbers.layers.values() if report for row in report["winograd"]})
    about = f"Batch {', '.join(map(str, batches))}, one thread, the least time of all runs, as multiples of the measured " \
            "FMA peak of one core, counted as direct convolution with its border of zeros; with pooling and the sums for the " \
            "statistics, images' layers with BN and ReLU, too" + \
            ("; behind the bar oneDNN " + ", ".join(versions) + ", its convolution alone." if versions else ".") + \
            "".join(f" oneDNN skipped: {reason}." for reason in skipped)
    return ["## Layers\n", wrapped(about), *parts] if parts else []


def query(numbers, pictures):
    if numbers.query is None:
        return []
    lines = [[row["strategy"], *(f"{row[k + '_seconds']:.2f}" for k in ("local_only", "inference", "selection", "total"))]
             for row in numbers.query["queries"]]
    return ["## One query of one client\n", chart(numbers, pictures, "query", "Bars: seconds of a query by strategy"),
            table(["seconds", "training L", "inference", "selection", "in all"], lines)]


def others(numbers):
    parts = []
    kmeans = [[row["points"], f"{row['seconds']:.2f} s", f"{row['scikit_learn_seconds']:.2f} s",
               f"{row['scikit_learn_seconds'] / row['seconds']:.1f} x"] for row in numbers.of("kmeans")]
    if kmeans:
        parts += ["## k-means\n", table(["points", "fal_hpc", "scikit-learn", ""], kmeans)]
    scaling = [[row["what"], f"{row['one_process']:,.0f}", f"{row['processes_ratio']:.2f} x", f"{row['threads_ratio']:.2f} x"]
               for row in (numbers.parts or {}).get("scaling", [])]
    if scaling:
        parts += ["## Two cores\n", table(["images/s", "one process", "two at once", "two threads"], scaling)]
    return parts


def main():
    numbers = Numbers(sys.argv[1])
    top = os.path.dirname(os.path.abspath(__file__))
    pictures = sys.argv[2] if len(sys.argv) > 2 else os.path.join(top, "..", "docs", "pictures")
    reports = [*numbers.peers, *numbers.layers.values(), numbers.query, numbers.parts]
    programs = sorted({peer["fal_hpc"] for peer in numbers.peers if "fal_hpc" in peer})
    parts = [f"# Measured on {numbers.name}\n", "Written by `scripts/performance.sh`; docs/performance.md says what is "
             "measured and how.\n", wrapped(machines_text(reports)), *(wrapped(f"{text}.") for text in programs), *peers(numbers, pictures),
             *accuracy(numbers), *layers(numbers, pictures), *query(numbers, pictures), *others(numbers)]
    with open(os.path.normpath(sys.argv[1]) + ".md", "w", encoding="utf-8") as file:
        file.write("\n".join(part for part in parts if part))


main()
