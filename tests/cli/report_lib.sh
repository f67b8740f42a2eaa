# What the tests of fal_report share: it needs h5py, and looks at output and messages.
set -u
"$PYTHON" -c 'import h5py' 2>/dev/null || { echo "python3 with h5py is not there"; exit 77; }
report=$BIN/fal_report

fail() { echo "FAIL: $*"; exit 1; }
# expect CODE COMMAND ...: output goes to out, messages to err
expect() {
  local code=$1; shift
  "$@" >out 2>err; local got=$?
  [ $got = "$code" ] || { cat out err; fail "exit code $got instead of $code: $*"; }
}
has() { grep -qF -- "$2" "$1" || { cat "$1"; fail "\"$2\" is not in $1"; }; }
# Is there a Chromium?
has_chromium() { PYTHONPATH=$TOP/tests/checks "$PYTHON" -B -c 'import chromium, sys; sys.exit(0 if chromium.program() else 1)'; }
