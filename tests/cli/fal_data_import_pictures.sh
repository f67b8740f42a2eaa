#!/usr/bin/env bash
# fal_data import folder on pictures that are damaged or made to harm (exit 3, one message that names the file, less than
# 1 GiB of memory, the old output as it was), and on thousands of photographs.
. "$(dirname "$0")/lib.sh"
data=$BIN/fal_data
"$data" --version | grep -q '+libpng +libturbojpeg' || skip "built without libpng or libturbojpeg: no pictures are imported"
fixture=$TOP/tests/fixtures/pictures
have_python=1; "$PYTHON" -c 'import numpy' 2>/dev/null || have_python=0

# measured COMMAND...: as the command, and the largest process of it in KiB in the file peak.
cat >measured.py <<'END'
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
open("peak", "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
END
measured() { if [ $have_python = 1 ]; then "$PYTHON" measured.py "$@"; else echo 0 >peak; "$@"; fi; }
check_peak() { [ "${FLAVOUR:-release}" != release ] || [ "$(cat peak)" -lt 1048576 ] || fail "$1 took $(cat peak) KiB"; }

# A folder of good pictures, into which one bad one is put.
for set in train test; do for class in a b; do
  mkdir -p "p/$set/$class"; cp "$fixture/grey8.png" "p/$set/$class/0.png"; cp "$fixture/gamma.png" "p/$set/$class/1.png"
done; done
rm p/test/b/1.png # the same set twice would be refused
expect_exit 0 "$data" import folder p -o out.h5; cp out.h5 before.h5
bad() { # NAME PATTERN: the file bad.bin as p/train/b/NAME
  cp bad.bin "p/train/b/$1"
  expect_exit 3 measured "$data" import folder p --resize 8x8 -o out.h5
  expect_message fal_data "p/train/b/$1: $2"; expect_empty out; check_peak "$1"
  cmp -s out.h5 before.h5 || fail "$1: the old output is gone"
  rm "p/train/b/$1"
}

# Cut short in many places (every place: tests/io/test_picture.c), under right and wrong names.
for file in rgb16.png interlaced.png progressive.jpg turned6.jpg; do
  size=$(stat -c %s "$fixture/$file")
  for cut in 2 9 40 $((size / 2)) $((size - 1)); do head -c $cut "$fixture/$file" >bad.bin; bad "cut$cut.${file##*.}" '.'; done
done
: >bad.bin; bad empty.png 'is empty'
echo "this is no picture" >bad.bin; bad text.png 'is neither PNG nor JPEG'; bad text.JPEG 'is neither PNG nor JPEG'
for file in animated:png:animated huge:png:60000\ x\ 60000 cmyk:jpg:CMYK; do
  IFS=: read -r name ending pattern <<<"$file"; cp "$fixture/$name.$ending" bad.bin; bad "x.$ending" ".*$pattern"
done
# Other formats are refused by name even under names that say nothing, other files only counted.
{ head -c 128 /dev/zero; printf DICM; head -c 100 /dev/zero; } >bad.bin; bad scan 'is DICOM, .*without patient data'
printf 'GIF89a..........' >bad.bin;     bad x.gif 'is GIF, .*convert it to PNG'
printf 'II*\0............' >bad.bin;    bad x.tif 'is TIFF'
printf 'RIFF....WEBPVP8 ' >bad.bin;     bad x.webp 'is WebP'
printf 'BM....\0\0\0\0......' >bad.bin; bad x.bmp 'is BMP'

# All unreadable ones are named, up to five.
for i in 1 2 3; do echo x >p/train/a/bad$i.png; done
expect_exit 3 "$data" import folder p -o out.h5; expect_message fal_data '3 pictures cannot be read: .*bad1.*bad2.*bad3'
for i in 4 5 6; do echo x >p/train/a/bad$i.png; done
expect_exit 3 "$data" import folder p -o out.h5; expect_message fal_data 'at least 5 pictures cannot be read: .*bad5'
expect_no_line bad6 err; rm p/train/a/bad*
[ -z "$(ls | grep '\.tmp\.')" ] || fail "a temporary file is left"

# Bombs: what is allowed takes bounded memory, what is not is refused before it is unpacked.
if [ $have_python = 1 ]; then
  "$PYTHON" - <<'END' || fail "the bombs cannot be made"
import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
def zeros(count):
    z = zlib.compressobj(9)
    return b"".join([z.compress(bytes(1 << 20)) for _ in range(count >> 20)]) + z.compress(bytes(count & 0xfffff)) + z.flush()
def png(name, w, h, depth, kind, data, extra=b""):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, 0))
    open(name, "wb").write(b"\x89PNG\r\n\x1a\n" + head + extra + chunk(b"IDAT", data) + chunk(b"IEND", b""))
