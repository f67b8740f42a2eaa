"""Layers beside oneDNN's convolution primitives, in multiples of the measured FMA peak of one core, counted as direct
convolution (called by bench_peer.py).

Ours, from fal_bench --only layers: 64 channels without the transforms of weights, with pooling and the sums for the
statistics; the layer of the image as a part of the step, with BN, ReLU and pooling. oneDNN's: the convolution alone,
without reorders. "gradients" is both, ours with the transform that serves both. Both sides take turns; the least time
of all rounds counts.
"""
import json
import os
import subprocess

from bench_peer_compare import Peer

OUTPUTS = 64  # channels of every layer of cnn4conv
DIRECTIONS = ("forward", "data_gradient", "weight_gradient", "gradients")
SIZES = {32: (16, 8, 4), 28: (14, 7, 3)}  # maps of cnn4conv's layers of 64 channels, by the image's size


def ours(fal_bench, shape, batch, isa, runs):
    """(size, inputs) -> {direction: GFLOP/s}; the FMA peak, the kernels."""
    out = subprocess.run([fal_bench, "--only", "layers", "--shape", shape, "--batch", str(batch), "--runs", str(runs),
                          "--json", "-"], env={**os.environ, "FAL_KERNELS_ISA": isa}, check=True, capture_output=True,
                         text=True).stdout
    report = json.loads(out)
    net = report["networks"][0]
    first = {row["direction"]: gflop(net["h"], net["c"], batch) / row["least_ms"] * 1e3 for row in net["layers"][:3]}
    found = {(net["h"], net["c"]): {"forward": first["training, forward"], "weight_gradient": first["training, backward"]}}
    for row in report["winograd"]:
        found[row["size"], 64] = {direction: row[direction + "_of_peak"] * row["peak_gflops"] for direction in DIRECTIONS}
    return found, max([net["peak_gflops"], *(row["peak_gflops"] for row in report["winograd"])]), net["kernels"]


def gflop(size, inputs, batch):
    return 18e-9 * batch * size * size * inputs * OUTPUTS


def theirs(peer, size, inputs, batch, seconds):
    answer = peer.ask({"size": size, "inputs": inputs, "outputs": OUTPUTS, "batch": batch, "seconds": seconds})
    if "error" not in answer and "data_gradient" in answer:
        both = [answer[direction] for direction in ("data_gradient", "weight_gradient")]
        answer["gradients"] = {"seconds": sum(b["seconds"] for b in both),
                               "implementation": ", ".join(dict.fromkeys(b["implementation"] for b in both))}
    return answer


def compare(options, shape, batch, isa, log):
    """Prints the comparison; rows for the JSON file."""
    h, _, c = (int(s) for s in shape.split("x"))
    layers = [(h, c), *((size, 64) for size in SIZES.get(h, ()))]
    mine, least, used, peak, reason = {}, {}, {}, 0.0, None
    peer = Peer("onednn", "default", isa, 1, log)
    for _ in range(options.rounds):
        found, here, kernels = ours(options.fal_bench, shape, batch, isa, max(int(10 * options.seconds), 3))
        if not kernels.startswith(isa):
            print(f"\nlayers {shape}: {isa}: not on this CPU")
            peer.close()
            return []
        peak = max(peak, here)
        for layer in layers:
            for direction, value in found.get(layer, {}).items():
                mine[layer, direction] = max(value, mine.get((layer, direction), 0.0))
            if "missing" in peer.banner or reason:
                continue
            answer = theirs(peer, *layer, batch, options.seconds / 4)
            reason = answer.get("error")
            for direction, took in answer.items() if reason is None else ():
                if took["seconds"] <= least.get((layer, direction), took["seconds"]):
                    least[layer, direction], used[layer, direction] = took["seconds"], took["implementation"]
    peer.close()
    reason = reason or peer.banner.get("missing")
    if isa == "avx2" and any("avx512" in name for name in used.values()):
        reason, least = "uses AVX-512 in spite of ONEDNN_MAX_CPU_ISA", {}
    return show(shape, batch, isa, peak, mine, least, used, peer.banner.get("version"), reason, layers)


def show(shape, batch, isa, peak, mine, least, used, version, reason, layers):
    print(f"\nlayers of {shape}, batch {batch}, 1 thread, {isa}: multiples of the FMA peak ({peak:.0f} GFLOP/s) as direct "
          f"convolution; oneDNN {version}\n  {'':20s}{'':18s}{'fal_hpc':>9s}{'oneDNN':>9s}{'x':>7s}")
    rows = []
    for layer in layers:
        for direction in DIRECTIONS:
            if (layer, direction) not in mine:
                continue
            size, inputs = layer
            row = {"what": "layer", "shape": shape, "size": size, "inputs": inputs, "outputs": OUTPUTS, "batch": batch,
                   "isa": isa, "direction": direction, "peak_gflops": peak, "of_peak": round(mine[layer, direction] / peak, 3)}
            if (layer, direction) in least:
                work = gflop(size, inputs, batch) * (2 if direction == "gradients" else 1)
                of_peak = work / least[layer, direction] / peak
                row["onednn"] = {"of_peak": round(of_peak, 3), "version": version, "implementation": used[layer, direction]}
                beside = f"{of_peak:9.2f}{row['of_peak'] / of_peak:7.2f}  {used[layer, direction]}"
            else:
                row["onednn"] = {"skipped": reason}
                beside = f"  skipped: {reason}"
            print(f"  {f'{size}x{size}x{inputs} -> 64':20s}{direction.replace('_', ' '):18s}{row['of_peak']:9.2f}{beside}")
            rows.append(row)
    return rows
