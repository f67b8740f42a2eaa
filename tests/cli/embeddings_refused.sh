# --embeddings FILE: what is refused, each with one message and the exit code of its kind, by fal_hpc on one rank and two
# and by fal_query; what --dry-run says of the memory.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
need_h5py
query=$BIN/fal_query
"$BIN/fal_data" synth -o small.h5 --train 400 --test 100 --seed 5 --side 16 --classes 5 >/dev/null || exit 1
"$PYTHON" - <<'END' || fail "embeddings"
import numpy, h5py
numpy.save("own.npy", numpy.random.default_rng(6).normal(size=(400, 64)).astype("f4"))
z = numpy.random.default_rng(7).normal(size=(400, 40)).astype("f4"); numpy.save("other.npy", z)
with h5py.File("other.h5", "w") as f: f["deep/z"] = z
END
refused() { # NP CODE PATTERN arguments of both programs...
  local np=$1 code=$2 pattern=$3; shift 3
  if [ "$np" = 1 ]; then
    expect_exit "$code" "$BIN/fal_hpc" small.h5 "$@" --output refused
  else
    expect_exit "$code" ranks "$np" small.h5 "$@" --output refused
  fi
  [ "$(grep -c '^fal_hpc: ' err)" = 1 ] || { cat err; fail "not one message"; }
  expect_line "^fal_hpc: .*$pattern" err
  expect_exit "$code" "$query" small.h5 "$@"; expect_message fal_query "$pattern"
}
"$PYTHON" - <<'END' || fail "bad files"
import numpy, h5py
z = numpy.load("other.npy")
numpy.save("fewer.npy", z[:399]); numpy.save("more.npy", numpy.concatenate([z, z[:1]])); numpy.save("flat.npy", z[:, 0])
numpy.save("deep.npy", z.reshape(400, 8, 5)); numpy.save("whole.npy", z.astype("i4")); numpy.save("none.npy", z[:, :0])
numpy.save("order.npy", numpy.asfortranarray(z)); numpy.save("big.npy", z.astype(">f4")); numpy.save("objects.npy", z.astype(object), allow_pickle=True)
for name, value in ("nan", numpy.nan), ("infinite", numpy.inf), ("beyond", 1e18):
    bad = z.copy(); bad[17, 3] = value; numpy.save(name + ".npy", bad)
wide = z.astype("f8"); wide[399, 39] = 1e300; numpy.save("wide.npy", wide)
open("cut.npy", "wb").write(open("other.npy", "rb").read()[:-1]); open("text.npy", "w").write("1,2,3\n")
numpy.savez("z.npz", z); numpy.save("zeros.npy", 0 * z)
with h5py.File("bad.h5", "w") as f:
    f["z"] = z; f["fewer"] = z[:7]; f["half"] = z.astype("f2"); f["nan"] = numpy.load("nan.npy"); f["words"] = [["a", "b"]] * 400
    f["outside"] = h5py.ExternalLink("other.h5", "/deep/z"); f["soft"] = h5py.SoftLink("/z"); f.create_group("group")
    f.create_dataset("kept", (400, 40), "f4", external=[("outside.raw", 0, 64000)])
    f.create_dataset("never", (400, 40), "f4")
    layout = h5py.VirtualLayout((400, 40), "f4"); layout[:] = h5py.VirtualSource("other.h5", "deep/z", (400, 40)); f.create_virtual_dataset("virtual", layout)