png("bits", 16384, 16384, 1, 0, zeros(2049 * 16384))       # 256 MiB of grey levels from 33 KB: the most that is allowed
png("wide", 16384, 16384, 8, 2, zeros(1 << 20))            # three times as much
png("line", 16385, 1, 8, 0, zeros(16386))
png("data", 8, 8, 8, 0, zeros(400 << 20))                  # more than the picture has rows for
png("profile", 7, 9, 8, 0, zlib.compress(bytes(72)), chunk(b"iCCP", b"p\0\0" + zeros(400 << 20)))
END
  cp wide bad.bin; bad wide.png '16384 x 16384 pixels in 3 channels are more than'
  cp line bad.bin; bad line.png '1 x 16385 pixels .*are more than'
  cp data bad.bin; bad data.png '.*more data than its size allows'
  for bomb in bits profile; do
    cp $bomb p/train/b/x.png
    expect_exit 0 measured "$data" import folder p --resize 8x8 -o x.h5; check_peak $bomb; rm p/train/b/x.png
  done
fi

# Thousands of photographs of mixed sizes: memory does not grow with them.
if "$PYTHON" -c 'import numpy, PIL' 2>/dev/null; then
  "$PYTHON" - <<'END' || fail "the photographs cannot be made"
import io, os, numpy, PIL.Image
rng, files = numpy.random.default_rng(1), []
for i in range(60): # as many different ones as it takes a few seconds to make; the rest are copies
    h, w = rng.integers(100, 400, 2)
    picture = PIL.Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype="u1")).resize((int(w), int(h)))
    out = io.BytesIO(); (picture.convert("L") if i % 7 == 0 else picture).save(out, "JPEG", progressive=i % 5 == 0)
    files.append(out.getvalue())
for i in range(3000):
    folder = f"many/{'test' if i % 10 == 0 else 'train'}/{'abc'[i % 3]}"
    os.makedirs(folder, exist_ok=True)
    open(f"{folder}/{i:04d}.jpg", "wb").write(files[i % 60])
END
  mkdir few; for set in train test; do for class in a b c; do
    mkdir -p few/$set/$class; cp $(ls many/$set/$class/* | head -n 40) few/$set/$class; done; done
  expect_exit 0 measured "$data" import folder few --resize 32x32 -o few.h5; few=$(cat peak)
  expect_exit 0 measured "$data" import folder many --resize 32x32 -o many.h5; many=$(cat peak)
  expect_line '^many.h5: many, 2700 training and 300 test images of 32 x 32 x 3, 3 classes$' out
  expect_line '^grey and colour mixed, 450 and 2550 pictures' out
  # The result has 9 MB, which is there a few times while it is written; the pictures would have 500.
  if [ "${FLAVOUR:-release}" = release ] && [ $((many - few)) -gt 60000 ]; then fail "240 pictures $few KiB, 3,000 pictures $many KiB"; fi
  echo "240 pictures: $few KiB, 3,000: $many KiB"
  expect_exit 3 "$data" import folder many -o x.h5; expect_message fal_data 'many: the pictures differ in size: .*others \([0-9]+\)'
else
  echo "python3 with numpy and Pillow is not there: no thousands of photographs"
fi
exit 0
