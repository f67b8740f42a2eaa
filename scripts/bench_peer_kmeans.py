#!/usr/bin/env python3
"""k-means: fal_bench against scikit-learn's KMeans on the same points, in turns (called by bench_peer.py).

As a program: clusters a file of points once per line read, with scikit-learn; answers with seconds and inertia.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

N, D, K, STARTS = 4750, 256, 250, 10  # one client at CIFAR-10 scale
SETS = {"separate groups": 0.6, "overlapping groups": 2.5}  # spread of a group, that of the centres being 1


def worker(path):
    import numpy
    import sklearn
    from sklearn.cluster import KMeans

    points = numpy.load(path)
    print(json.dumps({"version": sklearn.__version__}), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        found = KMeans(K, init="k-means++", n_init=STARTS, algorithm="lloyd", random_state=int(line)).fit(points)
        print(json.dumps({"seconds": time.perf_counter() - start, "inertia": float(found.inertia_),
                          "iterations": int(found.n_iter_)}), flush=True)


def write_points(path, spread):
    import numpy

    random = numpy.random.default_rng(1)
    centres = random.standard_normal((K, D))
    points = centres[numpy.arange(N) % K] + spread * random.standard_normal((N, D))
    numpy.save(path, numpy.maximum(points, 0).astype(numpy.float32))


def compare(fal_bench, threads, rounds, log):
    """Prints the comparison; rows for the JSON file."""
    rows = []
    environment = {**os.environ, **{v: str(threads) for v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}}
    print(f"\nk-means, n {N}, d {D}, k {K}, best of {STARTS}, {threads} thread(s); median of {rounds} alternating rounds")
    for name, spread in SETS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "points.npy")
            write_points(path, spread)
            peer = subprocess.Popen([sys.executable, __file__, path], text=True, stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, stderr=log, env=environment)
            banner = peer.stdout.readline()
            if not banner:
                print("  not measured: scikit-learn is not installed in this virtual environment")
                return rows
            mine, theirs = [], []
            for seed in range(rounds):
                out = subprocess.run([fal_bench, "--only", "clustering", "--points", path, "--clusters", str(K), "--starts",
                                      str(STARTS), "--seed", str(seed + 1), "--threads", str(threads), "--runs", "1", "--json", "-"], check=True,
                                     capture_output=True, text=True).stdout
                mine.append(json.loads(out)["clustering"][0])
                peer.stdin.write(f"{seed}\n")
                peer.stdin.flush()
                theirs.append(json.loads(peer.stdout.readline()))
            peer.stdin.close()
            peer.wait()
        # Every round has its own seed on both sides: the inertia of one run depends on its draws by some 0.5 %.
        seconds = [statistics.median(r["seconds"] for r in side) for side in (mine, theirs)]
        inertia = [statistics.median(r["inertia"] for r in side) for side in (mine, theirs)]
        version = json.loads(banner)["version"]
        print(f"  {name:20s} fal_hpc {seconds[0]:7.3f} s, inertia {inertia[0]:.6g}; scikit-learn {version} (lloyd, k-means++)"
              f" {seconds[1]:7.3f} s, inertia {inertia[1]:.6g}\n  {'':20s} {seconds[1] / seconds[0]:.1f} x, inertia "
              f"{100 * (inertia[0] / inertia[1] - 1):+.2f} % (medians of {rounds} seeds)", flush=True)
        rows.append({"what": "kmeans", "points": name, "threads": threads, "seconds": seconds[0], "inertia": inertia[0],
                     "scikit_learn": version, "scikit_learn_seconds": seconds[1], "scikit_learn_inertia": inertia[1]})
    return rows


if __name__ == "__main__":
    worker(sys.argv[1])
