#!/usr/bin/env python3
"""PyTorch's training step and inference on demand (started by bench_peer.py; bench_peer_serve.py: requests, answers).

Modes: eager, compiled (torch.compile), frozen (jit; inference), and bf16, bf16-compiled: the same under autocast, so
that convolutions and products are in bf16 and weights, sums and the optimiser in float32.
"""
import contextlib

import torch
from torch import nn

import bench_peer_check as check
import bench_peer_nets as nets
from bench_peer_serve import serve


def precision_of(mode):
    return torch.autocast("cpu", dtype=torch.bfloat16) if mode.startswith("bf16") else contextlib.nullcontext()


def training(request, net, forward, x, y):
    """A step, and the errors of the first one."""
    net.train()
    optimiser = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-5)
    loss_of = nn.CrossEntropyLoss()

    def step():
        optimiser.zero_grad(set_to_none=True)
        with precision_of(request["mode"]):
            loss = loss_of(forward(x), y)
        loss.backward()
        optimiser.step()
        return loss

    loss = step().item()
    return step, check.of_step(request["arrays"], net, loss)


def inference(request, net, forward, x):
    net.eval()
    if request["mode"] == "frozen":
        forward = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))

    def step():
        with torch.inference_mode(), precision_of(request["mode"]):
            return forward(x)

    return step, check.of_logits(request["arrays"], step().float().numpy())


def prepare(request):
    torch.set_num_threads(request["threads"])
    compiled = request["mode"].endswith("compiled")
    if compiled:
        import torch._inductor.config as inductor

        inductor.cpp.threads = request["threads"]
        if torch.backends.cpu.get_cpu_capability() == "AVX2":
            inductor.cpp.simdlen = 256
        torch._dynamo.reset()
    net, parameters = nets.of_arrays(request, "start" if request["what"] == "training" else "stepped")
    x = torch.from_numpy(check.images(request["arrays"]))
    if request["layout"] == "channels_last":
        net = net.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    forward = torch.compile(net) if compiled else net
    if request["what"] == "training":
        labels = torch.from_numpy(check.load(request["arrays"], "labels")).long()
        step, errors = training(request, net, forward, x, labels)
    else:
        step, errors = inference(request, net, forward, x)
    return step, {"parameters": parameters, "errors": errors}


torch.set_flush_denormal(True)
serve({"version": torch.__version__, "capability": torch.backends.cpu.get_cpu_capability()}, prepare)
