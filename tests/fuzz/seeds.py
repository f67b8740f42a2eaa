"""Inputs that the fuzz targets start from, small and of every kind that the readers know.

    python3 seeds.py FOLDER

Writes FOLDER/TARGET/NAME. Most are made by tests/fixtures/import_files.py (valid and hostile) and taken from
tests/fixtures/pictures; the texts stand here."""
import bz2
import gzip
import io
import json
import lzma
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import warnings
import zipfile

folder = sys.argv[1]
warnings.simplefilter("ignore")  # zipfile, of a name that is there twice on purpose
fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")
LARGEST = 20_000
shutil.rmtree(folder, ignore_errors=True)


def put(target, name, data):
    os.makedirs(os.path.join(folder, target), exist_ok=True)
    with open(os.path.join(folder, target, name), "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def blocks(*parts):
    """As fuzz_take reads them."""
    return b"".join(struct.pack("<H", len(p)) + p for p in parts)


# ---- texts -----------------------------------------------------------------------------------------------------------

put("ini", "plain", "[data]\ndataset = inputs/x.h5 # why\nstrategy = logo,\n  entropy\nal-rounds=5\n; a comment\n")
put("ini", "ends", "\ufeffname = value\r\nsecond = two words\rthird =\n\n[ a section ]\n")
put("ini", "include", "include = input.ini\nseeds = 1-4\n")
put("ini", "include_other", "include = none.ini\n")
put("ini", "twice", "fl_rounds = 3\nfl-rounds = 4\n")
put("ini", "no_value", "fl_rounds\n= 4\n")
put("ini", "utf16", "fl_rounds = 3\n".encode("utf-16"))
put("ini", "deeper", "a = 1\n   b = 2\n c\n\td\n")
put("ini", "control", "a\x01b = \x1b[31m\n")

put("arguments", "own", "\0--count\n5\n--share=0.25\n-q\n--kind\nyes\n-o\nx.h5\n--own=a\n--\nfile\n--count")
put("arguments", "wrong", "\0--cuont\n5\n--share\n2\n--kind\nmaybe\n--count\n--quick\n-oX\n~/x")
put("arguments", "mpi", "\0-np\n4\n--count\n99999999999999999999")
put("arguments", "parameters", "\3--dataset\ninputs/x.h5\n--strategy\nlogo, entropy:global\n--seeds\n1-3\n--alpha=0.1, inf\n"
    "--al-rounds\n3\n--quick")
put("arguments", "compat", "\3--compat\nlogo\n--lr\n.01\n--fl-rounds\n+05\n--output\n/a/../b/./c")
put("arguments", "config", "\3--config\n/dev/null\n--config=none.ini\n--momentum\n-0")
put("arguments", "list", "\3--seeds\n1-99999\n--lr\n1e-3,1e-3\n--strategy\nlogo,,\n--al_rounds\n1,2")
for i, name in enumerate("dataset strategy seeds alpha clients model al_rounds fl_rounds local_epochs budget lr "
                         "weight_decay batch_size partition query_model stop_after augment mean std checkpoint "
                         "output time_limit threads".split()):
    put("arguments", f"one_{name}", f"\3--{name.replace('_', '-')}\n{i}\n--{name}={i / 7},yes")

CSV = "image,label,file,annotator,seconds,client\n"
NAME = "train_000004_0123456789abcdef.png"
put("csv", "plain", "\0" + CSV + f"4,cat,{NAME},ann,1.5,0\n5,,,,,\n")
put("csv", "quoted", "\0label,x\r\n\"a \"\"b\"\", c\n d\" ,3\r\n 7 , \"\" \r\n,,,\r\n\r\n9")
put("csv", "long", "\1label\n" + "1234567890" * 50 + "\n")
put("csv", "bom", "\0\ufefflabel\r5\r")
put("csv", "twice", "\0label,label\n1,2\n")
put("csv", "open_quote", "\0label\n\"abc\n")
put("csv", "behind_quote", "\0label\n\"abc\" d\n")
put("csv", "more_fields", "\0label\n1,2\n")
put("csv", "utf16", b"\0" + "label\n1\n".encode("utf-16"))
put("csv", "bare", "\0\n\n  \n")

TASK = [{"id": 1, "data": {"file": NAME, "image": "/data/" + NAME, "client": 0, "al_round": 1},
         "annotations": [{"id": 1, "completed_by": 7, "lead_time": 3.25, "was_cancelled": False,
                          "result": [{"type": "choices", "from_name": "label", "value": {"choices": ["cat"]}}]}],
         "predictions": []},
        {"id": 2, "data": {"file": NAME.replace("4", "5", 1)},
         "completions": [{"result": [{"value": {"choices": ["can't tell"]}}],
                          "completed_by": {"id": 1, "email": "a@b.c"}}]}]
SHORT = [{"id": 1, "image": "/x/" + NAME, "label": "dog", "annotator": 2, "lead_time": 1.5, "file": NAME},
         {"id": 2, "image": NAME, "choice": "2"}]
for name, value in (("tasks", TASK), ("short", SHORT), ("empty", []), ("numbers", [1, -0.5e-7, 1e400, None, True, False]),
                    ("texts", ["\u00fc\n\t\\\"/", "\U0001f600", ""]), ("deep", [[[[{"a": [{}]}]]]]), ("object", {"a": 1})):
    text = json.dumps(value)
    put("json", name, text)
    put("answers", "json_" + name, "\1" + text)
put("json", "lines", json.dumps(TASK, indent=1, ensure_ascii=False).replace("\n", "\r\n"))
put("json", "data_twice", '[{"data": 1, "data": 2}]')
for i, text in enumerate(('[1,]', '[1 2]', '["\\ud800"]', '["\\u0000"]', '[01]', '[1.]', '["a', '[tru]', '[{"a" 1}]', '[] x',
                          '[' * 70 + ']' * 70, '["\x01"]', '\ufeff[]', '[{,}]', '["\\x"]', '[-]', '[1e]')):
    put("json", f"wrong{i}", text)
for flag in "\0\2":
    f = f"{ord(flag)}"
    put("answers", "csv" + f, flag + CSV + f"4,cat,{NAME},ann,1.5,0\n5,?,{NAME.replace('4', '5', 1)},bob,,1\n6,,,,,\n")
    put("answers", "csv_number" + f, flag + "image,label\n4,0\n5,2\n7,Gr\u00fc\u00dfe\n")
    put("answers", "csv_wrong" + f, flag + CSV + f"5,cat,{NAME},ann,1.5,0\n")
    put("answers", "csv_class" + f, flag + CSV + f"4,bird,{NAME},ann,1.5,0\n")
    put("answers", "csv_client" + f, flag + CSV + f"4,cat,{NAME},ann,-1,x\n")
    put("answers", "csv_studio" + f, flag + "annotation_id,annotator,client,file,id,image,label,lead_time\n"
        f"1,7,0,{NAME},1,/x/{NAME},cat,2.5\n")

# ---- arrays, archives, MATLAB ----------------------------------------------------------------------------------------


def npy(shape, data, code="|u1", version=1, order="False"):
    header = f"{{'descr': '{code}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(header)) + header + data


for code, width in (("|u1", 1), ("|i1", 1), ("<i2", 2), ("<u2", 2), ("<i4", 4), ("<u4", 4), ("<i8", 8), ("<u8", 8),
                    ("<f2", 2), ("<f4", 4), ("<f8", 8), ("|b1", 1), (">i4", 4), ("|O", 8)):
    put("npy", "type_" + code[1:] + ("_big" if code[0] == ">" else ""), npy("(2, 3)", bytes(range(6 * width)), code))
put("npy", "texts", npy("(2,)", "cat\0dog\0".encode("utf-32-le"), "<U4"))
put("npy", "texts_far", npy("(1,)", "\u00fc\U0001f600".encode("utf-32-le"), "<U2"))
put("npy", "version2", npy("(3,)", b"abc", version=2))
put("npy", "version3", npy("(3,)", b"abc", version=3))
put("npy", "none", npy("(0, 4)", b""))
put("npy", "scalar", npy("()", b"a"))
put("npy", "axes", npy("(1, 1, 1, 1, 1, 1, 1, 2)", b"ab"))
put("npy", "nine_axes", npy("(1, 1, 1, 1, 1, 1, 1, 1, 2)", b"ab"))
put("npy", "fortran", npy("(2, 2)", b"abcd", order="True"))
put("npy", "overflow", npy("(9999999999, 9999999999, 9999999999)", b"abcd"))
put("npy", "negative", npy("(-2, 2)", b"abcd"))

pixels, few = bytes(range(240)) * 3, bytes(range(240))
images, test = npy("(12, 5, 4, 3)", pixels), npy("(4, 5, 4, 3)", few)
labels, test_labels = npy("(12,)", bytes(i % 3 for i in range(12))), npy("(4,)", bytes([0, 1, 2, 0]))
column = npy("(12, 1)", bytes(i % 3 for i in range(12)))
names = npy("(3,)", "cat\0dog\0bird".encode("utf-32-le"), "<U4")
sites = npy("(12,)", bytes(i // 5 for i in range(12)))
real = npy("(4, 2, 2)", struct.pack("<16f", *[i / 15 for i in range(16)]), "<f4")
put("npz", "four", b"\0" + blocks(images, labels, test, test_labels))
put("npz", "six", b"\0" + blocks(images, labels, test, test_labels, sites, names))
put("npz", "two", b"\0" + blocks(images, labels))
put("npz", "real", b"\0" + blocks(real, test_labels))
put("npz", "planes", b"\4" + blocks(npy("(4, 3, 5, 4)", few), test_labels))
put("npz", "either", b"\0" + blocks(npy("(4, 3, 5, 3)", few[:180]), test_labels))
put("npz", "hot", b"\0" + blocks(npy("(4, 5, 4, 3)", few), npy("(4, 3)", bytes(12))))
put("npz", "int64", b"\0" + blocks(npy("(2, 2, 2)", struct.pack("<8q", *range(8)), "<i8"),
                                   npy("(2,)", struct.pack("<2d", 0, 1), "<f8")))
put("npz", "files", b"\x08" + blocks(images, labels, test, test_labels, sites))
put("npz", "files_two", b"\x08" + blocks(images, labels))
put("npz", "files_no_images", b"\x08" + blocks(b"", labels))
put("npz", "medmnist", b"\1" + blocks(images, column, test, test_labels, test, test_labels))
put("npz", "medmnist_join", b"\3" + blocks(images, column, test, test_labels, test, test_labels))
put("npz", "medmnist_none", b"\1" + blocks(images, column, b"", b"", test, test_labels))
put("npz", "medmnist_sizes", b"\1" + blocks(images, column, b"", b"", npy("(2, 5, 8, 3)", few), npy("(2,)", b"ab")))


def idx(data, *dims):
    return struct.pack(f">I{len(dims)}I", 0x800 + len(dims), *dims) + data


four = (idx(pixels[:96], 6, 4, 4), idx(bytes([0, 1, 2, 0, 1, 2]), 6), idx(pixels[96:144], 3, 4, 4), idx(bytes([0, 1, 2]), 3))
put("idx", "four", blocks(*four))
put("idx", "two", blocks(*four[:2]))
put("idx", "fewer", blocks(four[0], four[3]))
put("idx", "sides", blocks(four[0], four[1], idx(pixels[:60], 3, 4, 5), four[3]))
put("idx", "plain", four[0])
put("idx", "labels", four[1])
put("idx", "claims", blocks(idx(b"abc", 4000000000, 4000000000, 4000000000)))
put("idx", "real", struct.pack(">II", 0xD01, 1) + bytes(4))

members = {"a.npy": b"some bytes " * 9, "below/b.bin": bytes(300), "empty": b""}


def zip_of(how, extra=()):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as z:
        for name, data in [*members.items(), *extra]:
            z.writestr(zipfile.ZipInfo(name), data, how)
        z.comment = b"comment"
    return made.getvalue()


def tar_of(form, extra=None):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as t:
        for name, data in members.items():
            about = tarfile.TarInfo(name)
            about.size = len(data)
            t.addfile(about, io.BytesIO(data))
        if extra is not None:
            t.addfile(extra)
    return made.getvalue()


link, upwards = tarfile.TarInfo("link"), tarfile.TarInfo("../up")
link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
tar = tar_of(tarfile.USTAR_FORMAT)
for name, data in (("stored.zip", zip_of(zipfile.ZIP_STORED)), ("deflated.zip", zip_of(zipfile.ZIP_DEFLATED)),
                   ("upwards.zip", zip_of(zipfile.ZIP_STORED, [("../x", b"x")])),
                   ("twice.zip", zip_of(zipfile.ZIP_STORED, [("a.npy", b"x")])),
                   ("bzip2.zip", zip_of(zipfile.ZIP_BZIP2)), ("lzma.zip", zip_of(zipfile.ZIP_LZMA)),
                   ("ustar.tar", tar), ("gnu.tar", tar_of(tarfile.GNU_FORMAT)), ("pax.tar", tar_of(tarfile.PAX_FORMAT)),
                   ("link.tar", tar_of(tarfile.USTAR_FORMAT, link)), ("up.tar", tar_of(tarfile.USTAR_FORMAT, upwards)),
                   ("x.tar.gz", gzip.compress(tar, mtime=0)), ("x.tar.xz", lzma.compress(tar)),
                   ("x.tar.bz2", bz2.compress(tar)), ("plain", b"just bytes"), ("plain.gz", gzip.compress(b"a" * 500, mtime=0)),
                   ("two.gz", gzip.compress(b"one", mtime=0) + gzip.compress(b"two", mtime=0)),
                   ("behind.gz", gzip.compress(b"one", mtime=0) + b"\0\0\0x"),
                   ("plain.xz", lzma.compress(b"b" * 500)), ("plain.bz2", bz2.compress(b"c" * 500)),
                   ("alone.lzma", lzma.compress(b"d" * 500, format=lzma.FORMAT_ALONE)),
                   ("twice.gz", gzip.compress(gzip.compress(b"twice", mtime=0), mtime=0)), ("empty", b"")):
    put("archive", name, data)

with tempfile.TemporaryDirectory() as made:
    subprocess.run([sys.executable, os.path.join(fixtures, "import_files.py"), "valid", made], check=True)
    for name in sorted(os.listdir(made)):
        data = read(os.path.join(made, name))
        if name.endswith(".mat"):
            put("h5_mat" if name.startswith("hdf5") else "mat", name, data)
        elif name.endswith((".npz", ".gz")) and len(data) < LARGEST:
            put("archive", name, data)

# ---- pictures --------------------------------------------------------------------------------------------------------

pictures = os.path.join(fixtures, "pictures")
for name in sorted(os.listdir(pictures)):
    data = read(os.path.join(pictures, name))
    if name.endswith((".png", ".jpg")) and len(data) < LARGEST:
        put("picture", name, data)
for name, data in (("gif", b"GIF89a" + bytes(20)), ("webp", b"RIFF\x10\0\0\0WEBPVP8 "), ("tiff", b"II*\0" + bytes(20)),
                   ("bmp", b"BM" + bytes(60)), ("heic", b"\0\0\0\x18ftypheic" + bytes(20)), ("words", b"no picture"),
                   ("dicom", bytes(128) + b"DICM"), ("jp2", b"\0\0\0\x0cjP  \r\n\x87\n"), ("none", b"")):
    put("picture", name, data)
