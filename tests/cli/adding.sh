#!/usr/bin/env bash
# docs/adding.md followed to the letter, in a copy of the tree: every block of commands runs, in order and in one shell, and
# what the block after it shows is what it ended with. Then what the page says beside: results differ where they should.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
[ "${FLAVOUR:-release}" = release ] || skip "the page builds the flavour release"
[ -x "$BIN/fal_hpc" ] || skip "no fal_hpc"
unset OBJ; objects=${BIN%/bin}

# The copy keeps what is built, so that only what a line changes is compiled; make's options for whole runs stay behind, what
# the user set (CC=...) does not.
overrides=; case ${MAKEFLAGS:-} in *"-- "*) overrides=${MAKEFLAGS#*-- };; esac
unset MFLAGS; export MAKEFLAGS="-j$(env -u OMP_NUM_THREADS nproc) -s${overrides:+ -- $overrides}"
mkdir tree && cd tree || exit 1
(cd "$TOP" && cp -a Makefile VERSION README.md scripts src include docs examples "$OLDPWD/") || fail "copy"
copy=$PWD/${objects#"$TOP"/}
case $objects in "$TOP"/*) mkdir -p "$copy" && (cd "$objects" && find . -name '*.[oad]' -not -path './tests/*' | tar -cf - -T -) | tar -xf - -C "$copy" || fail "copy";; esac

# Blocks into files: NUMBER.sh, and NUMBER.txt for what it prints last.
mkdir ../blocks
awk -v to=../blocks '
  /^```sh$/ { file = sprintf("%s/%02d.sh", to, ++n); next }
  /^```text$/ { file = sprintf("%s/%02d.txt", to, n); next }
  /^```$/ { file = ""; next }
  file != "" { print >file }' docs/adding.md
[ "$(ls ../blocks/*.sh | wc -l)" -ge 10 ] || fail "only $(ls ../blocks/*.sh | wc -l) blocks of commands found"
: >../times
for block in ../blocks/*.sh; do
  start=$SECONDS
  trap 'cat ../out ../err; echo "FAIL: $block: $(cat "$block")"; exit 1' EXIT
  set -e; . "$block" >../out 2>../err </dev/null; set +e
  trap - EXIT
  echo "$(basename "$block"): $((SECONDS - start)) s" >>../times
  expected=${block%.sh}.txt
  if [ -e "$expected" ]; then
    tail -n "$(wc -l <"$expected")" ../out | diff "$expected" - >../log || { cat ../log ../err; fail "$block: $(cat "$block")"; }
  fi
done

# Beside the page. Strategies differ from each other, the option and the limit of fedclip are heard, gini is tsallis of order
# 2, a limit that is never met is fedavg; and whatever was added, results of version 0.1.0 are complete and the trial of the
# beginning chooses and learns as before.
one() { ls "$1"/*$2*.h5 | head -n 1; }
trial_of() { # FILE: images in the order of purchase, training losses
  "$PYTHON" - "$1" <<'END'
import sys, h5py
with h5py.File(sys.argv[1]) as f:
    print(f["queries"]["image"][()].tolist(), f["rounds"]["train_loss"][()].tolist())
END
}
same() { [ "$(trial_of "$1")" = "$(trial_of "$2")" ] || fail "$3: $1 $2"; }
other() { [ "$(trial_of "$1")" != "$(trial_of "$2")" ] || fail "$3: $1 $2"; }
old=$TOP/tests/fixtures/v010; mkdir old
cp "$old/results.h5" old/synth_al_rounds-3_batch_size-4_budget-4_clients-2_fl_rounds-3_local_epochs-1_entropy-global_s1.h5
build/bin/fal_hpc "$old/tiny.h5" --clients 2 --al-rounds 3 --fl-rounds 3 --local-epochs 1 --budget 4 --batch-size 4 \
  --strategy entropy:global --kernels reference --output old >../log 2>&1 </dev/null || { cat ../log; fail "results of 0.1.0"; }
grep -q "already complete" ../log || { cat ../log; fail "results of 0.1.0 are not complete with a parameter more"; }
[ "$(build/bin/fal_data digest old/*.h5 | cut -d' ' -f1)" = "$("$BIN/fal_data" digest "$old/results.h5" | cut -d' ' -f1)" ] ||
  fail "results of 0.1.0 have another digest with a parameter more"
build/bin/fal_hpc $trial --strategy random --output again >../log 2>&1 </dev/null || { cat ../log; fail "the trial again"; }
"$PYTHON" -c 'import h5py, numpy' 2>/dev/null || { cat ../times; echo "not looked into results: python3 with h5py is not there"; exit 0; }
same "$(one before random)" "$(one again random)" "the trial of the beginning is another"
other "$(one gini gini-local)" "$(one gini gini-global)" "gini:local is gini:global"
same "$(ls tsallis/*.h5 | grep -v order)" "$(one gini gini-global)" "tsallis of order 2 is not gini"
other "$(one tsallis order-3)" "$(one gini gini-global)" "the order of tsallis changes nothing"
same "$(one fedclip norm-1e)" "$(one again random)" "fedclip without a limit is not fedavg"
other "$(one fedclip norm-0.1)" "$(one again random)" "fedclip does not clip"

# The scripts.
run() { "$PYTHON" "examples/$@" >../out 2>&1 || { cat ../out; fail "$*"; }; }
run own_images.py build/bin/fal_data own.h5
grep -q '0  disc           100         30' ../out || { cat ../out; fail "own_images.py: other classes"; }
build/bin/fal_data partition own.h5 --partition site >../out 2>&1 || { cat ../out; fail "own_images.py: no sites"; }
run read_results.py before/*.h5
[ "$(grep -cE '^random,1,[12],[24]0,0\.[0-9]{4},([0-9]+ ){9}[0-9]+$' ../out)" = 2 ] || { cat ../out; fail "read_results.py: other lines"; }
if "$PYTHON" -c 'import torch' 2>/dev/null; then run model_to_torch.py "$(one before random)" small.h5
else echo "model_to_torch.py: torch is not there"; fi
cat ../times
exit 0
