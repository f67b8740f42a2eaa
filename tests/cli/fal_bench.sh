#!/usr/bin/env bash
# fal_bench from outside: tiny runs of every part, JSON, wrong options.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
bench=$BIN/fal_bench
small=(--runs 1 --batch 2 --shape 16x16x1)

expect_exit 0 "$bench" "${small[@]}" --json all.json
expect_line 'training +[0-9]+ images/s' out
expect_line 'inference +[0-9]+ images/s' out
expect_line '1 convolution 16x16x1 -> 64' out
expect_line '^Winograd products alone, 36 positions' out
expect_exit 0 "$bench" "${small[@]}" --only inference --seconds=0 --json -
cp out one.json

# Several batches, in the order given.
expect_exit 0 "$bench" --only training --clock cpu --runs 1 --shape 16x16x1 --batch 2,3 --json batches.json
expect_line 'batch 3, 1 thread' out

# Arrays, and nothing else: a step of SGD without velocity must be the one between start and stepped.
expect_exit 0 "$bench" --arrays arrays --shape 16x16x1 --batch 3,2
expect_empty out
"$PYTHON" - <<'END' || fail "the arrays are not as expected"
import struct
def load(name):
    raw = open(f"arrays/{name}.npy", "rb").read()
    start = 10 + struct.unpack("<H", raw[8:10])[0]
    head = eval(raw[10:start])
    code = {"<f4": "f", "<i4": "i"}[head["descr"]]
    return head["shape"], struct.unpack(f"<{(len(raw) - start) // 4}{code}", raw[start:])
shapes = {n: load(n)[0] for n in ("images", "labels", "start", "stepped", "loss", "logits")}
assert shapes["images"] == (3, 16, 16, 1) and shapes["labels"] == (3,) and shapes["logits"] == (3, 10), shapes
assert shapes["start"] == shapes["stepped"] == (112586 + 4 * 2 * 64,), shapes  # trained, and four layers' statistics
start, stepped = load("start")[1], load("stepped")[1]
changed = [abs(a - b) for a, b in zip(start, stepped)]
assert 0.5 < sum(c > 0 for c in changed) / len(changed) and load("loss")[1][0] > 0
END

# Every part, tiny.
tiny=(--pool 60 --labelled 20 --budget 5 --clusters 4 --starts 2)
expect_exit 0 "$bench" --only all --runs 1 --batch 4 --seconds 0 --shape 16x16x3 "${tiny[@]}" --json parts.json
expect_line 'training +[0-9]+ +[0-9]+ \(|scaling: not measured' out
expect_line 'k-means, overlapping groups +60 +256 +4 +1 .*inertia' out
expect_line '^  gcnal:global +1 +0\.000 ' out
expect_line '^ +115658 +1 ' out
expect_exit 0 mpirun -np 2 "$bench" --only aggregation --runs 2 --json ranks.json
[ "$(grep -c '115658 *2' out)" = 1 ] || fail "one row per size is expected, from rank 0"
"$PYTHON" - <<'END' || fail "the points cannot be written"
import struct
values = [float((7 * i * i) % 31) for i in range(40 * 3)]
header = "{'descr': '<f4', 'fortran_order': False, 'shape': (40, 3), }"
header += " " * (63 - (len(header) + 10) % 64) + "\n"
open("points.npy", "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack("<120f", *values))
END
expect_exit 0 "$bench" --only clustering --points points.npy --clusters 5 --runs 1 --json points.json
expect_line 'k-means, from a file +40 +3 +5 ' out
expect_exit 3 "$bench" --only clustering --points points.npy --clusters 50 --runs 1
expect_message fal_bench 'points.npy: a float32 array'

"$PYTHON" - <<'END' || fail "the JSON is not as expected"
import json
whole, one, parts, ranks, points = (json.load(open(n + ".json")) for n in ("all", "one", "parts", "ranks", "points"))
net = whole["networks"][0]
assert net["parameters"] > 110000 and len(net["layers"]) == 15 and net["training_images_per_second"] > 0
net = one["networks"][0]
assert net["inference_images_per_second"] > 0 and "layers" not in net and "training_images_per_second" not in net
assert list(parts)[3:] == ["networks", "winograd", "winograd_products", "scaling", "clustering", "queries", "aggregation"]
for r in whole["winograd_products"]:  # empty where there are no vector kernels
    for what in ("forward", "weight_gradient"):
        # Numbers with two decimals, where a sanitizer makes them small, and a share with three.
        share, digits = r[what + "_gflops"] / r["peak_gflops"], 0.006 / r["peak_gflops"]
        assert 0 < r[what + "_of_peak"] and abs(r[what + "_of_peak"] - share) < 1e-3 + (1 + share) * digits, r
assert [r["tiles"] for r in whole["winograd_products"]] == ([12, 24, 48] if whole["winograd"] else [])
assert [(n["batch"], n["clock"]) for n in json.load(open("batches.json"))["networks"]] == [(2, "cpu"), (3, "cpu")]
assert net["clock"] == "wall"
for r in whole["winograd"]:
    assert r["channels"] == 64 and r["batch"] == 2 and r["peak_gflops"] > 1, r
assert [r["what"] for r in parts["clustering"]] == ["k-means", "k-means", "k-centre", "k-means++ draws (badge)"]
queries = {r["strategy"]: r for r in parts["queries"]}
assert len(queries) == 5 and queries["logo"]["local_only_seconds"] > 0 and queries["entropy:global"]["local_only_seconds"] < 1e-3
for r in queries.values():
    assert r["total_seconds"] >= r["local_only_seconds"] + r["inference_seconds"] + r["selection_seconds"] - 1e-3
    assert "authors_ratio" not in r  # other sizes than theirs
assert [(r["parameters"], r["ranks"]) for r in ranks["aggregation"]] == [(115658, 2), (1000000, 2)]
assert points["clustering"][0]["n"] == 40 and len(points["clustering"]) == 1
END

for wrong in "--only nothing" "--only" "--runs 0" "--runs 1x" "--seconds -1" "--shape 32x32" "--shape 1x2x3x4" "--threads 0" \
  "--batch 0" "--clock cpu" "--clock sun" "--clock cpu --only training --threads 2" "--batch 8,x" "--arrays /dev/null" "--arrays arrays --json x.json" "--arrays arrays --only training" "--budget 5000" "--clusters 0" "--starts x" "--points /nowhere.npy --only clustering" \
  "--strategy nothing --only query --pool 300 --budget 3 --clusters 2" "--only query --shape 28x28x1" "--strategy" \
  "--model cnn5conv" "--kernels slow" "--sed 1" "x" "--json /nowhere/x --runs 1 --batch 1 --shape 16x16x1"; do
  # shellcheck disable=SC2086
  "$bench" $wrong >out 2>err && fail "accepted: $wrong"
  expect_message fal_bench ""
done
