"""What bf16 costs in accuracy: PyTorch's training in float32 and under bf16's autocast, equal in all else: start, images,
order, number of steps (called by bench_peer.py).

As a program: trains once per line read ({"mode", "seed", "steps", "batch"}) on an archive of fal_data export --npz and
answers with the accuracy on its test images.
"""
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from bench_peer_modes import SETS, environment

MODES = ("float32", "bf16")


def train(images, labels, request):
    """A cnn4conv after request["steps"] steps on batches drawn by request["seed"]."""
    import torch

    import bench_peer_nets as nets

    torch.manual_seed(request["seed"])
    n, c, h, w = images.shape
    net = nets.network("cnn4conv", h, w, c, int(labels.max()) + 1).to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-5)
    order = torch.cat([torch.randperm(n) for _ in range(request["steps"] * request["batch"] // n + 1)])
    for step in range(request["steps"]):
        rows = order[step * request["batch"]:(step + 1) * request["batch"]]
        optimiser.zero_grad(set_to_none=True)
        with precision(request["mode"]):
            loss = torch.nn.functional.cross_entropy(net(images[rows]), labels[rows])
        loss.backward()
        optimiser.step()
    return net.eval()


def precision(mode):
    import torch

    return torch.autocast("cpu", dtype=torch.bfloat16) if mode == "bf16" else contextlib.nullcontext()


def worker(path):
    import numpy
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.set_flush_denormal(True)
    with numpy.load(path) as archive:
        sets = {name: archive[name] for name in ("x_train", "y_train", "x_test", "y_test")}
    mean, scale = sets["x_train"].mean((0, 1, 2)), sets["x_train"].std((0, 1, 2)) + 1e-6
    images = {name: torch.from_numpy(((sets["x_" + name] - mean) / scale).astype("f4").transpose(0, 3, 1, 2))
              .contiguous(memory_format=torch.channels_last) for name in ("train", "test")}
    labels = {name: torch.from_numpy(sets["y_" + name].astype("i8").reshape(-1)) for name in ("train", "test")}
    print(json.dumps({"version": torch.__version__, "images": len(labels["train"])}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        start = time.perf_counter()
        net = train(images["train"], labels["train"], request)
        seconds = time.perf_counter() - start
        with torch.inference_mode(), precision(request["mode"]):
            right = sum(int((net(x).argmax(1) == y).sum()) for x, y in
                        zip(images["test"].split(500), labels["test"].split(500)))
        print(json.dumps({"accuracy": right / len(labels["test"]), "seconds": seconds}), flush=True)


def archive_of(options, folder):
    """The images as .npz: of --data, or drawn."""
    def fal_data(*arguments):
        program = os.path.join(os.path.dirname(options.fal_bench) or ".", "fal_data")
        code = subprocess.run([program, *arguments], stdout=subprocess.DEVNULL).returncode  # says why by itself
        if code != 0:
            sys.exit(code)
    data, path = options.data, os.path.join(folder, "images.npz")
    if data is None:
        data = os.path.join(folder, "synth.h5")
        fal_data("synth", "-o", data, "--train", "4000", "--test", "2000")
    fal_data("export", data, "--npz", path)
    return path


def answer_of(peer):
    line = peer.stdout.readline()
    if not line:
        sys.exit("bench_peer.py: accuracy: PyTorch's process ended: set PEER_LOG=FILE to see its messages")
    return json.loads(line)


def compare(options, threads, log):
    """Prints the comparison; rows for the JSON file."""
    name = os.path.basename(options.data) if options.data else "drawn images (fal_data synth)"
    print(f"\naccuracy after equal training, {name}, cnn4conv, {options.steps} steps of 64, {threads} thread(s), "
          f"{options.seeds} seeds: PyTorch float32 and bf16", flush=True)
    if not options.flags & {"avx512_bf16", "amx_bf16"}:
        print("  skipped: this CPU has no bf16 instructions")
        return []
    with tempfile.TemporaryDirectory() as folder:
        peer = subprocess.Popen([sys.executable, __file__, archive_of(options, folder)], text=True, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=log, env=environment("default", SETS[0], threads))
        banner = answer_of(peer)
        runs = {mode: [] for mode in MODES}
        for seed in range(1, options.seeds + 1):
            for mode in MODES:
                peer.stdin.write(json.dumps({"mode": mode, "seed": seed, "steps": options.steps, "batch": 64}) + "\n")
                peer.stdin.flush()
                runs[mode].append(answer_of(peer))
        peer.stdin.close()
        peer.wait()
    accuracy = {mode: [run["accuracy"] for run in runs[mode]] for mode in MODES}
    seconds = {mode: statistics.median(run["seconds"] for run in runs[mode]) for mode in MODES}
    change = [100 * (b - a) for a, b in zip(*accuracy.values())]
    for mode in MODES:
        each = " ".join(f"{100 * a:.1f}" for a in accuracy[mode])
        print(f"  {mode:9s}{100 * statistics.mean(accuracy[mode]):6.2f} %  ({each}), {seconds[mode]:.1f} s")
    spread = f" +- {statistics.stdev(change):.2f} between seeds" if len(change) > 1 else ""
    print(f"  bf16 - float32, the same seed: {statistics.mean(change):+.2f} points{spread}", flush=True)
    return [{"what": "accuracy", "data": name, "images": banner["images"], "model": "cnn4conv", "steps": options.steps,
             "batch": 64, "threads": threads, "version": banner["version"], "accuracy": accuracy, "seconds": seconds}]


if __name__ == "__main__":
    worker(sys.argv[1])
