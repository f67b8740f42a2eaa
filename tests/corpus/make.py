"""Damaged and hostile files, one thing wrong in each, and the table of what each must lead to.

    python3 make.py FOLDER

Writes the files into FOLDER, and FOLDER/cases, a line for each: a command line (program without its path, arguments,
which have no blanks), exit code, a part of the message; separated by tabs. The same bytes at every run. What fuzzing
found is in fuzz/ beside this file, as it was found."""
import bz2
import gzip
import io
import json
import lzma
import os
import shutil
import struct
import sys
import tarfile
import warnings
import zipfile
import zlib

import h5py
import numpy

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
warnings.simplefilter("ignore")  # zipfile, of names that are there twice on purpose
os.chdir(sys.argv[1])
cases = []


def case(command, message, code=3):
    cases.append(f"{command}\t{code}\t{message}\n")


def write(name, data):
    with open(name, "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)
    return name


def read(name):
    with open(name, "rb") as f:
        return f.read()


def changed(data, at, new):
    return data[:at] + new + data[at + len(new):]


# ---- configuration files ---------------------------------------------------------------------------------------------

def ini(name, data, message, code=2):
    write(name + ".ini", data)
    case(f"fal_query --strategy entropy:global --config {name}.ini", message, code)


def make_ini():
    ini("nul", b"seeds = 1\0\nfl_rounds = 3\n", "nul.ini")
    ini("utf16", "seeds = 1\n".encode("utf-16"), "UTF-16")
    ini("utf16_big", b"\xfe\xff\0s\0e", "UTF-16")
    ini("latin1", b"strategy = \xe9ntropy\n", "latin1.ini:1")
    ini("twice", "fl_rounds = 1\nfl-rounds = 2\n", "twice.ini:2")
    ini("long_line", "strategy = " + "a" * 70000 + "\n", "long_line.ini:1")
    ini("large", "# comment\n" * 110000, "large.ini: has 1100000 bytes")
    ini("no_value", "fl_rounds\n", 'no_value.ini:1: expected "name = value"')
    ini("no_name", "= 5\n", "no_name.ini:1")
    ini("section", "[open\nfl_rounds = 1\n", "section.ini:1")
    ini("unknown", "fl_ruonds = 1\n", "fl_rounds")
    ini("escape", "fl_\x1b[31mrounds = 1\n", "escape.ini:1")
    ini("direction", "fl_\u202erounds = 1\n", "direction.ini:1")
    ini("c1", "strategy = a\u009b31m\n", "c1.ini:1")
    ini("value_escape", "output = a\x1b]0;title\x07b\n", "value_escape.ini:1")
    ini("huge_number", "fl_rounds = 99999999999999999999999\n", "huge_number.ini:1")
    ini("not_a_number", "lr = nan\n", "not_a_number.ini:1")
    ini("hex", "lr = 0x1p-3\n", "hex.ini:1")
    ini("minus", "fl_rounds = -1\n", "minus.ini:1")
    ini("seeds", "seeds = 1-99999999\n", "seeds.ini:1")
    ini("seeds_back", "seeds = 9-1\n", "seeds_back.ini:1")
    ini("empty_list", "strategy = logo,,entropy:global\n", "empty_list.ini:1")
    ini("text", "output = " + "o" * 2000 + "\n", "text.ini:1")
    ini("itself", "include = itself.ini\n", "itself.ini")
    ini("missing", "include = none.ini\n", "none.ini")
    ini("folder", "include = .\n", "is a folder")
    ini("device", "include = /dev/zero\n", "/dev/zero")
    for i in range(12):
        write(f"deep{i}.ini", f"include = deep{i + 1}.ini\n")
    ini("deep", "include = deep0.ini\n", "deep")
    write("leaf.ini", "# nothing\n")
    for i in range(4):
        write(f"wide{i}.ini", f"include = wide{i + 1}.ini\n" * 10)
    write("wide4.ini", "# nothing\n")
    ini("wide", "include = wide0.ini\n", "wide")


# ---- tables ----------------------------------------------------------------------------------------------------------

PICTURE = "train_000004_0123456789abcdef.png"


def table(name, data, message):
    """Of image numbers, for fal_query."""
    write(name + ".csv", data)
    case(f"fal_query {DATASET} --strategy entropy:global --global {MODEL} --pool {name}.csv", message)


def make_tables():
    table("table_nul", b"image\n1\0\n", "table_nul.csv")
    table("table_utf16", "image\n1\n".encode("utf-16"), "UTF-16")
    table("table_twice", "image,image\n1,2\n", "table_twice.csv")
    table("table_none", "picture\n1\n", "table_none.csv")
    table("table_quote", 'image\n"1\n2\n', "table_quote.csv")
    table("table_behind", 'image\n"1" 2\n', "table_behind.csv")
    table("table_more", "image\n1,2\n", "table_more.csv")
    table("table_wide", "image" + "," * 2000 + "x\n", "table_wide.csv")
    table("table_long", "image\n" + "1" * 70000 + "\n", "table_long.csv")
    table("table_word", "image\none\n", "table_word.csv")
    table("table_real", "image\n1.5\n", "table_real.csv")
    table("table_large", "image\n9999999999999999999999\n", "table_large.csv")
    table("table_beyond", "image\n1000000\n", "table_beyond.csv")
    table("table_minus", "image\n-1\n", "table_minus.csv")
    table("table_again", "image\n3\n3\n", "table_again.csv")
    table("table_escape", "image\n\x1b[31m\n", "table_escape.csv")


# ---- arrays ----------------------------------------------------------------------------------------------------------

def npy(shape, data, code="|u1", order="False", version=1, length=None):
    header = f"{{'descr': '{code}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    length = len(header) if length is None else length
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", length) + header + data


def array(name, data, message="", code=3):
    write(name + ".npy", data)
    case(f"fal_query --strategy entropy:global --array logits_global={name}.npy", message or f"{name}.npy", code)


def make_arrays():
    four = struct.pack("<4f", 1, 2, 3, 4)
    array("npy_empty", b"")
    array("npy_words", b"no array at all")
    array("npy_mark", b"\x93NUMPY")
    array("npy_version", npy("(2, 2)", four, "<f4", version=9))
    array("npy_header", npy("(2, 2)", four, "<f4", length=60000))
    array("npy_header4", npy("(2, 2)", four, "<f4", version=2, length=0xffffffff))
    array("npy_short", npy("(2, 2)", four[:15], "<f4"))
    array("npy_longer", npy("(2, 2)", four + b"x", "<f4"))
    array("npy_claims", npy("(100000000, 4000, 4000)", four, "<f4"))
    array("npy_overflow", npy("(4294967296, 4294967296, 16)", four, "<f4"))
    array("npy_overflow_bytes", npy("(2305843009213693952, 2)", four, "<f8"))
    array("npy_digits", npy("(99999999999999999999999999, 2)", four, "<f4"))
    array("npy_negative", npy("(-2, -2)", four, "<f4"))
    array("npy_axes", npy("(1, 1, 1, 1, 1, 1, 1, 1, 1, 4)", four, "<f4"))
    array("npy_one_axis", npy("(4,)", four, "<f4"))
    array("npy_scalar", npy("()", four[:4], "<f4"))
    array("npy_none", npy("(0, 2)", b"", "<f4"), "no image")
    array("npy_no_classes", npy("(2, 0)", b"", "<f4"), "0 classes")
    array("npy_objects", npy("(2, 2)", b"cos\nsystem\n(S'true'\ntR.", "|O"))
    array("npy_big", npy("(2, 2)", four, ">f4"))
    array("npy_fortran", npy("(2, 2)", four, "<f4", order="True"))
    array("npy_half", npy("(2, 2)", bytes(7), "<f2"))
    array("npy_half_big", npy("(2, 2)", bytes(8), ">f2"))
    array("npy_quarter", npy("(2, 2)", bytes(4), "<f1"))
    array("npy_half_infinite", npy("(2, 2)", struct.pack("<4e", 1, 2, float("inf"), 4), "<f2"), "value 2 is not finite")
    array("npy_texts", npy("(2, 2)", bytes(64), "<U4"))
    array("npy_record", npy("(2,)", bytes(16), "[('a', '<f4')]"))
    array("npy_no_shape", b"\x93NUMPY\1\0\x10\0{'descr': '<f4'}")
    array("npy_open", npy("(2, 2", four, "<f4"))
    array("npy_nan", npy("(2, 2)", struct.pack("<4f", 1, float("nan"), 3, 4), "<f4"), "value 1 is not finite")
    array("npy_infinite", npy("(2, 2)", struct.pack("<4f", 1, float("inf"), 3, 4), "<f4"), "value 1 is not finite")


# ---- imports ---------------------------------------------------------------------------------------------------------

pixels = bytes(range(240)) * 3
labels = bytes(i % 3 for i in range(12))
MEMBERS = {"train_images.npy": npy("(12, 5, 4, 3)", pixels), "train_labels.npy": npy("(12,)", labels),
           "test_images.npy": npy("(4, 5, 4, 3)", pixels[3:243]), "test_labels.npy": npy("(4,)", bytes([0, 1, 2, 0]))}


def zip_of(members, how=zipfile.ZIP_DEFLATED):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as z:
        for name, data in members.items() if isinstance(members, dict) else members:
            z.writestr(zipfile.ZipInfo(name), data, how)
    return made.getvalue()


def medmnist(name, data, message=""):
    write(name + ".npz", data if isinstance(data, bytes) else zip_of(data))
    case(f"fal_data import medmnist {name}.npz -o out.h5", message or f"{name}.npz")


def make_archives():
    good = zip_of(MEMBERS)
    stored = zip_of(MEMBERS, zipfile.ZIP_STORED)
    end = good.rindex(b"PK\5\6")
    first = good.index(b"PK\1\2")
    medmnist("zip_empty", zip_of({}))
    medmnist("zip_end", good[end:])
    medmnist("zip_cut", good[:end])
    medmnist("zip_cut_half", good[:len(good) // 2])
    medmnist("zip_no_start", good[20:])
    medmnist("zip_crc", changed(stored, 200, bytes([stored[200] ^ 1])))
    medmnist("zip_name", changed(good, good.index(b"train_i"), b"t\x1b[31m_"))
    medmnist("zip_lies_size", changed(good, first + 24, struct.pack("<I", 0xfffffff0)))
    medmnist("zip_lies_offset", changed(good, first + 42, struct.pack("<I", 0x7fffffff)))
    medmnist("zip_lies_count", changed(good, end + 10, struct.pack("<H", 60000)))
    medmnist("zip_encrypted", changed(changed(good, 6, b"\1"), first + 8, b"\1"))
    medmnist("zip_method", changed(changed(good, 8, b"\x63"), first + 10, b"\x63"))
    medmnist("zip_lzma", zip_of(MEMBERS, zipfile.ZIP_LZMA), "zip_lzma.npz: is compressed in a way that is not read")
    medmnist("zip_twice", [*MEMBERS.items(), ("train_labels.npy", npy("(12,)", bytes(12)))])
    medmnist("zip_upwards", {**MEMBERS, "../up.npy": b"x"}, "../up.npy")
    medmnist("zip_absolute", {**MEMBERS, "/tmp/absolute.npy": b"x"}, "absolute")
    medmnist("zip_words", b"PK\3\4 and then nothing that is a zip archive")
    medmnist("npz_fewer", {**MEMBERS, "train_labels.npy": npy("(11,)", labels[:11])}, "11 labels")
    medmnist("npz_label", {**MEMBERS, "train_labels.npy": npy("(12,)", bytes([255] * 12), "|i1")}, "label -1")
    medmnist("npz_claims", {**MEMBERS, "train_images.npy": npy("(100000000, 4000, 4000)", bytes(9))})
    medmnist("npz_none", {**MEMBERS, "train_images.npy": npy("(0, 5, 4, 3)", b"")})
    medmnist("npz_sides", {**MEMBERS, "train_images.npy": npy("(12, 5, 60)", pixels)})
    medmnist("npz_empty_member", {**MEMBERS, "test_labels.npy": b""})
    for name, data in (("gz_crc", changed(gzip.compress(b"x" * 900, mtime=0), -8, b"\0\0\0\0")),
                       ("gz_cut", gzip.compress(b"x" * 900, mtime=0)[:-3]),
                       ("gz_behind", gzip.compress(b"x" * 900, mtime=0) + b"garbage"),
                       ("gz_twice", gzip.compress(gzip.compress(b"x" * 900, mtime=0), mtime=0)),
                       ("gz_bomb", bomb()),
                       ("xz_cut", lzma.compress(b"x" * 900)[:-5]),
                       ("xz_changed", changed(lzma.compress(bytes(range(200))), 40, b"\xff\xff")),
                       ("xz_memory", lzma.compress(b"x" * 900, preset=9)[:30]),
                       ("bz2_changed", changed(bz2.compress(bytes(range(200))), 30, b"\xff\xff")),
                       ("bz2_cut", bz2.compress(b"x" * 900)[:-5])):
        write(name, data)
        case(f"fal_data import cifar10 {name} -o out.h5", name)
    make_tars()


def bomb():
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()


def make_tars():
    def one(name, about, data=b"", message=""):
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as t:
            about.size = len(data)
            t.addfile(about, io.BytesIO(data))
        write(name + ".tar", made.getvalue())
        case(f"fal_data import cifar10 {name}.tar -o out.h5", message or f"{name}.tar")
        return made.getvalue()

    for name, kind, target in (("tar_symlink", tarfile.SYMTYPE, "/etc/passwd"), ("tar_hard", tarfile.LNKTYPE, "../x"),
                               ("tar_device", tarfile.CHRTYPE, ""), ("tar_fifo", tarfile.FIFOTYPE, "")):
        about = tarfile.TarInfo("data_batch_1.bin")
        about.type, about.linkname = kind, target
        one(name, about)
    one("tar_upwards", tarfile.TarInfo("../data_batch_1.bin"), bytes(3073))
    one("tar_absolute", tarfile.TarInfo("/data_batch_1.bin"), bytes(3073))
    whole = one("tar_records", tarfile.TarInfo("data_batch_1.bin"), bytes(3072), "no whole number of records")
    for name, data in (("tar_cut", whole[:700]), ("tar_checksum", changed(whole, 148, b"000000\0 ")),
                       ("tar_size", changed(whole, 124, b"77777777777\0"))):
        write(name + ".tar", data)
        case(f"fal_data import cifar10 {name}.tar -o out.h5", f"{name}.tar")


def idx(data, *dims, kind=8):
    return struct.pack(f">I{len(dims)}I", kind << 8 | len(dims), *dims) + data


def make_idx():
    images, given = idx(pixels[:96], 6, 4, 4), idx(bytes([0, 1, 2, 0, 1, 2]), 6)
    write("train-good-labels", given)
    for name, data in (("idx_short", images[:-1]), ("idx_longer", images + b"x"), ("idx_head", images[:9]),
                       ("idx_type", idx(pixels[:384], 6, 4, 4, kind=13)), ("idx_axes", idx(pixels[:96], 6, 4, 4, 1)),
                       ("idx_claims", idx(b"abc", 4000000000, 4000000000, 4000000000)),
                       ("idx_none", idx(b"", 0, 4, 4)), ("idx_no_side", idx(b"", 6, 0, 4)),
                       ("idx_fewer", idx(pixels[:80], 5, 4, 4)), ("idx_wide", idx(bytes(6 * 5000), 6, 5000, 1))):
        write("train-" + name, data)
        case(f"fal_data import idx train-{name} train-good-labels --test-share 0.5 -o out.h5", "")
    write("train-images", images)
    write("train-none", idx(b"", 0))
    case("fal_data import idx train-images train-none --test-share 0.5 -o out.h5", "")
    case("fal_data import idx train-images --test-share 0.5 -o out.h5", "no training labels")
    for name, data in (("cifar_short.bin", bytes(3072)), ("cifar_label.bin", bytes([10]) + bytes(3072)),
                       ("cifar_empty.bin", b"")):
        write(name, data)
        case(f"fal_data import cifar10 {name} --test-share 0.5 -o out.h5", "")


# ---- MATLAB ----------------------------------------------------------------------------------------------------------

def element(code, data, length=None):
    return struct.pack("<II", code, len(data) if length is None else length) + data + bytes(-len(data) % 8)


def matrix(name, dims, data, cls=9, code=2, flags=0, data_length=None, name_length=None):
    body = element(6, struct.pack("<II", cls | flags, 0))
    body += element(5, struct.pack(f"<{len(dims)}i", *dims)) if dims else b""
    body += element(1, name.encode(), name_length) + element(code, data, data_length)
    return element(14, body)


def make_mat():
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
    x, y = matrix("X", (5, 4, 3, 12), pixels), matrix("y", (12, 1), labels)
    write("good_test.mat", head + x + y)
    packed = zlib.compress(x)
    for name, data in (("empty", b""), ("head", head[:100]), ("no_arrays", head), ("order", changed(head, 126, b"XX") + x + y),
                       ("no_x", head + y), ("no_y", head + x), ("cut", (head + x + y)[:300]), ("cut_end", (head + x + y)[:-9]),
                       ("dims", head + matrix("X", (4096, 4096, 3, 100000), pixels) + y),
                       ("dims_negative", head + matrix("X", (5, 4, 3, -12), pixels) + y),
                       ("dims_many", head + matrix("X", (1,) * 40 + (5, 4, 3, 12), pixels) + y),
                       ("data_long", head + matrix("X", (5, 4, 3, 12), pixels, data_length=0x7ffffff0) + y),
                       ("data_short", head + matrix("X", (5, 4, 3, 12), pixels[:100]) + y),
                       ("name_long", head + matrix("X", (5, 4, 3, 12), pixels, name_length=0xfffffff0) + y),
                       ("length", head + changed(x, 4, struct.pack("<I", 0xfffffff8)) + y),
                       ("cell", head + matrix("X", (5, 4, 3, 12), pixels, cls=1) + y),
                       ("struct", head + matrix("X", (5, 4, 3, 12), pixels, cls=2) + y),
                       ("sparse", head + matrix("X", (5, 4, 3, 12), pixels, cls=5) + y),
                       ("complex", head + matrix("X", (5, 4, 3, 12), pixels, flags=0x800) + y),
                       ("packed_cut", head + struct.pack("<II", 15, len(packed)) + packed[:-9]),
                       ("packed_changed", head + struct.pack("<II", 15, len(packed)) + changed(packed, 20, b"\xff" * 8) + y),
                       ("packed_twice", head + element(15, zlib.compress(element(15, packed))) + y)):
        write(f"mat_{name}.mat", data)
        case(f"fal_data import svhn mat_{name}.mat good_test.mat -o out.h5", f"mat_{name}.mat")
    opaque = matrix("Z", (), b"a", cls=17, name_length=0x2d000001)
    write("mat_opaque.mat", head + opaque + x + y)
    case("fal_data import svhn mat_opaque.mat good_test.mat -o out.h5",
         "mat_opaque.mat: holds a cell array, a structure, a function or an object")
    for name, data in (("cell_sizes", matrix("Z", (0x7fffffff, 1), b"a", cls=1)),
                       ("struct_sizes", matrix("Z", (0x7fffffff, 1), b"a", cls=2)),
                       ("function_sizes", matrix("Z", (0x7fffffff, 1), b"a", cls=16)),
                       ("opaque_packed", element(15, zlib.compress(opaque)))):
        write(f"mat_{name}.mat", head + data + x + y)
        case(f"fal_data import svhn mat_{name}.mat good_test.mat -o out.h5",
             f"mat_{name}.mat: holds a cell array, a structure, a function or an object")
    for name, data in (("class", matrix("Z", (1, 1), b"a", cls=250)),
                       ("text_name", matrix("Z", (1, 1), b"a", cls=4, name_length=0x2d000001))):
        write(f"mat_{name}.mat", head + data + x + y)
        case(f"fal_data import svhn mat_{name}.mat good_test.mat -o out.h5", f"mat_{name}.mat: holds a damaged array")


# ---- pictures --------------------------------------------------------------------------------------------------------

def chunk(kind, data, crc=None):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) if crc is None else crc)


def png(w=4, h=4, depth=8, colour=2, data=None, before=b"", interlace=0, end=True):
    rows = b"".join(b"\0" + bytes(range(w * 3 % 256)) for _ in range(min(h, 64))) if data is None else data
    made = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, interlace)) + before
    return made + chunk(b"IDAT", zlib.compress(rows)) + (chunk(b"IEND", b"") if end else b"")


