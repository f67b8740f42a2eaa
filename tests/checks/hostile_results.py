"""Results files that somebody made to do harm, or that something went wrong with, below a folder:

    good/       trials whose names are hostile but can be shown: taken in
    bad/        files of which each has a reason to be left out; REASONS says which
    curve/      trials of which only the learning curve can be read; CURVES says why
    NAMES       the settings and strategies in good/, as JSON
"""
import json
import os
import shutil
import sys

import h5py
import numpy

import make_results

folder = sys.argv[1]
SETTINGS = ["a\"b'c $(touch pwned) `touch pwned` <script>alert(1)</script></title>]]>&amp;&#x3c;%n%s\\",
            "</script><script>document.title='mine'</script><!-- " + "x" * 950]
STRATEGIES = ["random", "<img src=x onerror=alert(1)>", "' onmouseover='alert(1)' x='", "\u6f22\u5b57\u0644\u0639\u0628 {{7*7}} \\input{x}",
              "a&b;\"},\"tables\":{}}//$\\mathrm{x}$%_#~^{", "x" * 63]
CLASSES = ["</title><svg onload=alert(1)>", "]]>", "\u009b31mred", "\x1b]0;mine\x07", "\u202edesrever\u2066", "a\tb\nc", "-1", ""]
SMALL = {"rounds": 3, "clients": 2, "classes": len(CLASSES)}


def write(path, setting=SETTINGS[0], strategy="random", seed=1, **more):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    class_names = more.pop("class_names", CLASSES)
    make_results.write(path, setting, strategy, seed, class_names=class_names, **{**SMALL, **more})
    return path


for k, setting in enumerate(SETTINGS):
    for i, strategy in enumerate(STRATEGIES):
        for seed in 1, 2:
            path = write(f"{folder}/good/{k}{i}{seed}.h5", setting, strategy, seed,
                         parameters={"label": "<b>$(touch pwned)\x1b[31m", "alpha": 0.1 + k})
            with h5py.File(path, "r+") as f:
                f["run"].attrs["hosts"] = "</td><script>alert(1)</script>\u009b2J\u202e"
                f["run"].attrs["git_commit"] = numpy.bytes_(b"\xff\xfe\x1b[2J")
names = [b"\"'`$(touch pwned)<script>alert(1)<.h5", b"\x1b[31m\xc2\x9b2J\xe2\x80\xaered.h5", b"\xff\xfe invalid.h5", b"-o.h5", b"a\nb.h5"]
for name, at in zip(names, ("001", "002", "011", "012", "021")):
    os.rename(f"{folder}/good/{at}.h5".encode(), folder.encode() + b"/good/" + name)

# ---- files with a reason ----
REASONS = {}


def bad(name, reason, **how):
    REASONS[name] = reason
    return write(f"{folder}/bad/{name}", seed=100 + len(REASONS), **how)


bad("setting_long.h5", "setting", attributes={"setting": "x" * 10000})
bad("strategy_long.h5", "strategy", attributes={"strategy": "y" * 10000})
bad("strategy_utf8.h5", "holds control characters or is not UTF-8", attributes={"strategy": numpy.bytes_(b"a\xffb")})
bad("strategy_c1.h5", "holds control characters", attributes={"strategy": "a\u009bb"})
bad("strategy_rtl.h5", "holds control characters", attributes={"strategy": "a\u202eb"})
bad("setting_line.h5", "holds control characters", attributes={"setting": "a\nb"})
bad("status_escape.h5", "holds control characters", attributes={"status": "\x1b[31m"})
bad("strategy_empty.h5", "attribute strategy is empty", attributes={"strategy": ""})
bad("seed_minus.h5", "attribute seed is -5", attributes={"seed": numpy.int64(-5)})
bad("stopped.h5", "stopped after 3 AL rounds: left out; --partial takes it in", status="stopped")
bad("newer.h5", "newer program", attributes={"fal_version": numpy.int64(99)})
bad("seed_text.h5", "seed", attributes={"seed": "one"})
bad("other_data.h5", "of other data than the results of the same setting", attributes={"dataset_test_labels_sha256": "0" * 64})
for name, reason, change in (
        ("nan.h5", "is no share (0..1)", lambda r: r["test_accuracy"].__setitem__(1, numpy.nan)),
        ("beyond.h5", "is no share (0..1)", lambda r: r["test_accuracy"].__setitem__(1, 1.5)),
        ("minus.h5", "labelled -1 is no number of images", lambda r: r["labelled"].__setitem__(1, -1)),
        ("many.h5", "is no number of images", lambda r: r["labelled"].__setitem__(2, 2**62)),
        ("order.h5", "has al_round 3, expected 2", lambda r: r["al_round"].__setitem__(1, 3))):
    with h5py.File(bad(name, reason), "r+") as f:
        rows = f["rounds"][()]
        change(rows)
        f["rounds"][...] = rows