open("cut.h5", "wb").write(open("other.h5", "rb").read()[:1500])
END
mkdir folder.npy; mkfifo pipe.npy
while read -r np code file pattern; do refused "$np" "$code" "$pattern" --strategy coreset --embeddings "$file"; done <<'END'
2 3 fewer.npy fewer.npy: has 399 rows, but small.h5 has 400 training images: give one row per training image
1 3 more.npy more.npy: has 401 rows, but small.h5 has 400 training images
1 3 flat.npy flat.npy: holds real numbers with 1 axis: expected a row of real numbers per image, two axes
1 3 deep.npy deep.npy: holds real numbers with 3 axes
1 3 whole.npy whole.npy: holds no real numbers with 2 axes
1 3 none.npy none.npy: has 0 numbers per image: expected 1 to 1048576
1 3 order.npy order.npy: it is not in C order: save it with numpy.save
1 3 big.npy big.npy: its type is none that we read
1 3 objects.npy objects.npy: its type is none that we read
2 3 nan.npy nan.npy: row 17 holds a value that is not finite
1 3 infinite.npy infinite.npy: row 17 holds a value that is not finite
1 3 beyond.npy beyond.npy: row 17 holds a value that is beyond 1e17
1 3 wide.npy wide.npy: row 399 holds a value that is not finite in float32
2 3 zeros.npy zeros.npy: holds zeros only
1 3 cut.npy cut.npy: it does not hold as many values as its shape says
1 3 text.npy text.npy: this is no .npy file
1 3 folder.npy folder.npy: is a folder
2 3 pipe.npy pipe.npy: is not a regular file
2 3 gone.npy gone.npy: .*No such file
2 2 z.npz --embeddings z.npz: must be FILE.npy .of numpy.save. or FILE.h5:/NAME
1 2 other.h5 --embeddings other.h5: must be FILE.npy
1 3 gone.h5:/z gone.h5: .*No such file
2 3 cut.h5:/deep/z cut.h5: is truncated
1 3 other.h5:/nothing other.h5: /nothing is missing
1 3 other.h5:/deep other.h5: /deep is a group
1 3 bad.h5:/fewer bad.h5:/fewer: has 7 rows, but small.h5 has 400
1 3 bad.h5:/half bad.h5: /half has a type that is not read here, float16
1 3 bad.h5:/words bad.h5: /words has a type that is not read here
1 3 bad.h5:/nan bad.h5:/nan: row 17 holds a value that is not finite
2 3 bad.h5:/outside bad.h5: /outside is a soft or external link, which is not followed
1 3 bad.h5:/soft bad.h5: /soft is a soft or external link
1 3 bad.h5:/kept bad.h5: /kept keeps its data in another file
1 3 bad.h5:/virtual bad.h5: /virtual is a virtual dataset
END
# Strategies that read none, alone; beside one that does they are compared with it (above).
refused 2 2 '--embeddings other.npy: .*reads? .*that --list-strategies shows with a z' --strategy logo --embeddings other.npy
expect_exit 2 ranks 2 small.h5 --strategy badge,random,fairfal --embeddings other.npy --output refused
expect_line '^fal_hpc: --embeddings other.npy: no strategy of the job reads any \(badge:global, ...\)' err
expect_exit 2 "$BIN/fal_hpc" small.h5 --seeds 1-3 --embeddings other.npy --output refused
expect_line '^fal_hpc: --embeddings other.npy: no strategy of the job reads any \(logo\): ' err
expect_exit 0 "$BIN/fal_hpc" small.h5 $short --strategy random,coreset --embeddings other.npy --trial 0 --list-trials; expect_line 'random' out
"$BIN/fal_hpc" --list-strategies | grep -E '^(typiclust|feal|coreset)' | grep -vE ' z  ' && fail "--list-strategies"
"$BIN/fal_hpc" --list-strategies | grep -E '^(logo|badge|entropy|fairfal|alfa)' | grep -E ' z  ' && fail "--list-strategies"
expect_exit 2 "$query" --strategy coreset --array embeddings_global=other.npy --embeddings other.npy
expect_message fal_query '--embeddings: goes with a dataset'
"$BIN/fal_data" split small.h5 --by partition --clients 2 -o sites >/dev/null || fail "split"
expect_exit 2 ranks 2 sites/*.h5 --strategy coreset --embeddings other.npy --output refused
expect_line '^fal_hpc: --embeddings other.npy: has the rows of all sites in one file: with one data set file per site leave it out, or join' err
# No output is written over it; other content on another rank is told.
cp other.npy chosen.query.h5
expect_exit 2 "$query" small.h5 --strategy coreset --embeddings chosen.query.h5:/z -o chosen; expect_message fal_query 'would be written over'
mkdir one two; cp other.npy one/z.npy; cp own.npy two/z.npy
expect_exit 3 two_commands "cd one && exec $BIN/fal_hpc ../small.h5 --strategy coreset --embeddings z.npy --output ../refused" \
  "cd two && exec $BIN/fal_hpc ../small.h5 --strategy coreset --embeddings z.npy --output ../refused"
expect_line '^fal_hpc: z.npy: other content than rank 0 on .* has' err
[ -z "$(ls refused 2>/dev/null)" ] || fail "a refused job left something"

# Rows of the rank's images, and those of a query once more.
"$PYTHON" -c 'import numpy; numpy.save("wide.npy", numpy.ones((400, 65536), "f4"))' # 100 MiB
memory() { "$BIN/fal_hpc" small.h5 --clients 4 --strategy coreset --dry-run "$@" | awk '$1 == "memory" { print $(NF > 6 ? 2 : 3); exit }'; }
narrow=$(memory --embeddings other.npy); wide=$(memory --embeddings wide.npy)
[ "$wide" -gt $((narrow + 110)) ] && [ "$wide" -lt $((narrow + 260)) ] || fail "--dry-run: $narrow and $wide MiB"
exit 0
