"""Lines of each reader that the inputs of the fuzz targets reach, from `llvm-cov export -summary-only` on standard input.

Exit 1 where one is below 70 %. Files that only write are not listed, nor those that read HDF5: h5_loop.c does it in
child processes, which write no profile."""
import json
import sys

LEAST = 70.0
READERS = """src/base/ini.c src/base/input.c src/base/option.c src/base/params.c src/base/params_arguments.c
src/io/csv.c src/io/npy.c src/io/idx.c src/io/archive.c src/io/archive_check.c src/io/archive_zip.c
src/io/matfile.c src/io/matfile_check.c src/io/picture.c src/io/picture_marks.c src/io/picture_png.c
src/io/picture_jpeg.c src/io/json.c src/results/said.c src/results/said_csv.c src/results/said_json.c
src/data/import_idx.c src/data/import_npy.c src/data/import_medmnist.c src/data/import_arrays.c""".split()

low = []
for entry in json.load(sys.stdin)["data"][0]["files"]:
    name = next((r for r in READERS if entry["filename"].endswith("/" + r) or entry["filename"] == r), None)
    if name is not None:
        lines = entry["summary"]["lines"]
        print(f"{name:36} {lines['covered']:5} of {lines['count']:5} lines {lines['percent']:6.1f} %")
        if lines["percent"] < LEAST:
            low.append(name)
if low:
    print("below", LEAST, "%:", *low)
    sys.exit(1)
