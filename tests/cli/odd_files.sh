#!/usr/bin/env bash
# Odd files and bombs through all programs. Each row: exit code, one message that names what and where, below 1 GiB of
# memory and 20 s of a core, no control character, and the folder beside the output as it was, to the last byte.
. "$(dirname "$0")/hpc_lib.sh"
. "$(dirname "$0")/lib.sh"
need_h5py
data=$BIN/fal_data; query=$BIN/fal_query; report=$BIN/fal_report; hpc=$BIN/fal_hpc
case ${FLAVOUR:-release} in sanitize|tsan) memory=unlimited;; *) memory=1048576;; esac # KiB; sanitizers take addresses without end
[ "$(id -u)" = 0 ] && root=1 || root=0

# ---- what stands by --------------------------------------------------------------------------------------------------
mkdir fixtures neighbour
"$PYTHON" "$TOP/tests/fixtures/hostile_hdf5.py" fixtures || fail "the fixtures cannot be made"
"$data" synth -o d.h5 --train 80 --test 20 --side 16 --classes 4 --seed 3 >/dev/null
job="d.h5 --clients 2 --al-rounds 1 --fl-rounds 1 --local-epochs 1 --budget 4 --batch-size 16 --local-only-epochs 1 --strategy random --evaluate 1"
timeout $limit "$hpc" $job --output runs --name a >out 2>err || { cat err; fail "no trial to look at"; }
results=$(ls runs/*.h5); name=$(basename "$results")
for f in victim.h5 victim.txt victim.csv; do echo "somebody's own $f" >"neighbour/$f"; done
cp "$results" neighbour/other.h5; mkdir neighbour/folder; echo mine >neighbour/folder/mine
listing() { (cd neighbour && find . | sort && find . -type f -exec sha256sum {} + | sort); }
listing >before

rows=0
# odd CODE PATTERN PROGRAM ARGUMENTS...
odd() {
  local code=$1 pattern=$2 got; shift 2
  rows=$((rows + 1))
  (ulimit -v $memory; ulimit -t $((20 * ${FAL_TEST_SLOW:-1})); exec timeout -k 2 $((120 * ${FAL_TEST_SLOW:-1})) "$@") >out 2>err </dev/null; got=$?
  [ $got = "$code" ] || { cat -v err; fail "row $rows: exit code $got instead of $code: $*"; }
  [ "$(grep -c . err)" = 1 ] || { cat -v err; fail "row $rows: expected one message: $*"; }
  grep -qE -- "$pattern" err || { cat -v err; fail "row $rows: no \"$pattern\": $*"; }
  ! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' err || { cat -v err; fail "row $rows: control characters: $*"; }
}
unharmed() { listing >after; cmp -s before after || { diff before after; fail "$1: the folder beside was touched"; }; }

# ---- no file of anybody: every program that opens one -----------------------------------------------------------------
mkfifo pipe.h5; mkdir folder.h5; : >empty.h5; ln -s nowhere.h5 dangling.h5; ln -s loop.h5 loop.h5
truncate -s 1T sparse.h5; ln -s /dev/zero device.h5; ln -s /proc/self/status proc.h5; echo "some text" >text.h5
"$PYTHON" -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket.h5")'
odd_files='pipe.h5|not a regular file
folder.h5|is a folder|no finished trial
empty.h5|is empty
dangling.h5|No such file
loop.h5|symbolic links
sparse.h5|is no HDF5 file
device.h5|not a regular file
proc.h5|is empty
text.h5|is no HDF5 file
socket.h5|cannot open|not a regular file'
while IFS='|' read -r file pattern; do
  odd 3 "$file: .*($pattern)" "$data" info "$file"
  odd 3 "$file: .*($pattern)" "$query" "$file" --strategy random
  odd 3 "$file: .*($pattern)" "$query" --strategy random --arrays "$file"
  odd 3 "$file: .*($pattern)" "$query" d.h5 --results "$file" --client 0
  odd 3 "$file: .*($pattern)" "$report" "$file"
  odd 3 "$file: .*($pattern)" "$report" "$results" -o page --data "$file"
done <<<"$odd_files"
for file in pipe.h5 sparse.h5 text.h5; do
  odd 3 "$file: " "$hpc" "$file" --list-trials
  odd 3 "$file: " "$hpc" $job --output fresh --partition "$file"
  odd 3 "$file: " "$hpc" $job --output fresh --init file --init-model "$file"
done
if [ $root = 0 ]; then cp d.h5 closed.h5; chmod 0 closed.h5; odd 3 'closed.h5: .*Permission' "$data" info closed.h5; fi
unharmed "files that are none"

# ---- HDF5 that claims what it does not hold ---------------------------------------------------------------------------
cp d.h5 out.h5; printf 'client,order,image,file,label,comment,annotator\n' >none.csv
for case in short_compact long_contiguous short_deflated_chunk virtual external_storage huge_chunk far_mean tiny_std huge_std; do
  message=$(sed -n "s/^$case\t//p" fixtures/cases); file=fixtures/$case.h5
  [ -n "$message" ] || fail "no case $case"
  for command in info verify digest partition constants "export --npz x.npz" "label none.csv --into"; do
    set -- $command; first=$1; shift
    case $first-$case in digest-far_mean|digest-tiny_std|digest-huge_std) continue;; esac # digests of any file of ours
    odd 3 "$file: " "$data" "$first" "$file" "$@"
  done
  odd 3 "$file: " "$query" "$file" --strategy random
  odd 3 "$file: " "$report" "$results" --json --data "$file"
done
for case in short_compact far_mean; do odd 3 "fixtures/$case.h5: " "$hpc" "fixtures/$case.h5" --list-trials; done
unharmed "claims"

# ---- a file that crashes the HDF5 library -------------------------------------------------------------------------------
# Which bytes do it differs between versions: here it is any file named crash..., in whatever process opens it.
cat >crash.c <<'END'
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
int64_t H5Fopen(const char *name, unsigned flags, int64_t access)
{
    int64_t (*open_file)(const char *, unsigned, int64_t) = (int64_t (*)(const char *, unsigned, int64_t))dlsym(RTLD_NEXT, "H5Fopen");
    if (strstr(name, "crash") != NULL) { signal(SIGSEGV, SIG_DFL); raise(SIGSEGV); }
    return open_file(name, flags, access);
}
END
if [ "${FLAVOUR:-release}" = release ] && ${CC:-cc} -D_GNU_SOURCE -shared -fPIC crash.c -o crash.so -ldl 2>/dev/null; then
  crashing="env LD_PRELOAD=$PWD/crash.so"
  mkdir many crashed; cp d.h5 crash.h5; cp "$results" many/good.h5; cp "$results" many/crash.h5
  crash='crash[^ ]*: reading it crashed'
  odd 3 "$crash" $crashing "$hpc" crash.h5 --list-trials
  odd 3 "$crash" $crashing "$hpc" $job --output fresh --partition crash.h5
  odd 3 "$crash" $crashing "$hpc" $job --output fresh --init file --init-model crash.h5
  cp "$results" "crashed/${name/_a_/_crash_}"; odd 3 "$crash" $crashing "$hpc" $job --output crashed --name crash
  mv "crashed/${name/_a_/_crash_}" "crashed/$(basename "${name/_a_/_crash_}" .h5).ckpt.h5"; odd 3 "$crash" $crashing "$hpc" $job --output crashed --name crash
  odd 3 "$crash" $crashing "$query" crash.h5 --strategy random
  odd 3 "$crash" $crashing "$query" d.h5 --results many/crash.h5 --client 0
  odd 3 "$crash" $crashing "$query" d.h5 --strategy entropy --global crash.h5
  odd 3 "$crash" $crashing "$query" --strategy random --arrays crash.h5
  odd 3 "$crash" $crashing "$query" d.h5 --strategy random --pool crash.h5:/pool
  for command in info verify digest partition constants "export --npz x.npz" "label none.csv --into"; do
    set -- $command; first=$1; shift
    odd 3 "$crash" $crashing "$data" "$first" crash.h5 "$@"
  done
  odd 3 "$crash" $crashing "$data" label many/crash.h5 none.csv
  odd 3 "$crash" $crashing "$data" partition d.h5 --partition crash.h5
  odd 3 "$crash" $crashing "$report" many/crash.h5
  odd 3 "$crash" $crashing "$report" many/good.h5 -o page --data crash.h5
  odd 0 "warning: many/$crash.*left out" $crashing "$report" many/crash.h5 many/good.h5
  odd 0 "warning: many/$crash.*left out" $crashing "$report" many; expect_line 'random' out
  rm -f many/good.h5; cp "$results" many/z.h5
  odd 0 "warning: many/$crash.*left out" $crashing "$report" many; expect_line 'random' out
  $crashing "$report" many --status >out 2>err || { cat err; fail "no status with a file that crashes"; }
  expect_line "damaged: many/$crash" out; expect_line complete out
fi
unharmed "crashes"

# ---- parameters -------------------------------------------------------------------------------------------------------
mkfifo pipe.ini; mkdir folder.ini; truncate -s 1T sparse.ini; ln -s /dev/zero device.ini
echo "include = self.ini" >self.ini; echo "include = b.ini" >a.ini; echo "include = a.ini" >b.ini
for i in $(seq 0 120); do echo "include = chain$((i + 1)).ini" >"chain$i.ini"; done
{ for i in $(seq 1 150); do echo "include = leaf$i.ini"; : >"leaf$i.ini"; done; } >wide.ini
printf 'lr = 1001\n' >lr.ini; printf 'lr = nan\n' >nan.ini; printf 'strat\033[31megy = logo\n' >escape.ini
printf 'name = a\302\233b\n' >c1.ini; printf 'name = a\342\200\256b\n' >bidi.ini; printf 'name = a\233b\n' >raw.ini
while IFS='|' read -r file pattern; do
  odd 2 "$pattern" "$query" d.h5 --strategy random --config "$file"
done <<'END'
pipe.ini|pipe.ini: .*not a regular file
folder.ini|folder.ini: .*is a folder
sparse.ini|sparse.ini: .*more than
device.ini|device.ini: .*not a regular file
self.ini|self.ini
a.ini|[ab].ini
chain0.ini|chain[0-9]+.ini
wide.ini|wide.ini|leaf[0-9]+.ini
lr.ini|lr.ini.*1001.*must be
nan.ini|nan.ini.*nan
escape.ini|escape.ini:1
c1.ini|c1.ini:1
bidi.ini|bidi.ini:1
raw.ini|raw.ini:1
END
odd 2 'pipe.ini: ' "$hpc" d.h5 --config pipe.ini --list-trials
odd 2 'lr 1001.*must be' "$hpc" d.h5 --lr 1001 --list-trials

# ---- names that steer a terminal --------------------------------------------------------------------------------------
for odd_name in $'new\nline.h5' $'esc\033[31m.h5' $'c1\302\233.h5' $'raw\233.h5' $'bidi\342\200\256.h5'; do
  cp text.h5 "$odd_name"
  odd 3 'is no HDF5 file' "$data" info "$odd_name"
  odd 3 'is no HDF5 file' "$report" "$odd_name"
  ! LC_ALL=C grep -qP '\xc2[\x80-\x9f]|\xe2\x80\xae|\x9b(?!.*\xc2)' err || { cat -v err; fail "$odd_name reaches the terminal"; }
done

# ---- archives that unpack without end ---------------------------------------------------------------------------------
if "$data" --version | grep -q '+libarchive'; then
  "$PYTHON" - <<'END' || fail "the archives cannot be made"
import gzip, io, tarfile, zipfile
def bomb(count):
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as z:
        for _ in range(count): z.write(bytes(1 << 24))
    return packed.getvalue()
big = bomb(24) # 384 MiB in 400 KiB
open("bomb.gz", "wb").write(big)
open("twice.gz", "wb").write(gzip.compress(big))
with tarfile.open("bomb.tar.gz", "w:gz") as t:
    head = tarfile.TarInfo("cifar-10-batches-bin/data_batch_1.bin"); head.size = 24 << 24
    class Zeros(io.RawIOBase):
        def readable(self): return True
        def readinto(self, b): b[:] = bytes(len(b)); return len(b)
    t.addfile(head, io.BufferedReader(Zeros(), 1 << 20))
inner = io.BytesIO()
with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as z: z.writestr("images.npy", bytes(1 << 20))
with zipfile.ZipFile("nested.npz", "w") as z: z.writestr("inner.zip", inner.getvalue())
with zipfile.ZipFile("bomb.npz", "w", zipfile.ZIP_DEFLATED) as z:
    with z.open("images.npy", "w", force_zip64=True) as m:
        for _ in range(24): m.write(bytes(1 << 24))
END
  truncate -s 1T sparse.npy; mv bomb.gz train-images-idx3-ubyte.gz; mv twice.gz t10k-images-idx3-ubyte.gz
  odd 3 'bomb.tar.gz: ' "$data" import cifar10 bomb.tar.gz -o new.h5
  odd 3 'nested.npz: ' "$data" import npy nested.npz -o new.h5
  odd 3 'bomb.npz: ' "$data" import npy bomb.npz -o new.h5
  odd 3 'bomb.npz: ' "$data" import medmnist bomb.npz -o new.h5
  odd 3 'sparse.npy: ' "$data" import npy --images sparse.npy --labels sparse.npy -o new.h5
  odd 3 'gz: ' "$data" import idx train-images-idx3-ubyte.gz -o new.h5
  odd 3 'gz: ' "$data" import idx t10k-images-idx3-ubyte.gz -o new.h5
  [ ! -e new.h5 ] || fail "something was imported"
  unharmed "archives"
fi
odd 3 'sparse.npy|sparse.h5' "$query" --strategy random --array logits_global=sparse.h5

# ---- locks ------------------------------------------------------------------------------------------------------------
printf 'client,order,image,file,label,comment,annotator\n0,0,0,,1,,\n' >one.csv
locked() { # PATTERN: with something odd as the lock of out.h5
  odd 4 "out.h5.lock: .*($1)" "$data" label d.h5 one.csv --into --resolve first -o out.h5
  unharmed "lock"; rm -rf out.h5.lock
}
ln neighbour/victim.txt out.h5.lock; locked 'not a lock file'
ln -s neighbour/victim.txt out.h5.lock; locked 'symbolic links'
ln -s neighbour/new out.h5.lock; locked 'symbolic links'; [ ! -e neighbour/new ] || fail "a lock was made through a link"
mkfifo out.h5.lock; locked 'not a lock file|No such device'
mkdir out.h5.lock; locked 'directory|not a lock file'
ln -s /dev/null out.h5.lock; locked 'symbolic links'

# ---- links at every path that is written: replaced or refused, never written through ------------------------------------
mkdir linked
stem=${name%.h5}
for ending in ckpt.h5 ckpt.prev.h5; do ln -s ../neighbour/absent "linked/$stem.$ending"; done
ln -s ../neighbour/absent "linked/$name"; ln -s ../neighbour/absent linked/STOP
timeout $limit "$hpc" $job --output linked --name a >out 2>err || { cat err; fail "a trial among links"; }
[ -f "linked/$name" ] && [ ! -L "linked/$name" ] || fail "the results are not a file of their own"
rows=$((rows + 4)); unharmed "links at results, checkpoints, STOP"
rm -rf linked; mkdir linked; ln -s "../neighbour/victim.h5" "linked/$name"
odd 3 "linked/$name: is no HDF5 file" "$hpc" $job --output linked --name a
rm "linked/$name"; ln -s ../neighbour/victim.txt "linked/$name.lock"
odd 4 "linked/$name.lock: " "$hpc" $job --output linked --name a
rm -rf linked; ln -s neighbour/victim.txt linked
odd 4 'linked' "$hpc" $job --output linked --name a
rm linked; unharmed "links of a job"

"$report" "$results" -o page >/dev/null 2>&1 || fail "no report"
(cd page && find . -type f) >files
while read -r file; do rm "page/$file"; ln -s "$PWD/neighbour/victim.txt" "page/$file"; rows=$((rows + 1)); done <files
expect_exit 0 "$report" "$results" -o page; unharmed "files of a report"
[ -z "$(find page -type l)" ] || fail "a link is left in the report"
for folder in svg tex; do
  rm -rf "page/$folder"; ln -s ../neighbour/folder "page/$folder"
  odd 4 "page/$folder: is a link" "$report" "$results" -o page
  unharmed "folder of a report"; rm "page/$folder"
done
ln -s neighbour/victim.txt c.svg; odd 2 'c.svg: is there already' "$report" "$results" --curves c.svg

choose="$query d.h5 --strategy random --budget 3"
for ending in query.csv query.h5; do
  ln -s neighbour/victim.csv "q.$ending"; odd 2 "q.$ending: is there already" $choose -o q; rm "q.$ending"
done
unharmed "files of a query"
rm -rf q.*; ln -s neighbour/folder q.query; odd 4 'q.query: is a link' $choose -o q
rm -rf q.*; mkdir q.query; ln -s ../neighbour/folder q.query/round_02; odd 4 'q.query/round_02: is a link' $choose -o q
rm -rf q.*; unharmed "folders of a query"

for command in "synth --train 20 --test 10 --side 16" "label d.h5 one.csv --into --resolve first"; do
  rm -f link.h5; ln -s neighbour/absent.h5 link.h5
  timeout $limit "$data" $command -o link.h5 >out 2>err; rows=$((rows + 1)); unharmed "$command"
  rm -f link.h5; ln -s neighbour/victim.h5 link.h5
  odd 2 'link.h5: is there already' "$data" $command -o link.h5; unharmed "$command"
done
ln -s neighbour/folder pngs; odd 4 'pngs: ' "$data" export d.h5 --png pngs
ln -s neighbour/victim.txt a.npz; odd 2 'a.npz: is there already' "$data" export d.h5 --npz a.npz
ln -s neighbour/victim.txt p.svg; odd 2 'p.svg: is there already' "$data" partition d.h5 --clients 2 --plot p.svg
unharmed "links of fal_data"
[ -z "$(find . -name '*.tmp.*')" ] || fail "a temporary file is left"

# ---- checkpoints that nobody comes to, under a right checksum -------------------------------------------------------------
long="d.h5 --clients 2 --al-rounds 2 --fl-rounds 40 --local-epochs 1 --budget 8 --batch-size 16 --local-only-epochs 1 --strategy random --checkpoint-minutes 0 --progress seconds:0"
"$hpc" $long --output stopped --name a >log 2>&1 & pid=$!
for _ in $(seq 600); do grep -q 'AL round 2, FL round [2-9]' log && break; kill -0 $pid 2>/dev/null || break; sleep 0.1; done
kill -USR1 $pid; wait $pid; [ $? = 75 ] || { cat log; fail "a trial did not stop"; }
checkpoint=$(ls stopped/*.ckpt.h5); "$PYTHON" "$TOP/tests/fixtures/change_checkpoint.py" "$checkpoint" cases || fail "no checkpoints"
rm -f stopped/*.ckpt.prev.h5
for case in al_round_0 fl_done_minus fl_done_far image_minus image_twice images_swapped queries_fewer clients_fewer query_label_other fl_rounds_more weight_nan confusion_minus; do
  cp "cases/$case.h5" "$checkpoint"
  odd 3 "$(sed -n "s/^$case\t//p" cases/CASES).*start this trial anew" "$hpc" $long --output stopped --name a
done
unharmed "checkpoints"
echo "$rows rows"
[ $rows -ge 40 ] || fail "only $rows rows"
exit 0
