#!/usr/bin/env python3
"""The networks of this project in PyTorch, and their training step and inference on demand (started by bench_peer.py).

Reads one JSON object per line: {"model", "shape", "batch", "threads", "what", "mode", "layout", "seconds"}. Answers with
{"rate": images per second (median step), "parameters"} or {"error"}. The network of the last request is kept, so that
a process that is asked the same again measures at once.
"""
import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


def cnn4conv(h, w, c, classes):
    blocks, channels = [], c
    for _ in range(4):
        blocks += [nn.Conv2d(channels, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)]
        channels = 64
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(64 * (h // 16) * (w // 16), classes))


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


def resnet(blocks, c, classes):
    layers, inputs = [nn.Conv2d(c, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()], 64
    for stage, outputs in enumerate((64, 128, 256, 512)):
        for block in range(blocks):
            layers.append(BasicBlock(inputs, outputs, 2 if stage > 0 and block == 0 else 1))
            inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes))


def mobilenet(c, classes):
    layers, inputs = [nn.Conv2d(c, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU()], 32
    for outputs, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)):
        layers += [nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False), nn.BatchNorm2d(inputs), nn.ReLU(),
                   nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
        inputs = outputs
    return nn.Sequential(*layers, nn.AvgPool2d(2), nn.Flatten(), nn.Linear(1024, classes))


def network(name, h, w, c, classes=10):
    if name == "cnn4conv":
        return cnn4conv(h, w, c, classes)
    return mobilenet(c, classes) if name == "mobilenet" else resnet({"resnet10": 1, "resnet18": 2}[name], c, classes)


def make_step(request):
    """A function without arguments that makes one step, and the number of trained parameters."""
    h, w, c = request["shape"]
    torch.manual_seed(1)
    net = network(request["model"], h, w, c)
    x = torch.randn(request["batch"], c, h, w)
    y = torch.arange(request["batch"]) % 10
    if request["layout"] == "channels_last":
        net = net.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    parameters = sum(p.numel() for p in net.parameters())
    compiled = request["mode"] == "compiled"
    if request["what"] == "training":
        net.train()
        optimiser = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-5)
        loss_of = nn.CrossEntropyLoss()
        forward = torch.compile(net) if compiled else net

        def step():
            optimiser.zero_grad(set_to_none=True)
            loss_of(forward(x), y).backward()
            optimiser.step()
    else:
        net.eval()
        forward = torch.compile(net) if compiled else net
        if request["mode"] == "frozen":
            forward = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))

        def step():
            with torch.inference_mode():
                forward(x)
    return step, parameters


def prepare(request):
    torch.set_num_threads(request["threads"])
    if request["mode"] == "compiled":
        import torch._inductor.config as inductor

        inductor.cpp.threads = request["threads"]
        if torch.backends.cpu.get_cpu_capability() == "AVX2":
            inductor.cpp.simdlen = 256
        torch._dynamo.reset()
    step, parameters = make_step(request)
    for _ in range(3):
        step()
    return step, parameters


def main():
    torch.set_flush_denormal(True)
    print(json.dumps({"version": torch.__version__, "capability": torch.backends.cpu.get_cpu_capability()}), flush=True)
    last, step, parameters = None, None, 0
    for line in sys.stdin:
        request = json.loads(line)
        duration = request.pop("seconds")
        try:
            if request != last:
                step, last = None, None
                step, parameters = prepare(request)
                last = request
            end, seconds = time.perf_counter() + duration, []
            while len(seconds) < 3 or time.perf_counter() < end:
                start = time.perf_counter()
                step()
                seconds.append(time.perf_counter() - start)
            answer = {"rate": request["batch"] / statistics.median(seconds), "parameters": parameters}
        except Exception as error:  # a variant that this PyTorch cannot do is reported as not measured
            answer = {"error": f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"}
        print(json.dumps(answer), flush=True)


main()
