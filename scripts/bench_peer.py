#!/usr/bin/env python3
"""Training step and inference: fal_bench against PyTorch, in one run.

PyTorch variants: memory layout x malloc x eager / compiled / jit-frozen. All are screened once; then the fastest few and
"as it comes" (eager, NCHW, default malloc), each in a process of its own, and fal_bench take turns, and the medians over
the rounds are compared. For each instruction set: avx512 is our AVX-512 kernels beside PyTorch as this CPU lets it
run; avx2 is our AVX2 kernels beside a PyTorch that is restricted to AVX2 as well. Then k-means beside scikit-learn's,
and one client's query beside the seconds that the authors' program took on another machine.
"""
import argparse
import glob
import json
import os
import statistics
import subprocess
import sys

import bench_peer_kmeans

HERE = os.path.dirname(os.path.abspath(__file__))
MALLOC_TUNED = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "4294967296",
                "MALLOC_TOP_PAD_": "268435456"}
ONLY_AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}
AS_IT_COMES = ("eager", "NCHW", "default")


def mallocs():
    """Name -> environment of what is installed."""
    found = {"default": {}, "glibc": MALLOC_TUNED}
    for name, pattern in (("tcmalloc", "libtcmalloc_minimal.so*"), ("jemalloc", "libjemalloc.so*")):
        paths = [p for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib") for p in
                 sorted(glob.glob(os.path.join(folder, pattern)))]
        if paths:
            found[name] = {"LD_PRELOAD": paths[0]}
    return found


class Peer:
    """A PyTorch process with one malloc, restricted to an instruction set or not."""

    def __init__(self, malloc, isa, threads, log):
        environment = {**os.environ, **mallocs()[malloc], **(ONLY_AVX2 if isa == "avx2" else {}),
                       "OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "bench_peer_torch.py")], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment)
        line = self.process.stdout.readline()
        if not line:
            sys.exit("bench_peer.py: PyTorch does not start: set PEER_LOG=FILE to see its messages")
        self.banner = json.loads(line)

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"error": "the process ended"}

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def ours(options, case, isa):
    model, shape, threads, what = case
    out = subprocess.run([options.fal_bench, "--only", what, "--model", model, "--shape", shape, "--threads", str(threads),
                          "--batch", str(options.batch), "--runs", "1000", "--seconds", str(options.seconds), "--json", "-"],
                         env={**os.environ, "FAL_KERNELS_ISA": isa}, check=True, capture_output=True, text=True).stdout
    return json.loads(out)["networks"][0]


def request_of(options, case, variant, seconds):
    model, shape, threads, what = case
    return {"model": model, "shape": [int(s) for s in shape.split("x")], "batch": options.batch, "threads": threads,
            "what": what, "mode": variant[0], "layout": variant[1], "seconds": seconds}


def screen(options, case, isa, log):
    """All variants once: (rate, variant), the fastest first."""
    rates = []
    for malloc in options.malloc:
        peer = Peer(malloc, isa, case[2], log)
        for mode in options.mode:
            if mode == "frozen" and case[3] == "training":
                continue
            for layout in options.layout:
                variant = (mode, layout, malloc)
                answer = peer.ask(request_of(options, case, variant, options.seconds / 2))
                if "error" in answer:
                    print(f"  not measured: {' '.join(variant)} malloc: {answer['error'][:90]}")
                    if peer.process.poll() is not None:
                        peer = Peer(malloc, isa, case[2], log)
                else:
                    rates.append((answer["rate"], variant))
                    check_parameters(options, case, answer["parameters"])
        peer.close()
    return sorted(rates, reverse=True)


def check_parameters(options, case, theirs):
    mine = ours_parameters(options, case)
    if mine != theirs:
        sys.exit(f"bench_peer.py: {case[0]} has {mine} parameters in fal_bench and {theirs} in PyTorch")


def ours_parameters(options, case, known={}):
    key = case[:2]
    if key not in known:
        known[key] = ours(argparse.Namespace(**{**vars(options), "seconds": 0, "batch": 1}), (*key, 1, "inference"), "avx512")
    return known[key]["parameters"]


def spread(values):
    return f"{statistics.median(values):8.0f}  ({min(values):.0f} - {max(values):.0f})"


