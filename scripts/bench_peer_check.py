"""Does a peer compute what fal_bench computes? fal_bench --arrays writes images, labels, parameters before and after one
step of SGD, the loss and the logits afterwards; a peer starts from the same, and one that comes to something else is no
peer and is not timed.

Errors: logits, largest difference / largest logit; loss, relative; update and statistics, norm of the difference / norm
of what the step changed. A ReLU or a maximum that rounding pushes to the other side changes an update by a few per mille
in any float32 program, and by per cents in a deep network. bf16 has 8 bits of mantissa: it computes something else by
design. Its limits only tell another network from this one, and its errors stand beside its speed.
"""
import copy

import numpy

LIMITS = {"float32": {"logits": 1e-4, "loss": 1e-5, "update": 1e-1, "statistics": 1e-4},
          "bf16": {"logits": 5e-2, "loss": 2e-2, "update": float("inf"), "statistics": 5e-2}}


def load(folder, name):
    return numpy.load(f"{folder}/{name}.npy")


def images(folder):
    """float32 [n][c][h][w], as the peers want them."""
    return numpy.ascontiguousarray(load(folder, "images").transpose(0, 3, 1, 2))


def of_logits(folder, theirs):
    ours = load(folder, "logits")
    return {"logits": float(abs(numpy.asarray(theirs, dtype="f8") - ours).max() / abs(ours).max())}


def of_step(folder, net, loss):
    """net: after one step from `start`; loss: before it."""
    import bench_peer_nets as nets  # PyTorch: only where it is there already

    theirs = nets.take(net)
    other = copy.deepcopy(net)
    nets.put(other, load(folder, "start"))
    start = nets.take(other)
    nets.put(other, load(folder, "stepped"))
    ours = nets.take(other)
    mine = float(load(folder, "loss")[0])
    changes = [float(numpy.linalg.norm(t - o) / numpy.linalg.norm(o - s)) for t, o, s in zip(theirs, ours, start)]
    return {"loss": abs(loss - mine) / mine, "update": changes[0], "statistics": changes[1]}


def refusal(precision, errors):
    """Why this is no peer; None: it is one."""
    wrong = [f"{what} off by {error:.1e} (at most {LIMITS[precision][what]:.0e})" for what, error in errors.items()
             if not error <= LIMITS[precision][what]]
    return f"computes something else: {', '.join(wrong)}" if wrong else None
