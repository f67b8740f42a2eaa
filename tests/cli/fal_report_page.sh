#!/usr/bin/env bash
# The page of fal_report: every number of its tables and figures against its JSON, one valid file that asks nobody for
# anything, and the files beside it, for real results and every option that changes what is computed.
. "$TOP/tests/cli/lib.sh"
. "$TOP/tests/cli/hpc_lib.sh"
report=$BIN/fal_report

"$BIN/fal_data" synth -o tiny.h5 --train 240 --test 80 --side 16 --seed 5 >/dev/null || fail "no data set"
tiny="--clients 3 --al-rounds 3 --fl-rounds 2 --local-epochs 1 --budget 12 --batch-size 16 --evaluate 2 --local-only-epochs 2"
"$BIN/fal_hpc" tiny.h5 $tiny --strategy random,logo,entropy:global,entropy:local --seeds 1-3 --output runs >hpc.out 2>&1 </dev/null ||
  { cat hpc.out; fail "no results"; }
"$BIN/fal_hpc" tiny.h5 $tiny --alpha 1 --strategy random,logo,entropy:global,entropy:local --seeds 1,2 --output runs >hpc.out 2>&1 </dev/null ||
  { cat hpc.out; fail "no results of a second setting"; }
one=(runs/*_s1.h5)

page() { # NAME OPTION ...: -o NAME must be quiet, and is checked below
  local name=$1; shift
  expect_exit 0 "$report" "$@" -o "$name"; pages+=("$name")
}
pages=()
page all runs
page split runs --split-selectors
page balanced runs --measure balanced
page student runs --threshold student --rounds tested --column m_transport
page single "${one[0]}" # one trial: nothing to compare
page pair runs/*batch_size*_logo_s1.h5 runs/*batch_size*_random_s1.h5 --data tiny.h5 --baseline runs # one seed: no intervals
if "$PYTHON" -c 'import h5py' 2>/dev/null; then
  mkdir parts; cp runs/*.h5 parts
  "$PYTHON" - <<'END2' || fail "cannot change results"
import glob, h5py
for path in sorted(glob.glob("parts/*logo_s2.h5")):
    with h5py.File(path, "r+") as f:
        f.attrs["status"] = "stopped"
        for name in "rounds", "labelled_counts", "query_counts", "class_accuracy", "balanced_accuracy", "confusion":
            if name in f and name != "confusion":
                kept, about = f[name][:2], dict(f[name].attrs)
                del f[name]
                f[name] = kept
                f[name].attrs.update(about)
            elif name in f:
                del f[name]
END2
  page partial parts --partial
  page without parts
  expect_line 'logo_s2.h5: stopped after 2 AL rounds: left out' err
  grep -q 'logo_s2.h5: stopped after 2 AL rounds' without/report.html || fail "the page does not name what was left out"
else
  echo "skipped: no unfinished trials: python3 with h5py is not there"
fi
"$PYTHON" "$TOP/tests/checks/page.py" --mutations "${pages[@]}" || fail "a page is not what it should be"

# What is printed instead is what the page holds; the same results give the same bytes.
expect_exit 0 "$report" runs --json; cmp -s out all/report.json || fail "--json prints another report than the page holds"
expect_exit 0 "$report" runs --latex
for f in all/tex/*.tex; do grep -qF -- "$(sed -n 7p "$f")" out || fail "--latex lacks $f"; done
expect_exit 0 "$report" runs -o again; diff -r all again || fail "two reports on the same results differ"
exit 0
