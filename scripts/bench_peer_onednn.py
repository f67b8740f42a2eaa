#!/usr/bin/env python3
"""oneDNN's convolution primitives on demand (started by bench_peer_layers.py).

They are those inside PyTorch, timed by oneDNN itself: its verbose mode prints what each primitive took, apart from the
reorders around it. A request: {"size", "inputs", "outputs", "batch", "seconds"}: 3x3, stride 1, one pixel of padding.
The answer: {direction: {"seconds": least, "implementation"}} for forward, data_gradient, weight_gradient, the faster of
the layouts NCHW (oneDNN's blocks) and channels_last; and {"error"} if a gradient is not that of float64.
"""
import json
import os
import sys
import tempfile
import time

import torch
from torch.nn import functional as F

from bench_peer_serve import stdout_for_answers

DIRECTIONS = {"forward_training": "forward", "backward_data": "data_gradient", "backward_weights": "weight_gradient"}
LIMIT = 1e-5  # largest error / largest value, beside float64


def run(x, weight, above):
    y = F.conv2d(x, weight, padding=1)
    return (y, *torch.autograd.grad(y, (x, weight) if x.requires_grad else (weight,), above))


def verify(x, weight, above):
    two = x[:2].detach()
    exact = run(two.double().requires_grad_(x.requires_grad), weight.detach().double().requires_grad_(), above[:2].double())
    ours = run(two.requires_grad_(x.requires_grad), weight, above[:2])
    for theirs, value in zip(ours, exact):
        error = float((theirs - value).abs().max() / value.abs().max())
        if not error <= LIMIT:
            raise RuntimeError(f"computes something else: off by {error:.1e} (at most {LIMIT:.0e})")


def lines_of(work, seconds):
    """What oneDNN prints while work() is repeated."""
    with tempfile.TemporaryFile("w+") as file:
        kept = os.dup(1)
        os.dup2(file.fileno(), 1)
        try:
            with torch.backends.mkldnn.verbose(torch.backends.mkldnn.VERBOSE_ON):
                end, runs = time.perf_counter() + seconds, 0
                while runs < 3 or time.perf_counter() < end:
                    work()
                    runs += 1
        finally:
            os.dup2(kept, 1)
            os.close(kept)
        file.seek(0)
        return file.read().splitlines()


def least_of(lines, found):
    for line in lines:
        part = line.split(",")
        if len(part) > 7 and part[3] == "exec" and part[5] == "convolution" and part[7] in DIRECTIONS:
            took = {"seconds": float(part[-1]) * 1e-3, "implementation": part[6]}
            best = found.setdefault(DIRECTIONS[part[7]], took)
            if took["seconds"] < best["seconds"]:
                best.update(took)


def measure(request):
    torch.manual_seed(1)
    size, inputs, outputs, batch = (request[key] for key in ("size", "inputs", "outputs", "batch"))
    found = {}
    for layout in (torch.contiguous_format, torch.channels_last):
        x = torch.randn(batch, inputs, size, size).contiguous(memory_format=layout).requires_grad_(inputs > 4)
        weight = (0.05 * torch.randn(outputs, inputs, 3, 3)).contiguous(memory_format=layout).requires_grad_()
        above = torch.randn(batch, outputs, size, size).contiguous(memory_format=layout)
        verify(x, weight, above)
        least_of(lines_of(lambda: run(x, weight, above), request["seconds"] / 2), found)
    if not found:
        raise RuntimeError("this PyTorch's convolutions are not oneDNN's, or it does not say what they take")
    return found


def main():
    torch.set_num_threads(1)
    answers = stdout_for_answers()
    version = [line.split("MKL-DNN v")[1].split()[0] for line in torch.__config__.show().splitlines() if "MKL-DNN v" in line]
    banner = {"version": version[0]} if version else {"missing": "this PyTorch was built without oneDNN"}
    print(json.dumps(banner), file=answers, flush=True)
    for line in sys.stdin:
        try:
            answer = measure(json.loads(line))
        except Exception as error:  # reported as not measured
            answer = {"error": str(error)}
        print(json.dumps(answer), file=answers, flush=True)


main()
