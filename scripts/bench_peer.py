#!/usr/bin/env python3
"""Training step and inference of cnn4conv: fal_bench against PyTorch, alternating in one run.

Every PyTorch variant (memory layout, eager / compiled / jit-frozen, malloc) is a process of its own that waits for its
turn; in each round all variants and fal_bench take one turn after the other. Medians over the rounds are compared; the
best variant is the peer. "As it comes" is eager, NCHW, default malloc.
"""
import argparse
import glob
import json
import os
import statistics
import subprocess
import sys
import time

MALLOC_TUNED = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "4294967296",
                "MALLOC_TOP_PAD_": "268435456"}


def worker(spec):
    """One variant: reads lines with seconds, writes images per second."""
    import torch
    from torch import nn

    h, w, c = spec["shape"]
    n = spec["batch"]
    torch.set_num_threads(spec["threads"])
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    blocks = []
    channels = c
    for _ in range(4):
        blocks += [nn.Conv2d(channels, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)]
        channels = 64
    net = nn.Sequential(*blocks, nn.Flatten(), nn.Linear(64 * (h // 16) * (w // 16), 10))
    x = torch.randn(n, c, h, w)
    y = torch.arange(n) % 10
    if spec["layout"] == "channels_last":
        net = net.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    if spec["what"] == "training":
        net.train()
        optimiser = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-5)
        loss_of = nn.CrossEntropyLoss()
        forward = torch.compile(net) if spec["mode"] == "compiled" else net

        def step():
            optimiser.zero_grad(set_to_none=True)
            loss_of(forward(x), y).backward()
            optimiser.step()
    else:
        net.eval()
        forward = net
        if spec["mode"] == "frozen":
            forward = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))
        elif spec["mode"] == "compiled":
            forward = torch.compile(net)

        def step():
            with torch.inference_mode():
                forward(x)

    for _ in range(5):
        step()
    print("ready", torch.__version__, torch.backends.cpu.get_cpu_capability(), flush=True)
    for line in sys.stdin:
        end = time.perf_counter() + float(line)
        seconds = []
        while time.perf_counter() < end:
            start = time.perf_counter()
            step()
            seconds.append(time.perf_counter() - start)
        print(n / statistics.median(seconds), flush=True)


def preload_libraries():
    found = {}
    for name, pattern in (("tcmalloc", "libtcmalloc_minimal.so*"), ("jemalloc", "libjemalloc.so*")):
        paths = [p for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib") for p in
                 sorted(glob.glob(os.path.join(folder, pattern)))]
        if paths:
            found[name] = paths[0]
    return found


class Variant:
    def __init__(self, spec, environment, name, log):
        self.name = name
        self.rates = []
        self.process = subprocess.Popen([sys.executable, __file__, "--worker", json.dumps(spec)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                        env={**os.environ, **environment})

    def ready(self):
        self.banner = self.process.stdout.readline().split()
        return bool(self.banner)

    def turn(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        self.rates.append(float(self.process.stdout.readline()))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def ours(options, shape, threads, isa):
    environment = {**os.environ, "FAL_KERNELS_ISA": isa}
    out = subprocess.run([options.fal_bench, "--shape", "x".join(map(str, shape)), "--threads", str(threads), "--batch",
                          str(options.batch), "--runs", str(options.runs), "--json", "-"], env=environment, check=True,
                         capture_output=True, text=True).stdout
    return json.loads(out)[0]


def variants_of(options, shape, threads, what, log):
    mallocs = {"default malloc": {}, "glibc tuned": MALLOC_TUNED}
    mallocs.update({name: {"LD_PRELOAD": path} for name, path in preload_libraries().items()})
    modes = ["eager", "compiled"] if what == "training" else ["eager", "frozen", "compiled"]
    best_malloc = [m for m in mallocs if m != "default malloc"][-1]
    started = []
    for mode in modes:
        if mode == "compiled" and options.no_compile:
            continue
        for layout in ("NCHW", "channels_last"):
            for malloc, environment in mallocs.items():
                # Compiled and frozen networks: with the default and one tuned malloc.
                if mode != "eager" and malloc not in ("default malloc", best_malloc):
                    continue
                spec = {"shape": shape, "batch": options.batch, "threads": threads, "what": what, "mode": mode,
                        "layout": layout}
                variant = Variant(spec, {"OMP_NUM_THREADS": str(threads), **environment},
                                  f"{mode} {layout} {malloc}", log)
                if variant.ready():  # one after the other: starting is work, too
                    started.append(variant)
                else:
                    print(f"  not measured (see the log): {variant.name}")
    return started


def compare(options, shape, threads, what, log):
    variants = variants_of(options, shape, threads, what, log)
    rates = {isa: [] for isa in options.isa}
    key = "training_images_per_second" if what == "training" else "inference_images_per_second"
    for _ in range(options.rounds):
        for variant in variants:
            variant.turn(options.seconds)
        for isa in options.isa:
            result = ours(options, shape, threads, isa)
            if result["kernels"] == isa:
                rates[isa].append(result[key])
    for variant in variants:
        variant.close()
    title = "x".join(map(str, shape))
    print(f"\n{what} {title}, batch {options.batch}, {threads} thread(s), images/s, median (least - most) of "
          f"{options.rounds} rounds")
    peers = sorted(variants, key=lambda v: -statistics.median(v.rates))
    for variant in peers:
        print(f"  PyTorch {variant.name:36s} {statistics.median(variant.rates):8.0f}  ({min(variant.rates):.0f} - "
              f"{max(variant.rates):.0f})")
    plain = next(v for v in variants if v.name == "eager NCHW default malloc")
    results = []
    for isa, values in rates.items():
        if not values:
            print(f"  fal_hpc {isa}: not on this CPU")
            continue
        mine, best = statistics.median(values), statistics.median(peers[0].rates)
        each = sorted(a / b for a, b in zip(values, peers[0].rates))
        print(f"  fal_hpc {isa:36s} {mine:8.0f}  ({min(values):.0f} - {max(values):.0f})   {mine / best:.2f} x the best"
              f" peer ({each[0]:.2f} - {each[-1]:.2f}), {mine / statistics.median(plain.rates):.2f} x as it comes")
        results.append({"what": what, "shape": title, "threads": threads, "kernels": isa, "images_per_second": mine,
                        "best_peer": peers[0].name, "best_peer_images_per_second": best,
                        "as_it_comes_images_per_second": statistics.median(plain.rates)})
    sys.stdout.flush()
    return results, peers[0].banner


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fal-bench", default="build/bin/fal_bench")
    parser.add_argument("--shape", default="32x32x3", help="comma-separated")
    parser.add_argument("--threads", default="1", help="comma-separated")
    parser.add_argument("--what", default="training,inference", help="comma-separated")
    parser.add_argument("--isa", default="avx512,avx2", help="instruction sets of ours, comma-separated")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=10, help="runs of fal_bench in a round")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each PyTorch variant in a round")
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    parser.add_argument("--json", help="write the comparison to this file")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(json.loads(options.worker))
        return
    options.isa = options.isa.split(",")
    results = []
    with open(os.environ.get("PEER_LOG", os.devnull), "w") as log:
        for shape in options.shape.split(","):
            for threads in options.threads.split(","):
                for what in options.what.split(","):
                    found, banner = compare(options, [int(s) for s in shape.split("x")], int(threads), what, log)
                    results += found
    print(f"\nPyTorch {banner[1]}, CPU capability {banner[2]}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file, indent=1)


main()
