#!/usr/bin/env python3
"""Draws the charts of docs/performance.md and docs/performance/<name>.md from the measured numbers in
docs/performance/NAME (performance_numbers.py): performance_NAME_peer.svg, _batch.svg, _layers-avx512.svg,
_layers-avx2.svg, _query.svg, each where there are numbers for it.
Usage: scripts/performance_charts.py [FOLDER OF THE NUMBERS [FOLDER OF THE PICTURES]]; without: of all machines."""
import glob
import os
import sys

from performance_numbers import ISAS, Numbers, clock_text, layer_values, machine_text, onednn_values
from performance_svg import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, YELLOW, chart

COLOURS = {"PyTorch": ORANGE, "PyTorch compiled": YELLOW, "PyTorch bf16": RED, "OpenVINO": GREEN, "OpenVINO bf16": PURPLE,
           "ncnn": SKY}
TIMES = "x the best PyTorch in float32"


def peer_bars(row, legend):
    """Rates in multiples of the best PyTorch in float32."""
    unit = row["best_peer_images_per_second"]
    bars = [([(row["images_per_second"] / unit, 0)], f"{row['images_per_second']:,.0f} images/s")]
    for place, (name, _) in enumerate(legend):
        found = row["columns"].get(name.split(" (")[0], {})
        if "images_per_second" in found:
            bars.append(([(found["images_per_second"] / unit, place)], f"{found['images_per_second']:,.0f}"))
    if "as_it_comes_images_per_second" in row:
        rate = row["as_it_comes_images_per_second"]
        bars.append(([(rate / unit, len(legend) - 1)], f"{rate:,.0f}"))
    return bars


def legend_of(rows):
    versions = {name: found["version"] for row in rows for name, found in row["columns"].items() if "version" in found}
    return [("fal_hpc", BLUE), *((f"{name} ({versions[name].split('+')[0]})", colour) for name, colour in COLOURS.items()
                                 if name in versions), ("PyTorch as it comes", GREY)]


def best_isa(rows):
    return next((isa for isa in ISAS if any(row["isa"] == isa for row in rows)), None)


def peer(numbers):
    isa = best_isa(numbers.of("training", "inference"))
    rows = [row for row in numbers.of("training", "inference") if row["isa"] == isa and row["batch"] == 64
            and row["threads"] == 1 and "best_peer" in row]
    if not rows:
        return None
    rows.sort(key=lambda row: (row["model"] != "cnn4conv", row["model"]))
    legend = legend_of(rows)
    groups = [(f"{row['what']}, {row['model']} {row['shape']}", peer_bars(row, legend)) for row in rows]
    return chart(f"One thread, batch 64, {isa}{clock_text(rows)}: speed in multiples of the best PyTorch in float32", TIMES,
                 legend, groups, machine_text(numbers.peers[0]))


def batch(numbers):
    rows = [row for row in numbers.of("training") if row["threads"] == 1 and row["model"] == "cnn4conv" and "best_peer" in row]
    rows = [row for row in rows if row["isa"] == best_isa(rows)]
    if len({row["batch"] for row in rows}) < 2:
        return None
    small = {row["shape"] for row in rows if row["batch"] != 64}
    rows = sorted((row for row in rows if row["shape"] in small), key=lambda row: (row["shape"], row["batch"]))
    legend = legend_of(rows)
    groups = [(f"{row['shape']}, batch {row['batch']}", peer_bars(row, legend)) for row in rows]
    return chart(f"Training in small batches, cnn4conv, one thread{clock_text(rows)}: multiples of the best PyTorch in float32",
                 TIMES, legend, groups, machine_text(numbers.peers[0]))


def layers(isa):
    places = {"forward": 0, "data_gradient": 1, "weight_gradient": 2, "gradients": 3}
    legend = [("forward", BLUE), ("data gradient", GREEN), ("weight gradient", ORANGE), ("both gradients", PURPLE),
              ("oneDNN's convolution", GREY)]

    def draw(numbers):
        report = numbers.layers[isa]
        if report is None or not report["winograd"]:
            return None
        mine, theirs = layer_values(report), onednn_values(numbers.rows, isa)
        groups = {}
        for (layer, direction), value in mine.items():
            bars = groups.setdefault(layer, [])
            bars.append(([(value, places[direction])], f"{value:.2f}"))
            if (layer, direction) in theirs:
                bars.append(([(theirs[layer, direction], 4)], f"{theirs[layer, direction]:.2f}"))
        return chart(f"Layers, one thread, {isa}: multiples of the FMA peak, counted as direct convolution",
                     "x the FMA peak", legend if theirs else legend[:4],
                     [(f"{size}x{size}x{inputs} -> 64", bars) for (size, inputs), bars in groups.items()],
                     machine_text(report), mark=1.0)
    return draw


def query(numbers):
    if numbers.query is None or not numbers.query["queries"]:
        return None
    groups, first = [], numbers.query["queries"][0]
    for row in numbers.query["queries"]:
        parts = [(row["local_only_seconds"], 0), (row["inference_seconds"], 1), (row["selection_seconds"], 2)]
        groups.append((row["strategy"].removesuffix(":global"), [(parts, f"{row['total_seconds']:.2f} s")]))
    size = f"{first['n']:,} unlabelled and {first['m']:,} labelled images, budget {first['budget']}"
    legend = [("training L", BLUE), ("inference", ORANGE), ("selection", GREEN)]
    return chart(f"One query of one client: {size}", "s", legend, groups, machine_text(numbers.query))


CHARTS = {"peer": peer, "batch": batch, "layers-avx512": layers("avx512"), "layers-avx2": layers("avx2"), "query": query}


def main():
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs")
    folders = [sys.argv[1]] if len(sys.argv) > 1 else sorted(glob.glob(os.path.join(top, "performance", "*", "")))
    pictures = sys.argv[2] if len(sys.argv) > 2 else os.path.join(top, "pictures")
    for folder in folders:
        numbers = Numbers(folder)
        for name, draw in CHARTS.items():
            picture = draw(numbers)
            if picture is not None:
                with open(os.path.join(pictures, f"performance_{numbers.name}_{name}.svg"), "w", encoding="utf-8") as file:
                    file.write(picture)


if __name__ == "__main__":
    main()
