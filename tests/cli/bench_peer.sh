#!/usr/bin/env bash
# scripts/bench_peer.sh: which virtual environment is taken; nothing is installed, PyTorch is not needed.
. "$TOP/tests/cli/lib.sh"
mkdir -p whole/bin half/bin tools

# Pythons that have PyTorch, and that do not.
printf '#!/bin/sh\n[ "$1" = -c ] || echo "run: $*"\n' >whole/bin/python
printf '#!/bin/sh\n[ "$1" = -c ] && exit 1\necho "run: $*"\n' >half/bin/python
chmod +x whole/bin/python half/bin/python
PEER_VENV=whole expect_exit 0 "$TOP/scripts/bench_peer.sh" "$BIN" --rounds 2
expect_line "^run: .*bench_peer\.py --fal-bench $BIN/fal_bench --rounds 2\$" out
PEER_VENV=half expect_exit 2 "$TOP/scripts/bench_peer.sh" "$BIN"
expect_message bench_peer.sh 'half/bin/pip install numpy torch scikit-learn'
expect_no_line '^run:' out

# The default folder is ours: half an installation is made anew, and what fails is said. A python3 that makes no
# environment, then one whose pip finds nothing.
mkdir -p build/peer/bin && cp half/bin/python build/peer/bin
printf '#!/bin/sh\nexit 1\n' >tools/python3
chmod +x tools/python3
unset PEER_VENV
PATH=$PWD/tools:$PATH expect_exit 2 "$TOP/scripts/bench_peer.sh" "$BIN"
expect_message bench_peer.sh 'python3-venv'
cat >tools/python3 <<'END'
#!/bin/sh
[ "$1 $2 $3" = "-m venv --clear" ] && rm -rf "$4" && mkdir -p "$4/bin" || exit 1
printf '#!/bin/sh\nexit 1\n' >"$4/bin/pip"; cp "$4/bin/pip" "$4/bin/python"; chmod +x "$4/bin/pip" "$4/bin/python"
END
PATH=$PWD/tools:$PATH expect_exit 2 "$TOP/scripts/bench_peer.sh" "$BIN"
expect_message bench_peer.sh 'cannot be installed into build/peer'

# What can be left out is installed where it is missing, and left out by name where that fails.
printf '#!/bin/sh\ncase "$1 $2" in "-c import openvino") exit 1;; "-c "*) ;; *) echo "run: $*";; esac\n' >build/peer/bin/python
printf '#!/bin/sh\necho "pip: $*"; exit 1\n' >build/peer/bin/pip
chmod +x build/peer/bin/*
expect_exit 0 "$TOP/scripts/bench_peer.sh" "$BIN"
expect_line '^pip: install --quiet openvino$' out
expect_line '^bench_peer.sh: not measured, for it cannot be installed into build/peer: openvino$' out
expect_no_line 'ncnn' out
expect_line '^run: .*bench_peer\.py' out
