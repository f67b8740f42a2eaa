"""The ways in which peers compute, each with the column that it stands in, and where each is left out."""
import glob
import os
import platform
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
MALLOC_TUNED = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "4294967296",
                "MALLOC_TOP_PAD_": "268435456"}
# OpenVINO's own kernels and its oneDNN want the same word.
ONLY_AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "OV_CPU_MAX_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2",
             "MKL_ENABLE_INSTRUCTIONS": "AVX2"}
SETS = ["neon"] if platform.machine() == "aarch64" else ["avx512", "avx2"]  # of our kernels, best first
AS_IT_COMES = ("eager", "NCHW", "default")


class Mode(NamedTuple):
    program: str  # bench_peer_PROGRAM.py
    column: str
    training: bool
    precision: str  # of bench_peer_check.LIMITS
    layouts: tuple


TORCH = ("NCHW", "channels_last")
MODES = {
    "eager": Mode("torch", "PyTorch", True, "float32", TORCH),
    "frozen": Mode("torch", "PyTorch", False, "float32", TORCH),
    "compiled": Mode("torch", "PyTorch compiled", True, "float32", TORCH),
    "bf16": Mode("torch", "PyTorch bf16", True, "bf16", TORCH),
    "bf16-compiled": Mode("torch", "PyTorch bf16", True, "bf16", TORCH),
    "openvino": Mode("openvino", "OpenVINO", False, "float32", ("NCHW",)),
    "openvino-bf16": Mode("openvino", "OpenVINO bf16", False, "bf16", ("NCHW",)),
    "ncnn": Mode("ncnn", "ncnn", False, "float32", ("batched", "by-image")),
}
COLUMNS = list(dict.fromkeys(mode.column for mode in MODES.values()))


def mallocs():
    """Name -> environment of what is installed."""
    found = {"default": {}, "glibc": MALLOC_TUNED}
    for name, pattern in (("tcmalloc", "libtcmalloc_minimal.so*"), ("jemalloc", "libjemalloc.so*")):
        paths = [p for folder in (f"/usr/lib/{platform.machine()}-linux-gnu", "/usr/lib64", "/usr/lib") for p in
                 sorted(glob.glob(os.path.join(folder, pattern)))]
        if paths:
            found[name] = {"LD_PRELOAD": paths[0]}
    return found


def environment(malloc, isa, threads):
    return {**os.environ, **mallocs()[malloc], **(ONLY_AVX2 if isa == "avx2" else {}), "OMP_NUM_THREADS": str(threads)}


def left_out(name, what, isa, flags):
    """Why this mode has no place in a comparison; None: it has one. flags: of the CPU, as Linux names them."""
    mode = MODES[name]
    if what == "training" and not mode.training:
        return "inference only"
    if mode.precision == "bf16" and isa == "avx2":
        return "AVX2 has no bf16 instructions"
    if mode.precision == "bf16" and not flags & {"avx512_bf16", "amx_bf16"}:
        return "this CPU has no bf16 instructions"
    if mode.program == "ncnn" and isa == "avx2" and "avx512f" in flags:
        return "ncnn cannot be kept from AVX-512 on a CPU that has it"
    return None


def variants(names, layouts, malloc_names):
    """(mode, layout, malloc) of the modes named; `layouts` are PyTorch's."""
    return [(name, layout, malloc) for malloc in malloc_names for name in names for layout in MODES[name].layouts
            if MODES[name].layouts is not TORCH or layout in layouts]