def picture(name, data, message="", ending="png"):
    """One picture among good ones."""
    for folder, good in (("a", png()), ("b", png(data=(b"\0" + bytes(12)) * 4))):
        os.makedirs(f"{name}/{folder}", exist_ok=True)
        write(f"{name}/{folder}/good.png", good)
    write(f"{name}/a/bad.{ending}", data)
    case(f"fal_data import folder {name} --test-share 0.5 -o out.h5", message or f"bad.{ending}")


def make_pictures():
    good = png()
    jpeg = read(f"{TOP}/fixtures/pictures/rgb420.jpg")
    scan = jpeg.index(b"\xff\xda")
    frame = jpeg.index(b"\xff\xc0")
    picture("png_empty", b"")
    picture("png_mark", good[:8])
    picture("png_cut", good[:50])
    picture("png_no_end", png(end=False))
    picture("png_crc", changed(good, 29, b"\0\0\0\0"))
    picture("png_data", changed(good, 45, b"\xff\xff"))
    picture("png_large", png(w=1 << 30, h=1 << 30))
    picture("png_wide", png(w=16385, h=1))
    picture("png_none", png(w=0, h=4))
    picture("png_depth", png(depth=3))
    picture("png_colour", png(colour=5))
    picture("png_interlace", png(interlace=7))
    picture("png_no_palette", png(colour=3))
    picture("png_short_rows", png(data=b"\0" + bytes(12)))
    picture("png_filter", png(data=(b"\x09" + bytes(12)) * 4))
    picture("png_chunk", good[:33] + struct.pack(">I", 0xfffffff0) + b"tEXt")
    picture("png_animated", png(before=chunk(b"acTL", struct.pack(">II", 2, 0))))
    picture("jpg_cut", jpeg[:scan + 20], ending="jpg")
    picture("jpg_head", jpeg[:frame + 4], ending="jpg")
    picture("jpg_mark", b"\xff\xd8\xff", ending="jpg")
    picture("jpg_sides", changed(jpeg, frame + 5, b"\xff\xff\xff\xff"), ending="jpg")
    picture("jpg_none", changed(jpeg, frame + 5, b"\0\0\0\0"), ending="jpg")
    picture("jpg_tables", jpeg[:2] + jpeg[frame:], ending="jpg")
    picture("jpg_length", changed(jpeg, 4, b"\xff\xff"), ending="jpg")
    picture("jpg_parts", changed(jpeg, frame + 9, b"\x09"), ending="jpg")
    for name, data in (("gif", b"GIF89a" + bytes(20)), ("webp", b"RIFF\x10\0\0\0WEBPVP8 "), ("tiff", b"II*\0" + bytes(20)),
                       ("bmp", b"BM" + bytes(60)), ("words", b"no picture at all")):
        picture("other_" + name, data)


