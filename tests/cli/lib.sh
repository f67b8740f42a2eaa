# What scripts under tests/cli share: source it. They run in an empty folder with BIN (programs), TOP (the repository),
# PYTHON; exit 0 is passed, 77 skipped with the reason on the last line.
set -u

fail() { echo "FAIL: $*"; exit 1; }
skip() { echo "$*"; exit 77; }
need_h5py() { "$PYTHON" -c 'import h5py' 2>/dev/null || skip "python3 with h5py is not there"; }

# without_launcher FILE: takes out what Open MPI 5's mpirun has to say of a rank that ended with a code.
without_launcher() {
  if grep -q "prterun detected" "$1"; then
    sed -i -e '/^-\{70,\}$/{:more;N;/\n-\{70,\}$/!b more;/prterun detected/d}' -e '/PMIX ERROR/d' "$1"
  fi
}
# expect_exit CODE COMMAND...: stdout goes to the file out, stderr to err
expect_exit() {
  local code=$1; shift
  "$@" >out 2>err; local got=$?
  without_launcher err
  [ $got = "$code" ] || { cat out err; fail "exit code $got instead of $code: $*"; }
}
# expect_line PATTERN FILE: an extended regular expression
expect_line() { grep -qE -- "$1" "$2" || { cat "$2"; fail "no line like \"$1\" in $2"; }; }
expect_no_line() { ! grep -qE -- "$1" "$2" || { cat "$2"; fail "a line like \"$1\" in $2"; }; }
expect_empty() { [ ! -s "$1" ] || { cat "$1"; fail "$1 is not empty"; }; }
# expect_message PROGRAM PATTERN: err holds one line, from this program
expect_message() {
  [ "$(wc -l <err)" = 1 ] || { cat err; fail "expected one message"; }
  expect_line "^$1: .*$2" err
}
# processes FIELD VALUE [NAME]: PIDs whose parent (FIELD parent) is VALUE, or that have VALUE among their ancestors (below),
# or whose command line (line) has VALUE in it; with this program name. Read from /proc: small installations have no pgrep.
processes() {
  local folder line name up
  for folder in /proc/[0-9]*; do
    { line=$(<"$folder/stat"); } 2>/dev/null || continue
    name=${line#*(}; name=${name%)*}
    [ -z "${3:-}" ] || [ "$name" = "$3" ] || continue
    if [ "$1" = parent ]; then
      line=${line##*) }; line=${line#* } # state, then the parent
      [ "${line%% *}" = "$2" ] && echo "${folder#/proc/}"
    elif [ "$1" = below ]; then
      up=${folder#/proc/}
      while [ "${up:-0}" -gt 1 ] && [ "$up" != "$2" ]; do up=$(sed 's/.*) [A-Za-z] \([0-9]*\) .*/\1/' "/proc/$up/stat" 2>/dev/null); done
      [ "$up" = "$2" ] && echo "${folder#/proc/}"
    else
      { line=$(tr '\0' ' ' <"$folder/cmdline"); } 2>/dev/null || continue
      case $line in *"$2"*) [ "${folder#/proc/}" = $$ ] || echo "${folder#/proc/}" ;; esac
    fi
  done
  return 0
}
