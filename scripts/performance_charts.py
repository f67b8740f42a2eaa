#!/usr/bin/env python3
"""Draws the charts of docs/performance.md from measured numbers: docs/performance/peer.json, in the form of
`make bench-peer PEER="--json FILE"`, and docs/performance/query.json, in the form of `fal_bench --only query --json FILE`
(with a column for the seconds of the authors' program). The folder's numbers are those of the page's text.
Usage: scripts/performance_charts.py [FOLDER OF THE NUMBERS [FOLDER OF THE PICTURES]]"""
import json
import os
import sys
from xml.sax.saxutils import escape

BLUE, ORANGE, GREEN, GREY = "#0072b2", "#e69f00", "#009e73", "#999999"  # told apart by colour-blind readers
BAR, GAP, TOP, LEFT, WIDTH, RIGHT = 13, 12, 66, 200, 420, 130


def text(x, y, words, anchor="start", more=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def rect(x, y, width, colour, about):
    return (f'<rect x="{x:.1f}" y="{y}" width="{max(width, 0.5):.1f}" height="{BAR - 2}" fill="{colour}">'
            f'<title>{escape(about)}</title></rect>')


def chart(title, unit, legend, groups):
    """legend: (name, colour); groups: (name, [bar]); bar: ([(value, place in the legend)], label), its parts one after
    the other."""
    most = max(sum(v for v, _ in parts) for _, bars in groups for parts, _ in bars)
    y, body = TOP, []
    for name, bars in groups:
        body.append(text(LEFT - 10, y + len(bars) * BAR / 2 + 3, name, "end"))
        for parts, label in bars:
            x = LEFT
            for value, place in parts:
                width = value / most * WIDTH
                body.append(rect(x, y, width, legend[place][1], f"{name}, {legend[place][0]}: {value:.3g} {unit}"))
                x += width
            body.append(text(x + 6, y + BAR - 3, label))
            y += BAR
        y += GAP
    size = (LEFT + WIDTH + RIGHT, y + 8)
    key, x = [], LEFT
    for name, colour in legend:
        key += [rect(x, 38, 11, colour, name), text(x + 16, 48, name)]
        x += 28 + 6.2 * len(name)
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}" '
            'font-family="sans-serif" font-size="11" fill="#222">', f'<rect width="{size[0]}" height="{size[1]}" fill="#fff"/>',
            text(16, 24, title, more=' font-size="14"')]
    axis = [f'<line x1="{LEFT}" y1="{TOP - 6}" x2="{LEFT}" y2="{y - GAP + 6}" stroke="#777"/>']
    return "\n".join(head + key + body + axis + ["</svg>", ""])


def peer(rows):
    groups = []
    for row in sorted(rows, key=lambda r: (r["isa"] != "avx512", r["model"] != "cnn4conv", r["model"])):
        if row["isa"] != "avx512":
            continue
        bars = []
        for place, key in enumerate(("images_per_second", "best_peer_images_per_second", "as_it_comes_images_per_second")):
            if key in row:
                bars.append(([(row[key] / row["best_peer_images_per_second"], place)], f"{row[key]:,.0f} images/s"))
        groups.append((f"{row['what']}, {row['model']} {row['shape']}", bars))
    return chart("One thread, batch 64, AVX-512: speed in multiples of the best PyTorch", "x the best PyTorch",
                 [("fal_hpc", BLUE), ("PyTorch, best of its variants", ORANGE), ("PyTorch as it comes", GREY)], groups)


def query(report):
    groups = []
    for row in report["query"]:
        parts = [(row["local_only_seconds"], 0), (row["inference_seconds"], 1), (row["selection_seconds"], 2)]
        groups.append((row["strategy"].removesuffix(":global"), [(parts, f"{row['total_seconds']:.2f} s")]))
    return chart("One query of one client: 4,750 unlabelled and 250 labelled images, budget 250", "s",
                 [("training L", BLUE), ("inference", ORANGE), ("selection", GREEN)], groups)


def main():
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs")
    numbers = sys.argv[1] if len(sys.argv) > 1 else os.path.join(top, "performance")
    pictures = sys.argv[2] if len(sys.argv) > 2 else os.path.join(top, "pictures")
    for name, draw in (("peer", peer), ("query", query)):
        with open(os.path.join(numbers, name + ".json"), encoding="utf-8") as file:
            picture = draw(json.load(file))
        with open(os.path.join(pictures, f"performance_{name}.svg"), "w", encoding="utf-8") as file:
            file.write(picture)


main()
