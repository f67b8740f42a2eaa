"""Recompute a trial's confusion of classes, class accuracies and balanced accuracy from the network in its results file
and the test images. Independent of the program: layers of docs/models.md, numpy only.

    measures.py DATASET.h5 RESULTS.h5 ...
"""
import sys

import h5py
import numpy

BATCH_NORM = 1e-5


def convolve(x, weight, bias):
    """3x3, padding 1: x [n, channels, height, width]."""
    n, _, height, width = x.shape
    padded = numpy.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    out = numpy.zeros((n, weight.shape[0], height, width))
    for i in range(3):
        for j in range(3):
            out += numpy.einsum("nchw,oc->nohw", padded[:, :, i:i + height, j:j + width], weight[:, :, i, j],
                                optimize=True)
    return out + bias[None, :, None, None]


def logits_of(model, images):
    mean, std = model.attrs["mean"], model.attrs["std"]
    w = {name: model[name][()].astype("f8") for name in model}
    x = ((images / 255.0 - mean) / std).transpose(0, 3, 1, 2)
    for i in range(4):
        x = convolve(x, w[f"features.{i}.0.weight"], w[f"features.{i}.0.bias"])
        norm = {part: w[f"features.{i}.1.{part}"][None, :, None, None]
                for part in ("weight", "bias", "running_mean", "running_var")}
        x = (x - norm["running_mean"]) / numpy.sqrt(norm["running_var"] + BATCH_NORM) * norm["weight"] + norm["bias"]
        x = numpy.maximum(x, 0)
        n, c, height, width = x.shape
        x = x[:, :, :height // 2 * 2, :width // 2 * 2].reshape(n, c, height // 2, 2, width // 2, 2).max(axis=(3, 5))
    return x.reshape(len(x), -1) @ w["linear.weight"].T + w["linear.bias"]


with h5py.File(sys.argv[1]) as f:
    images, labels = f["test/images"][()], f["test/labels"][()]
    classes = len(f.attrs["class_names"])
for name in sys.argv[2:]:
    with h5py.File(name) as f:
        assert f["model"].attrs["architecture"] in (b"cnn4conv", "cnn4conv")
        confusion, by_class = f["confusion"][()], f["class_accuracy"][()]
        balanced, rounds = f["balanced_accuracy"][()], f["rounds"][()]
        outputs = logits_of(f["model"], images)
    assert confusion.dtype == numpy.int64 and confusion.shape == (classes, classes)
    expected = numpy.zeros_like(confusion)
    numpy.add.at(expected, (labels, outputs.argmax(axis=1)), 1)
    best = numpy.sort(outputs, axis=1)
    close = (best[:, -1] - best[:, -2] < 1e-3).sum()  # rounding may decide these otherwise
    assert abs(confusion - expected).sum() <= 2 * close, (name, confusion, expected)
    assert close <= len(labels) // 20, f"{close} images of {len(labels)} lie on a border: no test"
    held = numpy.bincount(labels, minlength=classes)
    assert (confusion.sum(axis=1) == held).all(), name
    assert confusion.trace() / len(labels) == rounds["test_accuracy_last"][-1], name
    present = held > 0
    assert not present.all(), "no class is absent: no test"
    assert (numpy.diag(confusion)[present] / held[present] == by_class[-1][present]).all(), name
    assert numpy.isnan(by_class[:, ~present]).all() and not numpy.isnan(by_class[:, present]).any(), name
    assert numpy.allclose(balanced, by_class[:, present].mean(axis=1), rtol=0, atol=1e-14), name
    assert (abs(balanced - rounds["test_accuracy_last"]) > 1e-3).any(), "both measures are alike: no test"
print(f"{len(sys.argv) - 2} files hold what their networks predict")
