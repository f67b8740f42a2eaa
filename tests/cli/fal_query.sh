# fal_query from outside: it chooses what fal_hpc chooses; arrays and index files of all kinds; errors.
. "$(dirname "$0")/hpc_lib.sh"
"$PYTHON" -c 'import h5py' 2>/dev/null || { echo "python3 with h5py is not there"; exit 77; }
query=$BIN/fal_query
small_dataset small.h5

# A trial of two AL rounds says what comes third; one of three AL rounds shows it.
strategies=logo,badge:global,coreset:local,finetuning:entropy,fairfal
ranks 2 small.h5 $short --strategy $strategies --seeds 3 --output two >out 2>err || { cat out err; exit 1; }
ranks 3 small.h5 $short --strategy $strategies --seeds 3 --al-rounds 3 --output three >out 2>err || { cat out err; exit 1; }
for name in ${strategies//,/ }; do
  two=$(ls two/*_"${name/:/-}"_s3.h5); three=$(ls three/*_"${name/:/-}"_s3.h5)
  for client in 0 3; do # of different ranks
    "$query" small.h5 --results "$two" --client $client -o chosen >out || exit 1
    "$PYTHON" - "$three" $client <<'END' || { echo "$name, client $client: not what fal_hpc chose"; exit 1; }
import sys, h5py, numpy
rows = h5py.File(sys.argv[1])["queries"][:]
rows = rows[(rows["al_round"] == 3) & (rows["client"] == int(sys.argv[2]))]
ours = h5py.File("chosen.query.h5")["query"][:]
for column in ("order", "image", "score", "cluster", "score_global", "score_local"):
    numpy.testing.assert_array_equal(ours[column], rows[column], column)
assert len(ours) == 12 and ((ours["suggested"] >= 0) & (ours["suggested"] < 10)).all(), "classes that the model suggests"
END
  done
done

# Arrays of another program, and files of indices: the plain numpy answer.
"$PYTHON" - <<'END'
import numpy, h5py
rng = numpy.random.default_rng(1)
x = rng.normal(size=(50, 4)).astype("<f4"); z = rng.normal(size=(50, 6))
numpy.save("logits.npy", x); numpy.save("z.npy", z)
with h5py.File("arrays.h5", "w") as f:
    f["logits_global"] = x; f["embeddings_global"] = z
e = numpy.exp(x.astype(float)); p = e / e.sum(axis=1, keepdims=True)
order = numpy.argsort((p * numpy.log(p)).sum(axis=1), kind="stable")[:7]
open("expected", "w").write("".join(f"{i}\n" for i in order))
numpy.save("pool.npy", numpy.arange(40, 60)); open("labelled.csv", "w").write("order,image\n0,7\n1,9\n")
open("pool.csv", "w").write("".join(f"{i}\n" for i in range(40, 60)))
with h5py.File("pool.h5", "w") as f: f["pool"] = numpy.arange(40, 60, dtype="<i4")
END
images() { cut -d, -f3 | tail -n +2; }
"$query" --strategy entropy --budget 7 --array logits_global=logits.npy | images | diff - expected || exit 1
"$query" --strategy=entropy:global --budget=7 --arrays arrays.h5 | images | diff - expected || exit 1
"$query" --strategy badge --budget 7 --array logits_global=logits.npy --array embeddings_global=z.npy >one || exit 1
"$query" --strategy badge --budget 7 --arrays arrays.h5 --threads 2 | diff - one || exit 1
# logo and feal take L's embeddings only, fairfal G's: the other model's change nothing but may be given.
"$PYTHON" - <<'END'
import numpy, h5py
rng = numpy.random.default_rng(2)
with h5py.File("both.h5", "w") as f:
    for model in ("global", "local"):
        f[f"logits_{model}"] = rng.normal(size=(50, 4)).astype("<f4"); f[f"embeddings_{model}"] = rng.random(size=(50, 6)).astype("<f4")
        f[f"labelled_logits_{model}"] = rng.normal(size=(12, 4)).astype("<f4"); f[f"labelled_embeddings_{model}"] = rng.random(size=(12, 6)).astype("<f4")
    f["labels"] = numpy.arange(12) % 4
    for name, left_out in ("G", "global"), ("L", "local"):
        with h5py.File(f"without_{name}.h5", "w") as part:
            for array in f:
                if array not in (f"embeddings_{left_out}", f"labelled_embeddings_{left_out}"): f.copy(array, part)
END
for case in logo:G feal:G fairfal:L; do
  strategy=${case%:*}
  "$query" --strategy $strategy --budget 7 --arrays both.h5 >whole || exit 1
  "$query" --strategy $strategy --budget 7 --arrays without_${case#*:}.h5 | diff - whole || { echo "$case: other choices"; exit 1; }
done
for pool in pool.npy pool.csv pool.h5:/pool; do
  "$query" small.h5 --strategy entropy:local --labelled labelled.csv --pool $pool --budget 5 --local-only-epochs 2 |
    images | sort -n >"chosen_$(basename ${pool%:*})" || exit 1
done
diff chosen_pool.npy chosen_pool.csv && diff chosen_pool.npy chosen_pool.h5 || exit 1
[ "$(wc -l <chosen_pool.csv)" = 5 ] && awk '$1 < 40 || $1 > 59 { exit 1 }' chosen_pool.csv || exit 1
"$query" --list-strategies | grep -q '^fairfal' || exit 1
"$query" --list-strategies | sed -n '/^Diagnostics/,$p' | grep -q '^oracle-balanced' || exit 1
! "$query" --list-strategies | sed '/^Diagnostics/,$d' | grep -E '^(oracle|improved)' || exit 1
"$query" --help | grep -q -- --arrays || exit 1

# What is wrong is said once, with the exit code of its kind.
wrong() { # CODE PART arguments...
  local code=$1 part=$2; shift 2
  "$query" "$@" >out 2>err; local got=$?
  [ $got = "$code" ] && [ "$(wc -l <err)" = 1 ] && grep -qF -- "$part" err || { echo "fal_query $*: $got"; cat err; exit 1; }
}
echo 7 >overlap.csv; echo 400 >outside.csv; printf '3\n3\n' >twice.csv; echo nonsense.1x,y >bad.csv
printf '5\nx\n' >text.csv; head -c 200 arrays.h5 >cut.h5
"$PYTHON" -c 'import numpy; a = numpy.zeros((50, 4), "<f4"); numpy.save("few.npy", a[:9]); a[3] = numpy.nan; numpy.save("nan.npy", a)'
wrong 2 'did you mean' small.h5 --strategy entropi
wrong 2 'global model' small.h5 --strategy entropy
wrong 2 'see --help'
wrong 2 'see --help' small.h5 --arrays arrays.h5
wrong 2 'whole number' --arrays arrays.h5 --client -3
wrong 2 'embeddings_local' --arrays arrays.h5 --strategy coreset:local
wrong 2 'embeddings_local' --arrays without_L.h5 --strategy logo
wrong 2 'embeddings_global' --arrays without_G.h5 --strategy fairfal
wrong 2 'NAME=FILE.npy' --array logit_global=logits.npy --strategy entropy
wrong 3 'cannot open' small.h5 --strategy random --pool none.csv
wrong 3 'labelled' small.h5 --strategy random --pool overlap.csv --labelled labelled.csv
wrong 3 'outside.csv:1: the value 400: must be a whole number from 0 to 399' small.h5 --strategy random --pool outside.csv
wrong 3 'twice' small.h5 --strategy random --pool twice.csv
wrong 3 'text.csv:2' small.h5 --strategy random --pool text.csv
wrong 3 'cut.h5' --arrays cut.h5 --strategy entropy
wrong 3 'axis 0' --array logits_global=logits.npy --array embeddings_global=few.npy --strategy badge
wrong 2 'labels of the pool' --array logits_global=logits.npy --strategy oracle-balanced
"$PYTHON" "$TOP/tests/fixtures/hide_labels.py" small.h5 part.h5 100 || exit 1
wrong 3 'image 100 of part.h5 has none' part.h5 --strategy oracle-balanced --budget 5
wrong 3 'nan.npy: logits_global: value 12 is not finite' --array logits_global=nan.npy --strategy entropy
wrong 2 'client 9' small.h5 --results "$(ls two/*.h5 | head -n 1)" --client 9
wrong 3 'results' small.h5 --results small.h5
for option in '--seeds 3' '--clients 4' '--al-rounds=2' '--max-hours 1' --dry-run '--threshold student' '--rho 1'; do
  wrong 2 "${option%%[ =]*}: is for jobs of fal_hpc" small.h5 --strategy random $option
done
for option in pool labelled global local; do
  wrong 2 'go with a dataset: arrays are the pool' --array logits_global=logits.npy --strategy entropy --$option pool.csv
done
printf 'clients = 4\nmax_hours = 1\nbudget = 2\n' >job.ini # may be a job's as well
[ "$("$query" small.h5 --strategy random --config job.ini | wc -l)" = 3 ] || { echo "a job's configuration"; exit 1; }

# Lists of images as spreadsheets write them; a table that does not say which column holds them is refused.
printf '\xef\xbb\xbf"note", image\r\n"a, b",40\r\n\r\nx, "41"\r\n,42' >spread.csv; printf '\xef\xbb\xbf40\r41\r42\r' >plain.csv
printf '40\n41\n42\n' >usual.csv; printf 'idx,client\n40,0\n' >noimage.csv; printf '40,1\n41,2\n' >two.csv
printf '40\n41,2\n' >later.csv; printf 'image,image\n1,2\n' >double.csv; printf 'image;x\n1;2\n' >semicolon.csv
printf 'row\n40\n' >named.csv; printf 'image\n4\0' >nul.csv; printf 'image\n' >empty.csv; : >nothing.csv
for pool in usual spread plain; do "$query" small.h5 --strategy random --budget 2 --pool $pool.csv >chosen_$pool || exit 1; done
cmp chosen_usual chosen_spread && cmp chosen_usual chosen_plain || exit 1
wrong 3 'noimage.csv:1: the first line must name the column image, but holds "idx,client"' small.h5 --strategy random --pool noimage.csv
wrong 3 'named.csv:1: the first line must name the column image' small.h5 --strategy random --labelled named.csv
wrong 3 'two.csv:1: the first line must name the column image' small.h5 --strategy random --pool two.csv
wrong 3 'later.csv:2: has 2 fields' small.h5 --strategy random --pool later.csv
wrong 3 'two columns are called image' small.h5 --strategy random --pool double.csv
wrong 3 'separated by commas' small.h5 --strategy random --pool semicolon.csv
wrong 3 'NUL bytes' small.h5 --strategy random --pool nul.csv
# Nothing to choose from, or nothing labelled, is an answer.
for list in empty nothing; do
  "$query" small.h5 --strategy random --pool $list.csv >chosen || exit 1; [ "$(wc -l <chosen)" = 1 ] || exit 1
  "$query" small.h5 --strategy entropy:local --local-only-epochs 1 --labelled $list.csv --pool pool.csv >chosen || exit 1
done
"$PYTHON" -c 'import numpy; numpy.save("none.npy", numpy.zeros((0, 4), "<f4"))'
wrong 3 'the pool holds no image' --strategy entropy --array logits_global=none.npy
