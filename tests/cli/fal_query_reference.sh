# fal_query on the arrays of the reference numbers (query.h5, query_more.h5): every selection that no random draw
# enters, in order.
. "$TOP/tests/cli/lib.sh"
need_h5py
files=("$TOP/tests/fixtures/query.h5" "$TOP/tests/fixtures/query_more.h5")
if [ -r "${FAL_REFERENCE:-}/query.h5" ]; then
  files+=("$FAL_REFERENCE/query.h5")
else
  echo "no reference numbers (query.h5 in FAL_REFERENCE): the committed ones only"
fi

"$PYTHON" - "$BIN/fal_query" "${files[@]}" <<'END' || fail "a selection differs"
import subprocess, sys, h5py, numpy

names = {"logits": "logits_%s", "labelled_logits": "logits_%s_lab", "embeddings": "emb_%s",
         "labelled_embeddings": "emb_%s_lab", "head_weight": "head_%s_w", "head_bias": "head_%s_b"}
models = {"global": "G", "local": "L"}
cases = [(f"{score}:{model}", f"{score}_{letter}/selection", []) for score in
         ("entropy", "confidence", "margin", "coreset") for model, letter in models.items()]
cases += [("ensemble-logit:entropy", "ens_logit_entropy/selection", ["--ensemble", "logit"]),
          ("ensemble-logit:entropy", "ens_probability_entropy/selection", ["--ensemble", "probability"]),
          ("ensemble-rank:entropy", "ens_rank_entropy/selection", []),
          ("ksas", "ksas/selection", []), ("feal", "feal/selection", []),
          ("fairfal", "fairfal/own_ratio/selection", []),
          ("fairfal", "fairfal/ratio_0.2/selection", ["--shared", "0.2"]),
          ("fairfal", "fairfal/ratio_0.9/selection", ["--shared", "0.9"])]
later = [(f"{name}:{model}", f"{name}_{letter}/selection", []) for name in ("maxherding", "uherding", "cdal")
         for model, letter in models.items()]
asked = wrong = 0
for path in sys.argv[2:]:
    for group in h5py.File(path).values():
        with h5py.File("arrays.h5", "w") as arrays:
            for model, letter in models.items():
                for name, pattern in names.items():
                    arrays[f"{name}_{model}"] = group["inputs"][pattern % letter][:]
            arrays["labels"] = group["inputs/y_lab"][:]
        same = group["inputs/same_as"][:] if "same_as" in group["inputs"] else numpy.arange(group.attrs["n"])
        for strategy, expected, options in later if path.endswith("query_more.h5") else cases:
            command = [sys.argv[1], "--strategy", strategy, "--arrays", "arrays.h5", "--budget", str(group.attrs["budget"])]
            run = subprocess.run(command + options + ["-o", "chosen"], capture_output=True, text=True)
            if run.returncode:
                sys.exit(f"{strategy}: exit code {run.returncode}: {run.stderr}")
            with h5py.File("chosen.query.h5") as chosen:
                images = chosen["query"]["image"]
            truth = group["ref"][expected][:]
            # Rows that are identical may be told apart by rounding where distances decide; their scores are equal.
            by_distance = strategy.split(":")[0] in ("coreset", "fairfal", "maxherding", "uherding", "cdal")
            asked += 1
            if not numpy.array_equal(*((same[images], same[truth]) if by_distance else (images, truth))):
                print(f"{path} {group.name} {strategy} {' '.join(options)}: {images} instead of {truth}")
                wrong += 1
print(asked, "selections,", wrong, "wrong")
sys.exit(wrong > 0 or asked < 40)
END
