#!/usr/bin/env python3
"""Training step, inference and layers: fal_bench against other programs, in one run.

PyTorch: memory layout x malloc x eager / compiled / jit-frozen, and under bf16's autocast where the CPU has it;
OpenVINO and ncnn in inference; oneDNN's convolution primitives beside single layers. What a peer computes is compared
with fal_bench first. All variants are screened once; then the fastest of each column and PyTorch "as it comes" (eager,
NCHW, default malloc), each in a process of its own, and fal_bench take turns, and the medians over the rounds are
compared. For each instruction set: avx512 is our AVX-512 kernels beside peers as this CPU lets them run; avx2 is our
AVX2 kernels beside peers that are restricted to AVX2 as well; neon, on 64-bit Arm, is like avx512. Then accuracy after
equal training in bf16 and float32, k-means beside scikit-learn's, and one client's query beside the seconds that the
authors' program took elsewhere.
"""
import argparse
import json
import os
import subprocess
import tempfile

import bench_machine
import bench_peer_accuracy
import bench_peer_compare
import bench_peer_kmeans
import bench_peer_layers
from bench_peer_modes import COLUMNS, MODES, SETS, TORCH, mallocs

WHATS = ["training", "inference", "layers", "accuracy", "clustering", "query"]
MODELS = ["cnn4conv", "resnet10", "resnet18", "mobilenet"]


def choice(name, allowed):
    def parse(text):
        items = text.split(",")
        for item in items:
            if item not in allowed:
                raise argparse.ArgumentTypeError(f"{name}: {item}: choose from {', '.join(allowed)}")
        return items
    return parse


def numbers(text):
    items = text.split(",")
    if not all(item.isdecimal() and int(item) > 0 for item in items):
        raise argparse.ArgumentTypeError(f"{text}: whole numbers, with commas between them")
    return [int(item) for item in items]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    installed = list(mallocs())

    def lists(option, default, allowed, about=""):
        parser.add_argument("--" + option, default=default, type=choice(option, allowed),
                            help=f"{about}list of {', '.join(allowed)}")
    parser.add_argument("--fal-bench", default="build/bin/fal_bench")
    lists("model", ["cnn4conv"], MODELS)
    parser.add_argument("--shape", default="32x32x3", help="comma-separated")
    parser.add_argument("--batch", default=[64], type=numbers, help="images of a step, comma-separated (64)")
    parser.add_argument("--threads", default=[1], type=numbers, help="comma-separated (1)")
    lists("what", WHATS, WHATS)
    lists("isa", SETS, SETS, "avx512, neon: unrestricted; avx2: both sides restricted to it; ")
    lists("malloc", installed, installed)
    lists("layout", list(TORCH), list(TORCH), "of PyTorch's images; ")
    lists("mode", list(MODES), list(MODES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--finalists", type=int, default=3,
                        help="of PyTorch in float32, in the alternating rounds; one of each other column")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each side in a round; half of it in the screening")
    parser.add_argument("--clock", default="wall", choices=["wall", "cpu"],
                        help="cpu: CPU time, for a machine that has other work; one thread only")
    parser.add_argument("--data", metavar="DATASET.h5", help="images for accuracy; drawn ones if not given")
    parser.add_argument("--steps", type=int, default=400, help="of training for accuracy")
    parser.add_argument("--seeds", type=int, default=3, help="of accuracy")
    parser.add_argument("--json", help="write the comparison to this file")
    options = parser.parse_args()
    if options.clock == "cpu" and options.threads != [1]:
        parser.error("--clock cpu is for one thread")
    missing = [m for m in ("tcmalloc", "jemalloc") if m not in installed]
    if missing:
        print(f"not installed, so not measured: {', '.join(missing)} (Debian: libtcmalloc-minimal4, libjemalloc2)")
    options.flags = bench_machine.cpu()[2]
    return options


def measure(options, log):
    """Rows for the JSON file."""
    rows, shapes = [], options.shape.split(",")
    cases = [(model, shape, threads, what, batch) for model in options.model for shape in shapes for threads in options.threads
             for batch in options.batch for what in options.what if what in ("training", "inference")]
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            for isa in options.isa:
                rows.append(bench_peer_compare.compare(options, case, isa, folder, log))
    if "layers" in options.what:
        for shape in shapes:
            for isa in options.isa:
                rows += bench_peer_layers.compare(options, shape, options.batch[0], isa, log)
    if "accuracy" in options.what:
        rows += bench_peer_accuracy.compare(options, options.threads[0], log)
    if "clustering" in options.what:
        for threads in options.threads:
            rows += bench_peer_kmeans.compare(options.fal_bench, threads, min(options.rounds, 3), log)
    if "query" in options.what:
        for isa in options.isa:
            subprocess.run([options.fal_bench, "--only", "query", "--runs", "20"],
                           env={**os.environ, "FAL_KERNELS_ISA": isa}, check=True)
    return [row for row in rows if row is not None]


def summarise(rows):
    rows = [row for row in rows if row["what"] in ("training", "inference")]
    if not rows:
        return
    print(f"\nfal_hpc in multiples of each column\n  {'':48s}{'as it comes':>12s}" + "".join(f"{c:>17s}" for c in COLUMNS))
    versions = {}
    for row in rows:
        name = (f"{row['model']:10s}{row['shape']:8s} batch {row['batch']:<4d}{row['threads']} thr. {row['what']:10s}"
                f"{row['isa']:7s}")
        cells = [f"{row['as_it_comes_times']:12.2f}" if "as_it_comes_times" in row else f"{'-':>12s}"]
        for column in COLUMNS:
            found = row["columns"].get(column, {})
            cells.append(f"{found['times']:17.2f}" if "times" in found else f"{'-':>17s}")
            if "version" in found:
                versions[column] = found["version"]
        print(f"  {name:48s}" + "".join(cells))
    print("  " + ", ".join(f"{column} {version}" for column, version in versions.items()))


def program(options):
    return subprocess.run([options.fal_bench, "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]


def main():
    options = parse()
    machine = bench_machine.machine()
    with open(os.environ.get("PEER_LOG", os.devnull), "w", encoding="utf-8") as log:
        rows = measure(options, log)
    summarise(rows)
    machine["load_afterwards"] = bench_machine.machine()["load"]
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"machine": machine, "fal_hpc": program(options), "rows": rows}, file, indent=1)


main()
