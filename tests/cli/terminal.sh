# Whatever files, names and folders hold, no program sends a terminal control characters, marks of direction or bytes that
# are no text; and what people name in any script comes through.
. "$TOP/tests/cli/lib.sh"
need_h5py
"$BIN/fal_data" synth -o small.h5 --train 200 --test 60 --side 28 >/dev/null || fail "no data set"
esc=$(printf 'a\033[31mb') c1=$(printf 'a\302\233b') raw=$(printf 'a\233b') bidi=$(printf 'a\342\200\256b') zero=$(printf 'a\342\200\213b')
hpc=$BIN/fal_hpc data=$BIN/fal_data query=$BIN/fal_query report=$BIN/fal_report

# clean FILE...: valid UTF-8 without anything that is not to be seen, except ends of lines and tabs.
cat >clean.py <<'END'
import sys, unicodedata
for name in sys.argv[1:]:
    text = open(name, "rb").read().decode("utf-8")
    bad = [c for c in text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert not bad, (name, bad, text)
END
# shows CODE COMMAND...: ends with that code, and shows something that is clean.
shows() {
  expect_exit "$@"; [ -s out ] || [ -s err ] || fail "no word: $*"
  "$PYTHON" clean.py out err || fail "not fit for a terminal: $2"
}

for bad in "$esc" "$c1" "$raw" "$bidi" "$zero"; do
  shows 3 "$hpc" "$bad.h5"; shows 3 "$data" info "$bad.h5"; shows 3 "$data" digest "$bad.h5"; shows 3 "$query" "$bad.h5" --strategy random
  shows 3 "$report" "$bad.h5"; shows 2 "$data" "$bad"; shows 2 "$data" info --"$bad"; shows 2 "$hpc" small.h5 --"$bad" 1
  shows 2 "$BIN/fal_bench" --"$bad" 1; shows 2 "$hpc" small.h5 --strategy "$bad"; shows 2 "$query" small.h5 --strategy "$bad"
  shows 2 "$hpc" small.h5 --name "$bad"; expect_line 'holds control characters or is not UTF-8' err
  shows 2 "$hpc" small.h5 --output "$bad"; expect_line 'holds control characters' err
  shows 2 "$hpc" small.h5 --partition "$bad.csv" --list-trials; expect_line 'holds control characters' err
  shows 2 "$hpc" small.h5 --config "$bad.ini"
  printf '%s = 1\n' "$bad" >bad.ini; shows 2 "$hpc" small.h5 --config bad.ini; expect_line 'bad.ini:1: holds control characters' err
  printf 'name = %s\n' "$bad" >bad.ini; shows 2 "$hpc" small.h5 --config bad.ini
  printf 'image,%s\n1,2\n' "$bad" >bad.csv; shows 3 "$query" small.h5 --strategy random --pool <(:) # no regular file
  shows 3 "$hpc" small.h5 --partition bad.csv; expect_line 'must name the column client' err
  printf 'image,client\n%s,2\n' "$bad" >bad.csv; shows 3 "$hpc" small.h5 --partition bad.csv; expect_line 'bad.csv:2: image' err
  cp small.h5 "$bad.h5"; shows 0 "$data" verify "$bad.h5"; shows 0 "$data" digest "$bad.h5"
  shows 0 "$query" small.h5 --strategy random -o "$bad"; rm -f "$bad".*
done

# Names inside HDF5 files: classes, source, strategy, and members that --compare names.
"$PYTHON" - <<'END' || fail "cannot make the files"
import h5py, shutil, numpy
for i, bad in enumerate((b"a\x1b[31mb", b"a\xc2\x9bb", b"a\x9bb", b"a\xe2\x80\xaeb", b"a\xef\xbb\xbfb")):
    shutil.copy("small.h5", f"class{i}.h5"); shutil.copy("small.h5", f"source{i}.h5")
    with h5py.File(f"class{i}.h5", "r+") as f:
        names = [b"c%d" % k for k in range(10)]; names[3] = bad
        f.attrs["class_names"] = numpy.array(names, dtype="S16")
    with h5py.File(f"source{i}.h5", "r+") as f:
        f.attrs["source"] = numpy.bytes_(bad + b"\nnext line"); f.attrs["license"] = numpy.bytes_(bad)
    with h5py.File(f"item{i}.h5", "w") as f:
        f.attrs["fal_format"] = "results"; f.attrs["fal_version"] = 1
        f.create_dataset(bad, data=[1])
with h5py.File("noitem.h5", "w") as f:
    f.attrs["fal_format"] = "results"; f.attrs["fal_version"] = 1
END
for i in 0 1 2 3 4; do
  for command in "$data info" "$data verify" "$hpc" "$query --strategy random"; do shows 3 $command class$i.h5; done
  expect_line 'the name of class 3 .*holds control characters or is not UTF-8' err
  shows 0 "$data" info source$i.h5; [ "$(grep -c '^source ' out)" = 1 ] || fail "a source of two lines"
  expect_exit 1 "$data" digest --compare item$i.h5 noitem.h5; "$PYTHON" clean.py out err || fail "an item's name"
done

# An import makes no file that every reader would refuse.
"$PYTHON" - <<'END'
open("data_batch_1.bin", "wb").write(b"".join(bytes([i % 10]) + bytes(3072) for i in range(20)))
open("test_batch.bin", "wb").write(b"".join(bytes([i % 10]) + bytes(3072) for i in range(10)))
END
names() { printf '%s\n' "$1" truck2 bird cat deer dog frog horse ship truck >batches.meta.txt; }
for bad in "$esc" "$c1" "$raw" "$bidi" "$zero" truck; do
  names "$bad"; shows 3 "$data" import cifar10 data_batch_1.bin test_batch.bin batches.meta.txt -o made.h5
  expect_line 'made.h5: not written: the name of class' err; [ ! -e made.h5 ] || fail "an unreadable data set was written"
done
names 飞机; shows 0 "$data" import cifar10 data_batch_1.bin test_batch.bin batches.meta.txt -o made.h5
shows 0 "$data" info made.h5; expect_line '飞机' out

# Members of archives.
"$PYTHON" - <<'END'
import io, tarfile
for i, bad in enumerate(("../a\x1b[31mb", "../a\x9bb", "../a\u202eb")):
    with tarfile.open(f"bad{i}.tar", "w", encoding="utf-8", errors="surrogateescape") as t:
        t.addfile(tarfile.TarInfo(bad), io.BytesIO(b""))
END
if "$data" --version | grep -q '+libarchive'; then
  for i in 0 1 2; do shows 3 "$data" import cifar10 bad$i.tar -o made.h5; done
fi

# Letters of any script come through, in names and messages.
shows 0 "$hpc" small.h5 --name 'größe 中 ع' --output 'Ergebnisse_é' --list-trials; expect_line 'Ergebnisse_é/synth_' out
shows 3 "$data" info größe.h5; expect_line '^fal_data: größe.h5: cannot open' err
exit 0
