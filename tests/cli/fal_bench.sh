#!/usr/bin/env bash
# fal_bench from outside: tiny runs of every part, JSON, wrong options.
. "$TOP/tests/cli/lib.sh"
bench=$BIN/fal_bench
small=(--runs 1 --batch 2 --shape 16x16x1)

expect_exit 0 "$bench" "${small[@]}" --json all.json
expect_line 'training +[0-9]+ images/s' out
expect_line 'inference +[0-9]+ images/s' out
expect_line '1 convolution 16x16x1 -> 64' out
expect_exit 0 "$bench" "${small[@]}" --only inference --seconds=0 --json -
cp out one.json
"$PYTHON" - <<'END' || fail "the JSON is not as expected"
import json
whole, one = json.load(open("all.json")), json.load(open("one.json"))
assert whole[0]["parameters"] > 110000 and len(whole[0]["layers"]) == 15 and whole[0]["training_images_per_second"] > 0
assert one[0]["inference_images_per_second"] > 0 and "layers" not in one[0] and "training_images_per_second" not in one[0]
END

for wrong in "--only nothing" "--only" "--runs 0" "--runs 1x" "--seconds -1" "--shape 32x32" "--shape 1x2x3x4" "--threads 0" \
  "--batch 0" "--model cnn5conv" "--kernels slow" "--sed 1" "x" "--json /nowhere/x --runs 1 --batch 1 --shape 16x16x1"; do
  # shellcheck disable=SC2086
  "$bench" $wrong >out 2>err && fail "accepted: $wrong"
  expect_message fal_bench ""
done
