#!/usr/bin/env bash
# make bench-peer: our training step and inference beside PyTorch's, OpenVINO's and ncnn's, single layers beside oneDNN's,
# our k-means beside scikit-learn's, alternating in one run. They get a virtual environment of their own in build/peer,
# which is made or completed here; PEER_VENV names another: one that exists is used as it is. Without OpenVINO or ncnn
# the rest is measured.
# Usage: scripts/bench_peer.sh [FOLDER OF THE PROGRAMS] [options of bench_peer.py, see --help]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=${1:-build/bin}
shift || true
venv=${PEER_VENV:-build/peer}
stop() { echo "bench_peer.sh: $*" >&2; exit 2; }
is_whole() { "$venv/bin/python" -c 'import numpy, torch, sklearn' >/dev/null 2>&1; }
if ! is_whole; then
  if [ -n "${PEER_VENV:-}" ] && [ -e "$venv" ]; then
    stop "$venv has no Python with PyTorch and scikit-learn: $venv/bin/pip install numpy torch scikit-learn, or remove it"
  fi
  # What is there may be half an installation, or one that lost its Python.
  python3 -m venv --clear "$venv" || stop "$venv: no virtual environment can be made: is python3-venv installed?"
  "$venv/bin/pip" install --quiet numpy torch scikit-learn && is_whole ||
    stop "PyTorch cannot be installed into $venv: make a virtual environment with torch and scikit-learn, name it in PEER_VENV"
fi
if [ -z "${PEER_VENV:-}" ]; then
  for packages in openvino "ncnn pnnx"; do
    # shellcheck disable=SC2086
    "$venv/bin/python" -c "import ${packages// /, }" >/dev/null 2>&1 || "$venv/bin/pip" install --quiet $packages ||
      echo "bench_peer.sh: not measured, for it cannot be installed into $venv: ${packages%% *}"
  done
fi
# Settings that would pin one side to slower code or other threads: shown, and removed for both.
for variable in FAL_KERNELS_ISA FAL_KERNELS_PAIRS OPENBLAS_CORETYPE OPENBLAS_NUM_THREADS MKL_NUM_THREADS OMP_NUM_THREADS OMP_PROC_BIND \
  OMP_WAIT_POLICY GOMP_SPINCOUNT ONEDNN_MAX_CPU_ISA DNNL_MAX_CPU_ISA OV_CPU_MAX_ISA ATEN_CPU_CAPABILITY LD_PRELOAD GLIBC_TUNABLES \
  MALLOC_MMAP_THRESHOLD_ MALLOC_TRIM_THRESHOLD_ MALLOC_TOP_PAD_; do
  if [ -n "${!variable:-}" ]; then echo "$variable=${!variable} is removed for both sides"; unset "$variable"; fi
done
exec "$venv/bin/python" "$here/bench_peer.py" --fal-bench "$bin/fal_bench" "$@"
