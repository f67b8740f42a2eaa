#!/usr/bin/env bash
# All programs on damaged and hostile files (tests/corpus): the exit code and one message of each, within 1 GiB of
# addresses. Never a crash or a loop, never a file left behind.
. "$(dirname "$0")/lib.sh"
need_h5py
version=$("$BIN/fal_data" --version)
for part in libarchive matio libpng libturbojpeg; do
  [[ $version == *+$part* ]] || skip "built without $part: the messages are others"
done
mkdir files && cd files && "$PYTHON" "$TOP/tests/corpus/make.py" . || fail "the files cannot be made"
cp -r "$TOP/tests/corpus/fuzz" found
export OMP_NUM_THREADS=1
# The address sanitizer reserves terabytes of addresses.
[ "${FLAVOUR:-release}" = release ] && ulimit -v 1048576
ls >before

wrong=0
say() { wrong=$((wrong + 1)); printf '%s\n' "$command: $*"; cat ../err; }
try() { # try CODE PART
  timeout -k 5 300 "$BIN/"$command >../out 2>../err; local got=$?
  [ $got = "$1" ] || { say "exit code $got, not $1"; return; }
  [ "$(wc -l <../err)" = 1 ] || { say "not one message"; return; }
  grep -qF -- "$2" ../err || { say "no \"$2\" in the message"; return; }
  if LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' ../err; then say "control characters in the message"; fi
}
while IFS=$'\t' read -r command code part; do try "$code" "$part"; done <cases
count=$(wc -l <cases)

# What fuzzing found: done or refused, never a crash.
for file in found/*/*; do
  target=${file#found/} target=${target%/*}
  case $target in
    mat) command="fal_data import svhn $file good_test.mat -o out.h5";;
    ini) command="fal_query --strategy entropy:global --config $file";;
    npy) command="fal_query --strategy entropy:global --array logits_global=$file";;
    archive | npz | idx) command="fal_data import npy $file --test-share 0.5 -o out.h5";;
    dataset) command="fal_data verify $file";;
    model) command="fal_query good.h5 --strategy entropy:global --global $file";;
    results) command="fal_report $file";;
    checkpoint) command="fal_data digest $file";;
    *) continue;;
  esac
  timeout -k 5 300 "$BIN/"$command >../out 2>../err; got=$?
  case $got in 0 | 2 | 3 | 5) ;; *) say "exit code $got";; esac
  rm -f out.h5
  count=$((count + 1))
done
ls | grep -vx after | diff before - >/dev/null || { wrong=$((wrong + 1)); echo "files are left behind:"; ls | diff before -; }
echo "$count files"
[ $wrong = 0 ] || fail "$wrong of them"
exit 0