# ---- answers ---------------------------------------------------------------------------------------------------------

def answers(name, data, message="", ending="csv"):
    write(f"{name}.{ending}", data)
    case(f"fal_data label {DATASET} --into -o out.h5 {name}.{ending}", message or f"{name}.{ending}")


def make_answers():
    head = "image,label,file,annotator,seconds,client\n"
    for name, text in (("none", ""), ("nul", head + "4,0\0,,,,\n"), ("picture", head + "4,0,cat.png,,,\n"),
                       ("apart", head + f"5,0,{PICTURE},,,\n"), ("class", head + f"4,zebra,{PICTURE},,,\n"),
                       ("class_minus", head + f"4,-1,{PICTURE},,,\n"), ("class_beyond", head + f"4,99999999999,{PICTURE},,,\n"),
                       ("beyond", head + f"4,0,{PICTURE.replace('000004', '999999')},,,\n"),
                       ("hash", head + f"4,0,{PICTURE},,,\n"),
                       ("seconds", head + f"4,0,{PICTURE},,-1,\n"), ("client", head + f"4,0,{PICTURE},,,-7\n"),
                       ("long_name", head + f"4,0,{PICTURE},{'n' * 200},,\n"),
                       ("escape", head + f"4,0,{PICTURE},\x1b[31mann,,\n"), ("quote", head + f'4,"0,{PICTURE},,,\n')):
        answers("said_" + name, text)
    task = {"data": {"file": PICTURE}, "annotations": [{"result": [{"value": {"choices": ["0"]}}]}]}
    for name, text in (("empty", ""), ("object", "{}"), ("open", "["), ("comma", "[1,]"), ("deep", "[" * 5000 + "]" * 5000),
                       ("surrogate", '["\\ud800"]'), ("nul", '["\\u0000"]'), ("behind", "[] []"), ("number", "[0123]"),
                       ("twice", '[{"data": 1, "data": 2}]'), ("control", '["\x01"]'), ("utf8", b'["\xff\xfe"]'),
                       ("utf16", "[]".encode("utf-16")), ("no_task", "[1]"), ("many", "[[" + "0," * 1100000 + "0]]"),
                       ("name", json.dumps([{**task, "data": {"file": "x.png"}}])),
                       ("two", json.dumps([{**task, "annotations": [{"result": [{"value": {"choices": ["0", "1"]}}]}]}])),
                       ("class", json.dumps([{**task, "annotations": [{"result": [{"value": {"choices": ["zebra"]}}]}]}]))):
        answers("said_" + name, text, ending="json")