with h5py.File(bad("no_rounds.h5", "rounds is missing"), "r+") as f:
    del f["rounds"]
with h5py.File(bad("rounds_array.h5", "rounds is not a table"), "r+") as f:
    del f["rounds"]
    f["rounds"] = numpy.zeros((3, 3))
with h5py.File(bad("rounds_many.h5", "bytes, but 0 are stored"), "r+") as f:
    kind = f["rounds"].dtype
    del f["rounds"]
    f.create_dataset("rounds", (2**40,), kind, chunks=(1024,))
path = bad("truncated.h5", "truncated")
os.truncate(path, os.path.getsize(path) // 2)
REASONS["copy.h5"] = "with seed 1 of the same setting is in"
shutil.copy(f"{folder}/good/101.h5", f"{folder}/bad/copy.h5")
REASONS["foreign.h5"] = "not one of ours"
with h5py.File(f"{folder}/bad/foreign.h5", "w") as f:
    f["x"] = 1
for name, content, reason in ("text.h5", b"noise\x1b[2J\n", "is no HDF5 file"), ("empty.h5", b"", "is empty"):
    REASONS[name] = reason
    with open(f"{folder}/bad/{name}", "wb") as f:
        f.write(content)
os.mkdir(f"{folder}/bad/folder.h5")
REASONS["folder.h5"] = "is a folder"
os.symlink("nowhere", f"{folder}/bad/link.h5")
REASONS["link.h5"] = "No such file"
os.mkfifo(f"{folder}/bad/pipe.h5")
REASONS["pipe.h5"] = "not a regular file"

# ---- only the curve ----
CURVES = {}


def curve(name, reason, **how):
    CURVES[name] = reason
    return write(f"{folder}/curve/{name}", SETTINGS[0], "curve", 100 + len(CURVES), **how)


curve("class_long.h5", "identity_class_names", class_names=["z" * 10000] * len(CLASSES))
curve("classes_fewer.h5", "class", class_names=["a", "b"])
for name, part, value in (("confusion_shape.h5", "confusion", numpy.zeros((3, 4), "i8")),
                          ("counts_negative.h5", "pool_counts", numpy.full((2, len(CLASSES)), -1)),
                          ("counts_text.h5", "labelled_counts", numpy.array([b"x"])),
                          ("first_nan.h5", "first_round/global_class_accuracy", numpy.full(len(CLASSES), 7.0))):
    with h5py.File(curve(name, part.split("/")[-1]), "r+") as f:
        del f[part]
        f[part] = value
for what, reasons in ("REASONS", REASONS), ("CURVES", CURVES):
    with open(f"{folder}/{what}", "w") as f:
        f.writelines(f"{name}\t{reason}\n" for name, reason in reasons.items())
with open(f"{folder}/NAMES", "w") as f:
    json.dump({"settings": SETTINGS, "strategies": STRATEGIES}, f)
