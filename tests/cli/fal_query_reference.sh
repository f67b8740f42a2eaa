# fal_query on the arrays of the reference numbers (query.h5): every selection that no random draw enters, in order.
. "$TOP/tests/cli/lib.sh"
need_h5py
[ -r "$FAL_REFERENCE/query.h5" ] || skip "no reference numbers (query.h5 in FAL_REFERENCE)"

"$PYTHON" - "$FAL_REFERENCE/query.h5" "$BIN/fal_query" <<'END' || fail "a selection differs"
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
wrong = 0
reference = h5py.File(sys.argv[1])
for group in reference.values():
    with h5py.File("arrays.h5", "w") as arrays:
        for model, letter in models.items():
            for name, pattern in names.items():
                arrays[f"{name}_{model}"] = group["inputs"][pattern % letter][:]
        arrays["labels"] = group["inputs/y_lab"][:]
    same = group["inputs/same_as"][:] if "same_as" in group["inputs"] else numpy.arange(group.attrs["n"])
    for strategy, expected, options in cases:
        command = [sys.argv[2], "--strategy", strategy, "--arrays", "arrays.h5", "--budget", str(group.attrs["budget"])]
        run = subprocess.run(command + options + ["-o", "chosen"], capture_output=True, text=True)
        if run.returncode:
            sys.exit(f"{strategy}: exit code {run.returncode}: {run.stderr}")
        with h5py.File("chosen.query.h5") as chosen:
            images = chosen["query"]["image"]
        truth = group["ref"][expected][:]
        # Rows that are identical may be told apart by rounding where distances decide; their scores are equal.
        by_distance = strategy.split(":")[0] in ("coreset", "fairfal")
        if not numpy.array_equal(*((same[images], same[truth]) if by_distance else (images, truth))):
            print(f"{group.name} {strategy} {' '.join(options)}: {images} instead of {truth}")
            wrong += 1
print(len(reference) * len(cases), "selections,", wrong, "wrong")
sys.exit(wrong > 0)
END
