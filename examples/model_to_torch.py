"""The global model of a results file in PyTorch, on the test images of its dataset. Needs h5py and torch.

    python3 examples/model_to_torch.py RESULTS.h5 DATASET.h5

Prints the test accuracy by PyTorch and the one that fal_hpc recorded; ends with 1 if they differ by more than an image.
The network here is cnn4conv; docs/models.md has the names of the tensors of the others.
"""
import sys

import h5py
import torch
from torch import nn


class Cnn4Conv(nn.Module):
    def __init__(self, channels, classes, height, width):
        super().__init__()
        blocks = [nn.Sequential(nn.Conv2d(channels if i == 0 else 64, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
                                nn.MaxPool2d(2)) for i in range(4)]
        self.features = nn.ModuleList(blocks)
        self.linear = nn.Linear(64 * (height // 16) * (width // 16), classes)

    def forward(self, x):
        for block in self.features:
            x = block(x)
        return self.linear(x.flatten(1))


def main(results, dataset):
    with h5py.File(results) as file:
        group = file["model"]
        shape = {name: int(group.attrs[name]) for name in ("channels", "classes", "height", "width")}
        mean, std = torch.tensor(group.attrs["mean"]), torch.tensor(group.attrs["std"])
        state = {name: torch.tensor(group[name][()]) for name in group}
        recorded = float(file["rounds"]["test_accuracy_last"][-1])
    net = Cnn4Conv(**shape).eval()
    net.load_state_dict(state)
    with h5py.File(dataset) as file:
        images = torch.tensor(file["test/images"][()]).float() / 255
        labels = torch.tensor(file["test/labels"][()]).long()
    with torch.no_grad():
        guess = net(((images - mean) / std).permute(0, 3, 1, 2)).argmax(1)
    accuracy = (guess == labels).double().mean().item()
    print(f"test accuracy: {accuracy:.4f} by PyTorch, {recorded:.4f} by fal_hpc")
    return abs(accuracy - recorded) > 1.01 / len(labels)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
