"""The networks of this project in PyTorch, with the parameters that fal_bench wrote (bench_peer_check.py)."""
import numpy
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
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)  # in the order of fal_bench's tensors
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
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


def tensors(net):
    """(name, tensor) in the order of fal_bench's vectors of parameters."""
    return [(name, t) for name, t in net.state_dict().items() if not name.endswith("num_batches_tracked")]


def put(net, values):
    """Parameters and running statistics from one vector."""
    first = 0
    for name, tensor in tensors(net):
        piece = values[first:first + tensor.numel()]
        if len(piece) != tensor.numel():
            raise ValueError(f"fal_bench has {len(values)} parameters and statistics, fewer than PyTorch's network")
        tensor.copy_(torch.from_numpy(numpy.ascontiguousarray(piece)).reshape(tensor.shape))
        first += tensor.numel()
    if first != len(values):
        raise ValueError(f"fal_bench has {len(values)} parameters and statistics, PyTorch's network {first}")


def take(net):
    """(trained, running statistics), each as one vector."""
    sorts = ([], [])
    for name, tensor in tensors(net):
        sorts["running_" in name].append(tensor.detach().float().reshape(-1).numpy())
    return tuple(numpy.concatenate(sort) for sort in sorts)


def of_arrays(request, which):
    """The network of a request with the parameters `which` of its arrays; the number of trained ones."""
    net = network(request["model"], *request["shape"])
    put(net, numpy.load(f"{request['arrays']}/{which}.npy"))
    return net, sum(p.numel() for p in net.parameters())
