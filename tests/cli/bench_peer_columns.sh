#!/usr/bin/env bash
# scripts/bench_peer.py with peers that are not there, that compute something else, and that do what they should; then
# charts and page from what it and fal_bench wrote. PyTorch is not needed: a stand-in answers for it.
. "$TOP/tests/cli/lib.sh"
cp -r "$TOP/scripts" scripts
mkdir -p none numbers/here pictures
for package in openvino ncnn; do echo 'raise ImportError' >none/$package.py; done
"$PYTHON" -c 'import numpy' 2>/dev/null || touch none/numpy.py # the driver only passes it by
export PYTHONPATH=$PWD/none
cat >scripts/bench_peer_torch.py <<'END'
import json, os, sys
print(json.dumps({"version": "9.9", "capability": os.environ.get("ATEN_CPU_CAPABILITY", "all")}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    assert os.path.exists(request["arrays"] + "/logits.npy") and request["clock"] == "cpu", request
    wrong = 1.0 if request["layout"] == "channels_last" else 1e-7
    errors = {"logits": wrong} if request["what"] == "inference" else {"loss": 0.0, "update": wrong, "statistics": 0.0}
    parameters = {1: 112586, 3: 113738}[request["shape"][2]]
    answer = {"rate": 50.0, "parameters": parameters, "errors": errors}
    if request["mode"] == "frozen" and request["seconds"] == 0.002:  # in a round, after the screening
        answer = {"error": "lost in a round"}
    print(json.dumps({"error": "no compiler"} if request["mode"] == "compiled" else answer), flush=True)
END
isa=avx2; "$BIN/fal_bench" --only inference --shape 16x16x1 --batch 2 --runs 1 --json - | grep -q '"kernels": "avx512' && isa=avx512
peer=("$PYTHON" scripts/bench_peer.py --fal-bench "$BIN/fal_bench" --isa $isa --clock cpu --malloc default --rounds 2 --seconds 0.002)

expect_exit 0 "${peer[@]}" --what training,inference --shape 16x16x1 --batch 2,3 --mode eager,frozen,compiled,openvino,ncnn \
  --json numbers/here/peer.json
expect_line '^training cnn4conv 16x16x1, batch 3, 1 thread' out
expect_line 'not measured: eager channels_last default malloc: computes something else: logits off by 1.0e\+00' out
expect_line 'not measured: eager channels_last default malloc: computes something else: update off by' out
expect_line '^  PyTorch compiled +skipped: no compiler' out
expect_line '^  OpenVINO +skipped: not installed \(pip install openvino\)' out
expect_line '^  OpenVINO +skipped: inference only' out
[ $isa = avx2 ] || expect_line '^  ncnn +skipped: not installed \(pip install ncnn pnnx\)' out
expect_line 'not measured: frozen NCHW default malloc: lost in a round' out
expect_no_line '^  PyTorch +skipped' out
expect_line '<- as it comes' out
"$PYTHON" - <<'END' || fail "the JSON is not as expected"
import json
report = json.load(open("numbers/here/peer.json"))
assert report["fal_hpc"].startswith("fal_bench ") and report["machine"]["cores"] > 0 and len(report["machine"]["load"]) == 3
rows = report["rows"]
assert [(r["what"], r["batch"]) for r in rows] == [("training", 2), ("inference", 2), ("training", 3), ("inference", 3)]
for row in rows:
    column = row["columns"]["PyTorch"]
    assert column["version"] == "9.9" and column["variant"] == "eager NCHW default" and column["precision"] == "float32"
    assert abs(column["times"] - row["images_per_second"] / 50) < 0.5 * column["times"] and row["best_peer_images_per_second"] == 50
    assert "skipped" in row["columns"]["OpenVINO"] and row["clock"] == "cpu"
END

# Where a way to compute has no place it is left out, with the reason.
(cd scripts && "$PYTHON" - <<'END') || fail "what is left out"
from bench_peer_check import refusal
from bench_peer_modes import MODES, environment, left_out, variants
assert refusal("float32", {"logits": 1e-6}) is None and refusal("bf16", {"logits": 1e-2, "update": 0.5}) is None
assert "logits off by" in refusal("float32", {"logits": 1e-2}) and refusal("bf16", {"logits": float("nan")})
every = {"avx2", "avx512f", "avx512_bf16"}
assert left_out("bf16", "training", "avx512", every) is None and left_out("ncnn", "inference", "avx512", every) is None
assert "bf16" in left_out("bf16", "training", "avx2", every) and "bf16" in left_out("bf16", "inference", "avx512", {"avx512f"})
assert "ncnn" in left_out("ncnn", "inference", "avx2", every) and left_out("ncnn", "inference", "avx2", {"avx2"}) is None
assert all(left_out(mode, "training", "avx512", every) == "inference only" for mode in ("frozen", "openvino", "ncnn"))
assert variants(["eager", "ncnn"], ["NCHW"], ["default"]) == [("eager", "NCHW", "default"), ("ncnn", "batched", "default"),
                                                             ("ncnn", "by-image", "default")]
assert environment("default", "avx2", 1)["ONEDNN_MAX_CPU_ISA"] == environment("default", "avx2", 1)["OV_CPU_MAX_ISA"] == "AVX2"
assert "ONEDNN_MAX_CPU_ISA" not in environment("default", "avx512", 1)
END
for wrong in "--mode slow" "--batch 0" "--batch 8,x" "--clock cpu --threads 2" "--what nothing"; do
  # shellcheck disable=SC2086
  "${peer[@]}" $wrong >out 2>err && fail "accepted: $wrong"
done

# Layers beside oneDNN, which is not there.
printf 'import json\nprint(json.dumps({"missing": "this PyTorch was built without oneDNN"}))\n' >scripts/bench_peer_onednn.py
expect_exit 0 "${peer[@]}" --what layers --shape 28x28x3 --batch 2 --rounds 1 --json numbers/here/peer-layers.json
if grep -q 'not on this CPU' out; then echo '{"rows": []}' >numbers/here/peer-layers.json; else
  expect_line '^  28x28x3 -> 64 +weight gradient +[0-9.]+  skipped: this PyTorch was built without oneDNN' out
fi
"$PYTHON" - <<'END' || fail "the rows of layers"
import json, sys
rows = json.load(open("numbers/here/peer-layers.json"))["rows"]
if not rows:
    sys.exit()
first = [(r["size"], r["inputs"], r["direction"]) for r in rows if r["inputs"] == 3]
assert first == [(28, 3, "forward"), (28, 3, "weight_gradient")], first
assert all(r["of_peak"] > 0 and "skipped" in r["onednn"] for r in rows)
END

# Charts and page from what was measured; a column stands there with its version, a missing one with its reason.
"$BIN/fal_bench" --only layers --shape 28x28x3 --runs 1 --batch 2 --json numbers/here/layers-$isa.json >log || fail "layers"
"$BIN/fal_bench" --only query --runs 1 --pool 60 --labelled 20 --budget 5 --clusters 4 --starts 2 --json numbers/here/query.json >log || fail "query"
"$PYTHON" scripts/bench_machine.py numbers/here/layers-$isa.json numbers/here/query.json || fail "no machine"
"$PYTHON" scripts/performance_charts.py numbers/here pictures || fail "no charts"
"$PYTHON" scripts/performance_page.py numbers/here pictures || fail "no page"
for chart in batch query $(grep -q '"size"' numbers/here/layers-$isa.json && echo layers-$isa); do
  "$PYTHON" -c 'import sys, xml.etree.ElementTree as tree; tree.parse(sys.argv[1])' "pictures/performance_here_$chart.svg" || fail "$chart"
  grep -qF "performance_here_$chart.svg)" numbers/here.md || fail "the page does not show $chart"
done
grep -qF 'PyTorch (9.9)' pictures/performance_here_batch.svg || fail "no version in the chart's legend"
expect_line "^\| training cnn4conv 16x16x1, 2, 1 thr., $isa \|" numbers/here.md
expect_line '\| as it comes \| PyTorch 9.9 \| compiled \|' numbers/here.md
expect_line '^OpenVINO skipped .*: not installed \(pip install openvino\)' numbers/here.md
expect_line '^\| logo \|' numbers/here.md

# The command that makes it all: a name is needed; one part by itself.
expect_exit 2 scripts/performance.sh "$BIN" "No Name"
expect_message performance.sh 'MACHINE=NAME'
PARTS="layers query peers" expect_exit 2 scripts/performance.sh "$BIN" there
expect_message performance.sh 'PARTS: peers: choose from layers query parts peer batch deep'
mkdir -p tools docs/performance docs/pictures
ln -s "$(command -v "$PYTHON")" tools/python3
PATH=$PWD/tools:$PATH RUNS=1 PARTS=layers expect_exit 0 scripts/performance.sh "$BIN" there
expect_line '^performance.sh: layers took' out
if grep -qs '"size"' docs/performance/there/layers-*.json; then
  expect_line '^\| 28x28x1 -> 64 \|' docs/performance/there.md
  grep -q '"cpu"' docs/performance/there/layers-*.json || fail "the numbers do not say of which machine they are"
  ls docs/pictures/performance_there_layers-*.svg >/dev/null || fail "no chart"
fi