# ---- HDF5 ------------------------------------------------------------------------------------------------------------

DATASET, MODEL, RESULTS = "good.h5", "model.h5", "results.h5"


def own_files():
    with h5py.File(DATASET, "w") as f:
        source = h5py.File(f"{TOP}/fixtures/hdf5_versions/hdf5_2.0_default.h5")
        for name in source.attrs:
            f.attrs[name] = source.attrs[name]
        for name in source:
            source.copy(name, f)
    shutil.copy(f"{TOP}/fixtures/hdf5_versions/hdf5_2.0_model.h5", MODEL)
    shutil.copy(f"{TOP}/fixtures/hdf5_versions/hdf5_2.0_results.h5", RESULTS)


def h5(name, change, message="", command="fal_data verify {}", source=None, code=3):
    """A copy of a file of ours with one change through the library (a function) or as bytes."""
    file = f"{name}.h5"
    if isinstance(change, bytes):
        write(file, change)
    else:
        shutil.copy(source or DATASET, file)
        with h5py.File(file, "r+") as f:
            change(f)
    case(command.format(file), message or file, code)


def attribute(name, value, at="/"):
    def change(f):
        if name in f[at].attrs:
            del f[at].attrs[name]
        if value is not None:
            f[at].attrs[name] = value
    return change