def compare(options, case, isa, log):
    """Prints one comparison; the row for the JSON file, None where this CPU lacks the instruction set."""
    model, shape, threads, what = case
    limit = " restricted to AVX2" if isa == "avx2" else ""
    if ours(options, case, isa)["kernels"].startswith("avx2") and isa == "avx512":
        print(f"\n{what} {model} {shape}: avx512: not on this CPU")
        return None
    print(f"\n{what} {model} {shape}, batch {options.batch}, {threads} thread(s): our {isa} kernels, PyTorch{limit}")
    screened = screen(options, case, isa, log)
    finalists = [variant for _, variant in screened[:options.finalists]]
    if AS_IT_COMES not in finalists:
        finalists.append(AS_IT_COMES)
    peers = {variant: Peer(variant[2], isa, threads, log) for variant in finalists}
    rates = {variant: [] for variant in finalists}
    mine = []
    for variant, peer in peers.items():
        peer.ask(request_of(options, case, variant, 0))
    for _ in range(options.rounds):
        result = ours(options, case, isa)
        mine.append(result[f"{what}_images_per_second"])
        for variant, peer in peers.items():
            rates[variant].append(peer.ask(request_of(options, case, variant, options.seconds))["rate"])
    banner = next(iter(peers.values())).banner
    for peer in peers.values():
        peer.close()
    order = sorted(finalists, key=lambda v: -statistics.median(rates[v]))
    best, plain = rates[order[0]], rates[AS_IT_COMES]
    print(f"  images/s, median (least - most) of {options.rounds} alternating rounds; once: the screening")
    for variant in order:
        note = "  <- as it comes" if variant == AS_IT_COMES else ""
        print(f"  PyTorch {variant[0]:9s}{variant[1]:14s}{variant[2] + ' malloc':16s} {spread(rates[variant])}{note}")
    for rate, variant in screened:
        if variant not in finalists:
            print(f"  PyTorch {variant[0]:9s}{variant[1]:14s}{variant[2] + ' malloc':16s} {rate:8.0f}  once")
    each = sorted(a / b for a, b in zip(mine, best))
    middle = statistics.median(mine)
    print(f"  fal_hpc {isa + ' (' + result['kernels'] + ')':39s} {spread(mine)}\n"
          f"  {middle / statistics.median(best):.2f} x the best PyTorch ({each[0]:.2f} - {each[-1]:.2f}), "
          f"{middle / statistics.median(plain):.2f} x as it comes", flush=True)
    return {"what": what, "model": model, "shape": shape, "threads": threads, "isa": isa,
            "kernels": result["kernels"],
            "parameters": result["parameters"], "images_per_second": middle, "best_peer": " ".join(order[0]),
            "best_peer_images_per_second": statistics.median(best), "as_it_comes_images_per_second": statistics.median(plain),
            "screening": {" ".join(v): r for r, v in screened}, "pytorch": banner}


def choice(name, allowed):
    def parse(text):
        items = text.split(",")
        for item in items:
            if item not in allowed:
                raise argparse.ArgumentTypeError(f"{name}: {item}: choose from {', '.join(allowed)}")
        return items
    return parse


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    installed = list(mallocs())
    models = ["cnn4conv", "resnet10", "resnet18", "mobilenet"]
    parser.add_argument("--fal-bench", default="build/bin/fal_bench")
    parser.add_argument("--model", default=["cnn4conv"], type=choice("model", models), help=f"list of {', '.join(models)}")
    parser.add_argument("--shape", default="32x32x3", help="comma-separated")
    parser.add_argument("--threads", default="1", help="comma-separated")
    whats = ["training", "inference", "clustering", "query"]
    parser.add_argument("--what", default=whats, type=choice("what", whats), help=f"list of {', '.join(whats)}")
    parser.add_argument("--isa", default=["avx512", "avx2"], type=choice("isa", ["avx512", "avx2"]),
                        help="avx512: unrestricted on both sides; avx2: both sides restricted to AVX2")
    parser.add_argument("--malloc", default=installed, type=choice("malloc", installed), help=",".join(installed))
    parser.add_argument("--layout", default=["NCHW", "channels_last"], type=choice("layout", ["NCHW", "channels_last"]))
    parser.add_argument("--mode", default=["eager", "frozen", "compiled"],
                        type=choice("mode", ["eager", "frozen", "compiled"]))
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--finalists", type=int, default=3, help="of the screening, in the alternating rounds")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each side in a round; half of it in the screening")
    parser.add_argument("--json", help="write the comparison to this file")
    options = parser.parse_args()
    missing = [m for m in ("tcmalloc", "jemalloc") if m not in installed]
    if missing:
        print(f"not installed, so not measured: {', '.join(missing)} (Debian: libtcmalloc-minimal4, libjemalloc2)")
    rows, others = [], []
    with open(os.environ.get("PEER_LOG", os.devnull), "w") as log:
        for model in options.model:
            for shape in options.shape.split(","):
                for threads in options.threads.split(","):
                    for what in [w for w in options.what if w in ("training", "inference")]:
                        for isa in options.isa:
                            rows.append(compare(options, (model, shape, int(threads), what), isa, log))
        if "clustering" in options.what:
            for threads in options.threads.split(","):
                others += bench_peer_kmeans.compare(options.fal_bench, int(threads), min(options.rounds, 3), log)
    if "query" in options.what:
        for isa in options.isa:
            subprocess.run([options.fal_bench, "--only", "query", "--runs", "20"],
                           env={**os.environ, "FAL_KERNELS_ISA": isa}, check=True)
    rows = [row for row in rows if row is not None]
    if rows:
        print("\nratio to the best PyTorch, as it comes")
    for row in rows:
        mine = row["images_per_second"]
        print(f"  {row['model']:10s}{row['shape']:8s} {row['threads']} thread(s) {row['what']:10s}{row['isa']:8s}"
              f"{mine / row['best_peer_images_per_second']:6.2f} {mine / row['as_it_comes_images_per_second']:6.2f}"
              f"   best: {row['best_peer']}")
    if rows:
        print("PyTorch " + ", ".join(sorted({f"{r['pytorch']['version']} ({r['isa']}: {r['pytorch']['capability']})"
                                             for r in rows})))
    if options.json:
        with open(options.json, "w") as file:
            json.dump(rows + others, file, indent=1)


main()
