#!/usr/bin/env bash
# make bench-peer: our training step and inference beside PyTorch's, our k-means beside scikit-learn's, alternating in
# one run. They get a virtual environment of its own (folder PEER_VENV, default build/peer; an existing one is used as it is).
# Usage: scripts/bench_peer.sh [FOLDER OF THE PROGRAMS] [options of bench_peer.py, see --help]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=${1:-build/bin}
shift || true
venv=${PEER_VENV:-build/peer}
if ! [ -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet numpy torch scikit-learn ||
    { echo "bench_peer.sh: PyTorch cannot be installed into $venv: pip install torch scikit-learn there by hand" >&2; exit 2; }
fi
# Settings that would pin one side to slower code or other threads: shown, and removed for both.
for variable in FAL_KERNELS_ISA OPENBLAS_CORETYPE OPENBLAS_NUM_THREADS MKL_NUM_THREADS OMP_NUM_THREADS OMP_PROC_BIND \
  OMP_WAIT_POLICY GOMP_SPINCOUNT ONEDNN_MAX_CPU_ISA DNNL_MAX_CPU_ISA ATEN_CPU_CAPABILITY LD_PRELOAD GLIBC_TUNABLES \
  MALLOC_MMAP_THRESHOLD_ MALLOC_TRIM_THRESHOLD_ MALLOC_TOP_PAD_; do
  if [ -n "${!variable:-}" ]; then echo "$variable=${!variable} is removed for both sides"; unset "$variable"; fi
done
exec "$venv/bin/python" "$here/bench_peer.py" --fal-bench "$bin/fal_bench" "$@"