def array_of(name, values, **how):
    def change(f):
        old = dict(f[name].attrs)
        del f[name]
        made = f.create_dataset(name, data=values, **how)
        made.attrs.update(old)
    return change


def make_h5():
    whole = read(DATASET)
    h5("h5_mark", whole[:8])
    h5("h5_version", changed(whole, 8, b"\x77"))
    h5("h5_sizes", changed(whole, 13, b"\x40\x40"))
    h5("h5_root", changed(whole, 64, b"\xff" * 8))
    h5("h5_end", changed(whole, 40, struct.pack("<Q", 1 << 40)))
    for cut in (40, 96, 600, len(whole) // 2, len(whole) - 1):
        h5(f"h5_cut{cut}", whole[:cut])
    h5("h5_format", attribute("fal_format", "datasets"))
    h5("h5_format_number", attribute("fal_format", 7))
    h5("h5_format_none", attribute("fal_format", None))
    h5("h5_format_large", attribute("fal_format", "d" * 5000))
    h5("h5_newer", attribute("fal_version", 99))
    h5("h5_version_minus", attribute("fal_version", -1))
    h5("h5_version_array", attribute("fal_version", numpy.arange(500)))
    h5("h5_name_path", attribute("name", "../../etc"))
    h5("h5_name_escape", attribute("name", "a\x1b[31m"))
    h5("h5_name_long", attribute("name", "n" * 300))
    h5("h5_mean_nan", attribute("mean", numpy.array([numpy.nan] * 3, "f4")))
    h5("h5_std_zero", attribute("std", numpy.zeros(3, "f4")))
    h5("h5_mean_many", attribute("mean", numpy.zeros(4000, "f4")))
    h5("h5_augment", attribute("augment", "rotate"))
    h5("h5_classes_none", attribute("class_names", None))
    h5("h5_classes_many", attribute("class_names", [f"c{i}" for i in range(2000)]))
    h5("h5_classes_twice", attribute("class_names", ["same"] * 3))
    h5("h5_classes_escape", attribute("class_names", ["a", "b\u202ec", "d"]))
    h5("h5_classes_numbers", attribute("class_names", numpy.arange(3)))
    h5("h5_sum", attribute("sha256", "0" * 64, "train/images"))
    h5("h5_sum_number", attribute("sha256", 5, "train/images"))
    h5("h5_sum_empty", attribute("sha256", "", "train/labels"))
    with h5py.File(DATASET) as f:
        images, given = f["train/images"][:], f["train/labels"][:]
    h5("h5_labels_beyond", array_of("train/labels", numpy.full_like(given, 30000)))
    h5("h5_labels_minus", array_of("train/labels", numpy.full_like(given, -2)))
    h5("h5_labels_fewer", array_of("train/labels", given[:-1]))
    h5("h5_labels_real", array_of("train/labels", given.astype("f4")))
    h5("h5_labels_texts", array_of("train/labels", numpy.array([b"a"] * len(given))))
    h5("h5_labels_axes", array_of("train/labels", given.reshape(1, -1)))
    h5("h5_labels_scalar", array_of("train/labels", given[0]))
    h5("h5_images_real", array_of("train/images", images.astype("f4")))
    h5("h5_images_axes", array_of("train/images", images[..., None]))
    h5("h5_images_none", array_of("train/images", images[:0]))
    h5("h5_images_group", lambda f: (f.__delitem__("train/images"), f.create_group("train/images")))
    h5("h5_train_none", lambda f: f.__delitem__("train"))
    h5("h5_train_array", lambda f: (f.__delitem__("train"), f.create_dataset("train", data=[1])))
    h5("h5_test_other", array_of("test/images", images[:, :, :-1]))


def make_models():
    query = f"fal_query {DATASET} --strategy entropy:global --global {{}}"
    with h5py.File(MODEL) as f:
        last = "linear.weight"
        values = f[last][()]
    whole = read(MODEL)
    h5("model_none", lambda f: f.__delitem__(last), command=query, source=MODEL)
    h5("model_nan", array_of(last, numpy.full_like(values, numpy.nan)), command=query, source=MODEL)
    h5("model_shape", array_of(last, values[:, :-1]), command=query, source=MODEL)
    h5("model_more_classes", array_of(last, numpy.concatenate([values] * 9)), command=query, source=MODEL)
    h5("model_type", array_of(last, values.astype("i4")), command=query, source=MODEL)
    h5("model_name", attribute("architecture", "vgg"), command=query, source=MODEL)
    h5("model_channels", attribute("channels", 3), command=query, source=MODEL)
    h5("model_classes", attribute("classes", 1 << 40), command=query, source=MODEL)
    h5("model_format", attribute("fal_format", "results"), command=query, source=MODEL)
    h5("model_cut", whole[:len(whole) // 2], command=query)
    h5("model_head", whole[:200], command=query)
    h5("model_dataset", read(DATASET), command=query)


def embeddings(name, data, message=""):
    """Of the training images, for fal_query."""
    write(name + ".npy", data)
    case(f"fal_query {DATASET} --strategy coreset --embeddings {name}.npy", message or f"{name}.npy")


def make_embeddings():
    images = 16
    row = struct.pack("<2f", 1, 2)
    embeddings("emb_empty", b"")
    embeddings("emb_words", b"0.5,1.5\n" * images)
    embeddings("emb_header", npy("(16, 2)", row * images, "<f4", length=60000))
    embeddings("emb_rows", npy("(15, 2)", row * 15, "<f4"), "has 15 rows, but good.h5 has 16 training images")
    embeddings("emb_no_rows", npy("(0, 2)", b"", "<f4"), "has 0 rows")
    embeddings("emb_no_width", npy("(16, 0)", b"", "<f4"), "has 0 numbers per image")
    embeddings("emb_width_alone", npy("(0, 999999999999999999)", b"", "<f4"), "has 0 rows")
    embeddings("emb_rows_alone", npy("(999999999999999999, 0)", b"", "<f4"), "has 999999999999999999 rows")
    embeddings("emb_claims", npy("(16, 4294967296)", row, "<f4"))
    embeddings("emb_overflow", npy("(16, 1152921504606846978)", row * images, "<f4"))
    embeddings("emb_short", npy("(16, 2)", row * images, "<f4")[:-1])
    embeddings("emb_longer", npy("(16, 2)", row * images + b"x", "<f4"))
    embeddings("emb_axes", npy("(16, 2, 1)", row * images, "<f4"), "3 axes")
    embeddings("emb_one_axis", npy("(32,)", row * images, "<f4"), "1 axis")
    embeddings("emb_scalar", npy("()", row[:4], "<f4"), "0 axes")
    embeddings("emb_whole", npy("(16, 2)", bytes(128), "<i4"), "no real numbers")
    embeddings("emb_objects", npy("(16, 2)", b"cos\nsystem\n(S'true'\ntR.", "|O"))
    embeddings("emb_fortran", npy("(16, 2)", row * images, "<f4", order="True"))
    embeddings("emb_nan", npy("(16, 2)", row * 15 + struct.pack("<2f", 0, float("nan")), "<f4"), "row 15")
    embeddings("emb_half_infinite", npy("(16, 2)", bytes(62) + struct.pack("<e", float("-inf")), "<f2"), "row 15")
    embeddings("emb_huge", npy("(16, 2)", struct.pack("<2d", 1e300, 0) * images, "<f8"), "row 0")
    query = f"fal_query {DATASET} --strategy coreset --embeddings {{}}:/z"
    good = numpy.ones((images, 2), "f4")
    h5("emb_no_array", lambda f: None, "/z is missing", query)
    h5("emb_group", lambda f: f.create_group("z"), "/z is a group", query)
    h5("emb_soft", lambda f: f.__setitem__("z", h5py.SoftLink("/train/images")), "soft or external link", query)
    h5("emb_external", lambda f: f.__setitem__("z", h5py.ExternalLink(MODEL, "/")), "soft or external link", query)
    h5("emb_outside", lambda f: f.create_dataset("z", (images, 2), "f4", external=[("/etc/passwd", 0, 128)]),
       "keeps its data in another file", query)
    h5("emb_images", lambda f: f.__setitem__("z", f["train/images"]), "4 axes", query)
    h5("emb_many_axes", lambda f: f.create_dataset("z", data=numpy.ones((16,) + (1,) * 20, "f4")), "21 axes", query)
    h5("emb_h5_rows", lambda f: f.create_dataset("z", data=good[:-1]), "has 15 rows", query)
    h5("emb_h5_nan", lambda f: f.create_dataset("z", data=good * numpy.nan), "row 0", query)
    h5("emb_h5_half", lambda f: f.create_dataset("z", data=good.astype("f2")), "float16", query)
    h5("emb_h5_wide", lambda f: f.create_dataset("z", (images, 1 << 21), "f4", chunks=(1, 1 << 16), compression=9),
       "emb_h5_wide.h5", query)
    h5("emb_never", lambda f: f.create_dataset("z", (images, 1 << 40), "f4", chunks=(1, 1 << 16)), "claims", query)
    h5("emb_unlimited", lambda f: f.create_dataset("z", (1 << 40, 2), "f4", maxshape=(None, 2), chunks=(16, 2)), "claims",
       query)
    with h5py.File("emb_packed.h5", "w") as f:
        f.create_dataset("z", data=numpy.arange(images * 2, dtype="f4").reshape(images, 2), chunks=(images, 2), compression=9)
        at = f["z"].id.get_chunk_info(0).byte_offset
    h5("emb_packed_damaged", changed(read("emb_packed.h5"), at + 4, b"\xff\xff"), "has a chunk that does not hold", query)
    h5("emb_h5_cut", read("emb_packed.h5")[:-40], "is truncated", query)


def make_results():
    whole = read(RESULTS)
    for name, command in (("report", "fal_report {}"), ("digest", "fal_data digest {}"),
                          ("query", f"fal_query {DATASET} --results {{}} --client 0")):
        h5(f"results_cut_{name}", whole[:len(whole) // 2], command=command)
        h5(f"results_head_{name}", whole[:90], command=command)
    report = "fal_report {}"
    with h5py.File(RESULTS) as f:
        rounds = f["rounds"][:]
    h5("results_no_rounds", lambda f: f.__delitem__("rounds"), command=report, source=RESULTS)
    h5("results_rounds_array", array_of("rounds", numpy.arange(5)), command=report, source=RESULTS)
    h5("results_rounds_axes", array_of("rounds", rounds.reshape(1, -1)), command=report, source=RESULTS)
    h5("results_newer", attribute("fal_version", 999), command=report, source=RESULTS)
    h5("results_strategy", attribute("strategy", "a\x1b[31m"), command=report, source=RESULTS)
    h5("results_seed", attribute("seed", "one"), command=report, source=RESULTS)


own_files()
make_ini()
make_tables()
make_arrays()
make_archives()
make_idx()
make_mat()
make_pictures()
make_answers()
make_h5()
make_models()
make_embeddings()
make_results()
with open("cases", "w") as f:
    f.writelines(cases)
