# --embeddings FILE, embeddings of another program, in trials and single queries: a model's own change nothing; others
# change what strategies choose that read them, and no other; the same bits on any ranks, killed or not; another file is
# another trial. (What is refused: embeddings_refused.sh.)
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
need_h5py
"$BIN/fal_data" synth -o small.h5 --train 400 --test 100 --seed 5 --side 16 --classes 5 >/dev/null || exit 1
trial="small.h5 $short"
results() { ls "$1"/*_"${2/:/-}"_s1.h5; }
queries() { "$BIN/fal_data" digest --item /queries "$(results "$1" "$2")" | cut -d' ' -f1; }
run() { # NP FOLDER arguments...
  local np=$1 folder=$2; shift 2
  ranks "$np" $trial --output "$folder" "$@" >out 2>&1 || { cat out; fail "$folder"; }
}

# ---- a model's own embeddings: what G sees after AL round 1, computed here --------------------------------------------
run 2 first --strategy random --al-rounds 1
"$PYTHON" - "$(results first random)" <<'END' || fail "the model's embeddings"
import sys, h5py, numpy
with h5py.File("small.h5") as f, h5py.File(sys.argv[1]) as r:
    m = {name: a[()] for name, a in r["model"].items()}
    x = (f["train/images"][:] / 255 - f.attrs["mean"]) / f.attrs["std"]
for layer in range(4):
    n, h, w, c = x.shape
    padded = numpy.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    patches = numpy.stack([padded[:, i:i + h, j:j + w] for i in range(3) for j in range(3)], axis=3).reshape(n, h, w, 9 * c)
    kernel = m[f"features.{layer}.0.weight"].transpose(2, 3, 1, 0).reshape(9 * c, -1)
    x = patches @ kernel + m[f"features.{layer}.0.bias"]
    bn = {part: m[f"features.{layer}.1.{part}"] for part in ("weight", "bias", "running_mean", "running_var")}
    x = (x - bn["running_mean"]) / numpy.sqrt(bn["running_var"] + 1e-5) * bn["weight"] + bn["bias"]
    x = numpy.maximum(x, 0)
    x = x[:, :h // 2 * 2, :w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, -1).max(axis=(2, 4))
z = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
numpy.save("own.npy", z.astype("f4"))
other = numpy.random.default_rng(7).normal(size=(len(z), 40)).astype("f4")
numpy.save("other.npy", other)
numpy.save("half.npy", other.astype("f2")); numpy.save("half_as_float.npy", other.astype("f2").astype("f4"))
with h5py.File("other.h5", "w") as f: f["deep/z"] = other; f.create_dataset("packed", data=other.astype(">f8"), compression=4)
END
reading=coreset,typiclust:local,maxherding,cluster-margin,uherding,feal
others=random,badge,logo
run 2 without --strategy $reading,$others
run 2 own --strategy coreset,maxherding,cluster-margin --embeddings own.npy
for name in coreset:global maxherding:global cluster-margin:global; do
  "$PYTHON" - "$(results without $name)" "$(results own $name)" <<'END' || fail "$name: G's own embeddings give another choice"
import sys, h5py, numpy
without, own = (h5py.File(path)["queries"][:] for path in sys.argv[1:])
for column in ("al_round", "client", "order", "image", "label", "cluster"):
    numpy.testing.assert_array_equal(without[column], own[column], column)
assert (own["al_round"] == 2).sum() == 48
END
done

# ---- others: what changes, and what must not --------------------------------------------------------------------------
run 1 other1 --strategy $reading,$others --embeddings other.npy
for name in coreset:global typiclust:local maxherding:global cluster-margin:global uherding:global feal; do
  [ "$(queries without $name)" != "$(queries other1 $name)" ] || fail "$name: does not look at the embeddings"
done
for name in random badge:global logo; do
  [ "$(queries without $name)" = "$(queries other1 $name)" ] || fail "$name: looks at embeddings that are not its own"
done
expect_line '^z +other.npy: 40 numbers for each training image$' out
for file in other.h5:/deep/z other.h5:packed; do # the same values
  folder=h5_${file##*[:/]}; run 2 $folder --strategy coreset,feal --embeddings $file
  for name in coreset:global feal; do [ "$(queries other1 $name)" = "$(queries $folder $name)" ] || fail "$file, $name"; done
done
"$PYTHON" - "$(results other1 coreset:global)" "$(results h5_packed coreset:global)" "$(results other1 random)" \
  "$(results own coreset:global)" "$(results without coreset:global)" <<'END' || fail "what results say of them"
import sys, h5py
one, packed, random, own, without = (dict(h5py.File(path)["parameters"].attrs) for path in sys.argv[1:])
assert one["embeddings"] == b"other.npy" and packed["embeddings"] == b"other.h5:packed", (one, packed)
assert one["embeddings_digest"] == packed["embeddings_digest"] == random["embeddings_digest"], "of one set of values"
assert len(one["embeddings_digest"]) == 64 and own["embeddings_digest"] != one["embeddings_digest"]
assert not [name for name in without if name.startswith("embeddings")]
END
results other1 coreset:global | grep -q 'embeddings-other.npy' || fail "the name of the results"
"$BIN/fal_report" other1 without >out 2>&1 || { cat out; fail "fal_report"; }

# ---- ranks and threads, a kill and its resumption ---------------------------------------------------------------------
for np in 2 3; do
  OMP_NUM_THREADS=$((4 - np)) run $np other$np --strategy $reading --embeddings other.npy
  for name in coreset:global typiclust:local maxherding:global cluster-margin:global uherding:global feal; do
    [ "$(digest_of "$(results other1 $name)")" = "$(digest_of "$(results other$np $name)")" ] || fail "$name on $np ranks"
  done
done
long="--strategy uherding --al-rounds 3 --fl-rounds 4 --local-epochs 15 --checkpoint-minutes 0 --embeddings other.npy"
run 2 whole $long
for round in 2 3; do # killed in it, on as many ranks
  : >out
  "$mpirun" -np $round "$BIN/fal_hpc" $trial $long --output killed >out 2>&1 </dev/null & pid=$!
  for _ in $(seq 3000); do grep -q "AL round $round, FL round" out && break; kill -0 $pid 2>/dev/null || break; sleep 0.02; done
  rank=$(processes below $pid fal_hpc | tail -n 1)
  [ -n "$rank" ] && kill -KILL "$rank" || { cat out; fail "there was nothing to kill in AL round $round"; }
  for _ in $(seq 100); do kill -0 $pid 2>/dev/null || break; sleep 0.1; done
  kill -KILL $pid 2>/dev/null
  wait $pid 2>/dev/null
  ls killed/*.ckpt.h5 >/dev/null || fail "no checkpoint after the kill in AL round $round"
done
cp other.npy kept.npy; cp own.npy other.npy # another file under the same name, then the first again
expect_exit 2 ranks 2 $trial $long --output killed
expect_line '^fal_hpc: .*content of the file embeddings = other.npy' err
cp kept.npy other.npy
run 3 killed $long
[ "$(digest_of "$(results whole uherding:global)")" = "$(digest_of "$(results killed uherding:global)")" ] || fail "another digest after two kills"
cp own.npy other.npy; expect_exit 2 ranks 1 $trial $long --output whole; expect_line 'content of the file embeddings' err
cp kept.npy other.npy; expect_exit 0 ranks 1 $trial $long --output whole; expect_line 'already complete' out

# ---- fal_query --------------------------------------------------------------------------------------------------------
query=$BIN/fal_query
run 1 three --strategy coreset,feal --al-rounds 3 --embeddings other.npy
for name in coreset:global feal; do
  for client in 0 3; do
    "$query" small.h5 --results "$(results other1 $name)" --client $client -o chosen >out || exit 1
    "$PYTHON" - "$(results three $name)" $client <<'END' || fail "$name, client $client: not what fal_hpc chose"
import sys, h5py, numpy
with h5py.File(sys.argv[1]) as f: rows, digest = f["queries"][:], f["parameters"].attrs["embeddings_digest"]
rows = rows[(rows["al_round"] == 3) & (rows["client"] == int(sys.argv[2]))]
with h5py.File("chosen.query.h5") as f: ours, attributes = f["query"][:], dict(f.attrs)
for column in ("order", "image", "score", "cluster", "score_global", "score_local"):
    numpy.testing.assert_array_equal(ours[column], rows[column], column)
assert attributes["embeddings"] == b"other.npy" and attributes["embeddings_digest"] == digest
END
  done
done
images() { cut -d, -f3 | tail -n +2; }
from="small.h5 --results $(results other1 coreset:global) --client 1"
"$query" $from >expected || exit 1
mv other.npy moved.npy
expect_exit 3 "$query" $from; expect_message fal_query 'other.npy: is not here, and the trial of .* read embeddings from it: say by --embeddings'
"$query" $from --embeddings moved.npy | cmp - expected || fail "the same file in another place"
"$query" $from --strategy entropy >out || fail "a strategy that reads none, on results of one that does"
cp own.npy other.npy
expect_exit 3 "$query" $from; expect_message fal_query 'other.npy: are other embeddings than those of the trial'
"$query" $from --embeddings own.npy >out && ! cmp -s out expected || fail "other embeddings that are asked for"
mv moved.npy other.npy

# Nothing is labelled and there is no model: the first images, the same as arrays say.
for strategy in coreset typiclust maxherding gcnal; do
  "$query" --strategy $strategy --budget 20 --array embeddings_global=other.npy | images >expected || exit 1
  for selector in global local; do
    "$query" small.h5 --strategy $strategy:$selector --budget 20 --embeddings other.h5:/deep/z | images | cmp - expected || fail "$strategy:$selector without a model"
  done
done
"$query" small.h5 --strategy probcover --budget 20 --embeddings other.npy | images >expected # arrays do not tell the classes
"$query" small.h5 --strategy probcover:local --budget 20 --embeddings other.npy | images | cmp - expected || fail "probcover"
[ "$(sort -u expected | wc -l)" = 20 ] || fail "probcover does not choose 20"
"$query" small.h5 --strategy typiclust --budget 20 --embeddings half.npy >one || exit 1
"$query" small.h5 --strategy typiclust --budget 20 --embeddings half_as_float.npy | cmp - one || fail "float16"
# Pool and labelled images by their numbers.
seq 100 160 >pool.csv; seq 10 30 >labelled.csv
"$PYTHON" -c 'import numpy; z = numpy.load("other.npy"); numpy.save("p.npy", z[100:161]); numpy.save("l.npy", z[10:31])'
"$query" --strategy coreset --budget 9 --array embeddings_global=p.npy --array labelled_embeddings_global=l.npy | images | awk '{ print $1 + 100 }' >expected
"$query" small.h5 --strategy coreset --budget 9 --embeddings other.npy --pool pool.csv --labelled labelled.csv | images | cmp - expected || fail "pool and labelled"

# ---- the example of docs/strategies.md ---------------------------------------------------------------------------------
mkdir inputs && cp small.h5 inputs/photos.h5
page=$TOP/docs/strategies.md
awk '$0 == "```python" { getline; on = ($0 == "# make embeddings") } $0 == "```" { on = 0 } on' "$page" >make.py
[ -s make.py ] && "$PYTHON" make.py || fail "the example that makes embeddings"
sed -n 's/^    build.bin.fal_query \(inputs.photos.h5 .*--embeddings.*\)/\1/p' "$page" >command; [ "$(wc -l <command)" = 1 ] || fail "no fal_query in the example"
"$query" $(cat command) >out 2>&1 && [ "$(wc -l <first.query.csv)" = 41 ] || { cat out; fail "fal_query of the example"; }
sed -n '/^    mpirun.*photos.h5 --embeddings/{N;s/ *\\\n */ /;s/.*fal_hpc //p}' "$page" >command; [ -s command ] || fail "no fal_hpc in the example"
"$BIN/fal_hpc" $(cat command) --list-trials >out 2>&1 && [ "$(wc -l <out)" = 28 ] || { cat out; fail "fal_hpc of the example"; }
exit 0
