#!/usr/bin/env bash
# Outputs of all programs: none is written over something else, a full disk is 4, a reader that closed early is none,
# nothing is left, a closed descriptor takes no data.
. "$(dirname "$0")/lib.sh"
data=$BIN/fal_data; query=$BIN/fal_query; report=$BIN/fal_report; bench=$BIN/fal_bench; hpc=$BIN/fal_hpc

no_leftovers() { [ -z "$(find . -name '*.tmp.*')" ] || { find . -name '*.tmp.*'; fail "a temporary file is left by $1"; }; }
# unchanged FILE COPY: the file was not touched
unchanged() { cmp -s "$1" "$2" || fail "$1 was changed"; }

expect_exit 0 "$data" synth -o s.h5 --train 60 --test 20 --side 16
small="--al-rounds 1 --fl-rounds 1 --clients 2 --strategy random --budget 4"
expect_exit 0 "$hpc" s.h5 $small --output done
result=$(echo done/*.h5)

# ---- standard output: full, closed, or a pipe whose reader had enough -------------------------------------------------------
commands=("$data --help" "$data --version" "$data import --help" "$data info s.h5" "$data verify s.h5" "$data digest s.h5"
  "$data digest --compare s.h5 s.h5" "$data partition s.h5" "$data synth -o again.h5 --train 20 --test 20 --side 16"
  "$query --help" "$query --version" "$query --list-strategies" "$query s.h5 --strategy random"
  "$report --help" "$report --version" "$report $result" "$report --csv $result"
  "$bench --help" "$bench --version" "$bench --only inference --shape 16x16x1 --runs 1 --batch 1"
  "$bench --only inference --shape 16x16x1 --runs 1 --batch 1 --json -"
  "$hpc --help" "$hpc --version" "$hpc --list-strategies" "$hpc s.h5 --show-config" "$hpc s.h5 $small --list-trials"
  "$hpc s.h5 $small --dry-run" "$hpc s.h5 $small --output done")
mkfifo go
for command in "${commands[@]}"; do
  program=$(basename "${command%% *}")
  $command >/dev/full 2>err; code=$?
  [ $code = 4 ] || { cat err; fail "exit code $code instead of 4 on a full disk: $command"; }
  expect_line "^$program: standard output: cannot be written: No space left on device$" err
  $command >&- 2>err; code=$?
  [ $code = 4 ] || { cat err; fail "exit code $code instead of 4 with a closed output: $command"; }
  expect_line "^$program: standard output: cannot be written" err
  { read -r _ <go; $command 2>err; echo $? >code; } | { exec <&-; echo >go; } # the reader is gone before the first line
  [ "$(cat code)" = 0 ] || { cat err; fail "exit code $(cat code) instead of 0 without a reader: $command"; }
  expect_no_line 'standard output|Broken pipe' err
done
"$data" info s.h5 nothing.h5 2>&- >out; [ $? = 3 ] || fail "a closed standard error changes the exit code"

# What is written with all three descriptors closed has the same bytes.
"$data" synth -o closed.h5 --train 60 --test 20 --side 16 <&- >&- 2>&-
unchanged closed.h5 s.h5
(exec <&- >&- 2>&-; "$query" s.h5 --strategy random -o closed)
expect_exit 0 "$query" s.h5 --strategy random -o open; unchanged closed.query.csv open.query.csv

# ---- files that cannot be written as a whole --------------------------------------------------------------------------
cp s.h5 kept.h5
# (Not fal_hpc: Open MPI hangs when it cannot make its own files.)
least=0; ! ldd "$data" | grep -q 'libomp\.' || least=1 # KiB; clang's OpenMP crashes without a file of its own
too_large() { # COMMAND ...: where no file may have any bytes
  (ulimit -f $least; "$@" 2>&1 >/dev/null) | cat >err; local code=${PIPESTATUS[0]}
  [ $code = 4 ] || { cat err; fail "exit code $code instead of 4 with a file size limit: $*"; }
  expect_line 'File too large' err
  no_leftovers "$*"
}
too_large "$data" synth -o kept.h5 --train 60 --test 20 --side 16;   unchanged kept.h5 s.h5
too_large "$data" partition s.h5 --plot p.svg;                       [ ! -e p.svg ] || fail "half a picture"
too_large "$query" s.h5 --strategy random --budget 50 -o big
too_large "$bench" --only inference,layers --shape 16x16x1 --runs 1 --batch 1 --json big.json
too_large "$report" "$result" -o reported; [ ! -e reported/seeds.csv ] || fail "half a report"
# An older page stays with its own tables, whichever file is the one that does not fit.
expect_exit 0 "$report" "$result" -o page; cp -r page page_before
for kib in 1 4 16; do
  (ulimit -f $kib; "$report" "$result" --measure balanced -o page >/dev/null 2>err); [ $? = 4 ] || { cat err; fail "a limit of $kib KiB"; }
  diff -r page page_before >/dev/null || fail "a limit of $kib KiB: half a report"
done

# ---- outputs that are inputs, or somebody's data ----------------------------------------------------------------------
refused() { # PATTERN COMMAND ...
  local pattern=$1; shift
  expect_exit 2 "$@"; expect_message "$(basename "$1")" "$pattern"; no_leftovers "$*"
}
if "$data" --version | grep -q '+libarchive'; then
  record() { printf "\\x$(printf %02x "$1")"; head -c 3072 /dev/zero | tr '\0' "\\$(printf %03o $((65 + $2)))"; }
  mkdir part; record 0 1 >part/data_batch_1.bin; record 1 2 >part/data_batch_2.bin; record 2 3 >part/test_batch.bin
  cp -r part before; ln part/data_batch_1.bin hard.h5; ln -s part/test_batch.bin soft.h5; echo notes >notes.txt
  refused 'part/data_batch_1.bin: is there already and is no dataset' "$data" import cifar10 -o part/*
  refused 'is read as part/data_batch_1.bin' "$data" import cifar10 part/* -o part/../part/data_batch_1.bin
  refused 'is read as part/data_batch_1.bin' "$data" import cifar10 part/* -o hard.h5
  refused 'is read as part/test_batch.bin'   "$data" import cifar10 part/* -o soft.h5
  refused 'is no dataset'                    "$data" import cifar10 part -o part/data_batch_2.bin
  refused 'is no dataset'                    "$data" import cifar10 part -o notes.txt
  refused 'is no dataset'                    "$data" import cifar10 part -o "$result"
  diff -r part before || fail "an import changed its inputs"
  [ "$(cat notes.txt)" = notes ] || fail "notes.txt was replaced"
  : >empty.h5
  expect_exit 0 "$data" import cifar10 part -o empty.h5; expect_exit 0 "$data" import cifar10 part -o empty.h5
fi
for option in images labels test-images test-labels sites; do # a dataset may be replaced, but not while it is read
  refused "is read as ./s.h5" "$data" import npy "--$option" ./s.h5 -o s.h5
done
refused "is read as ./s.h5" "$data" import folder . --labels ./s.h5 -o s.h5
cp "$result" result; echo 'image,client' >cut.csv; for i in $(seq 0 59); do echo "$i,$((i % 2))" >>cut.csv; done; cp cut.csv cut
refused 'is no dataset' "$data" synth -o "$result"
refused 'is no dataset' "$data" synth -o cut.csv
refused 'is read as s.h5'    "$data" partition s.h5 --plot ./s.h5
refused 'is read as cut.csv' "$data" partition s.h5 --partition cut.csv --clients 2 --plot cut.csv
refused 'is no SVG picture'  "$data" partition s.h5 --plot "$result"
expect_exit 0 "$data" partition s.h5 --plot p.svg; expect_exit 0 "$data" partition s.h5 --plot p.svg
unchanged s.h5 kept.h5; unchanged cut.csv cut

printf 'image\n1\n2\n' >q.query.csv; cp q.query.csv q; cp s.h5 d.query.h5; ln s.h5 e.query.h5; cp "$result" m.query.h5
printf 'seed = 2\n' >i.query.csv
refused 'is read as q.query.csv'  "$query" s.h5 --strategy random --labelled q.query.csv -o q
refused 'is read as q.query.csv'  "$query" s.h5 --strategy random --pool q.query.csv -o ./q
refused 'is read as d.query.h5'   "$query" d.query.h5 --strategy random -o d
refused 'is read as s.h5'         "$query" s.h5 --strategy random -o e
refused 'is read as m.query.h5'   "$query" s.h5 --strategy random --results m.query.h5 --client 0 -o m
refused 'is read as m.query.h5'   "$query" s.h5 --strategy entropy:global --global m.query.h5 -o m
refused 'is read as m.query.h5'   "$query" s.h5 --strategy random --labelled m.query.h5:/partition -o m
refused 'is read as m.query.h5'   "$query" --strategy entropy:global --arrays m.query.h5 -o m
refused 'is read as m.query.h5'   "$query" --strategy entropy:global --array logits_global=m.query.h5 -o m
printf 'budget = 4\n' >i.query.csv
refused 'is read as i.query.csv'  "$query" s.h5 --strategy random --config i.query.csv -o i
unchanged q.query.csv q; unchanged d.query.h5 s.h5; unchanged m.query.h5 result; unchanged s.h5 kept.h5

# What people wrote into an earlier query's table is not written over, nor what is no query.
expect_exit 0 "$query" s.h5 --strategy random --budget 3 -o week; expect_exit 0 "$query" s.h5 --strategy random --budget 3 -o week
sed -i '3s/^\([^,]*,[^,]*,[^,]*,[^,]*\),/\1,7/' week.query.csv; cp week.query.csv week; cp week.query.h5 week_h5
refused 'week.query.csv: has labels that people wrote' "$query" s.h5 --strategy random --budget 3 -o week
unchanged week.query.csv week; unchanged week.query.h5 week_h5
printf 'mine\n' >x.query.csv; refused 'x.query.csv: is there already and is no table' "$query" s.h5 --strategy random -o x
rm x.query.csv; cp s.h5 x.query.h5; refused 'x.query.h5: is there already and is no query' "$query" s.h5 --strategy random -o x
unchanged x.query.h5 s.h5
mkdir -p thesis.query/round_02/client_00; echo mine >thesis.query/round_02/client_00/thesis.txt
expect_exit 4 "$query" s.h5 --strategy random --budget 3 -o thesis; expect_line 'client_00: is no folder of a query' err
[ -e thesis.query/round_02/client_00/thesis.txt ] || fail "a folder of somebody was moved away"

# Names of the system's own: a rename would leave a file there for everybody. (In a namespace: a fault must not reach /dev.)
if unshare -m true 2>/dev/null; then
  for name in /dev/stdout /dev/fd/1; do
    unshare -m bash -c 'mount -t tmpfs none /dev && ln -s /proc/self/fd /dev/fd && ln -s /proc/self/fd/1 /dev/stdout &&
      "$0" synth -o "$1" --train 20 --test 20 --side 16 >written 2>err; echo $? >code; ls -l /dev >left' "$data" "$name"
    [ "$(cat code)" = 4 ] && expect_line "^fal_data: $name: is not a regular file" err
    grep -q 'stdout -> /proc/self/fd/1' left || { cat left; fail "$name: was replaced"; }
  done
fi
# As private as before, and not against the owner's will.
cp s.h5 own.h5; chmod 600 own.h5; expect_exit 0 "$data" synth -o own.h5 --train 60 --test 20 --side 16
[ "$(stat -c %a own.h5)" = 600 ] || fail "own.h5 has other rights than before"
chmod 400 own.h5; expect_exit 4 "$data" synth -o own.h5 --train 20 --test 20 --side 16; expect_line 'own.h5: is write-protected' err
chmod 600 own.h5; unchanged own.h5 s.h5

# Parts of another split, a data set that is joined with itself, options of the other kind of split.
expect_exit 0 "$data" split s.h5 -o parts --by partition --clients 3; cp -r parts parts_before
refused 'parts/.*_client2.h5: is of another split' "$data" split s.h5 -o parts --by partition --clients 2
diff -r parts parts_before || fail "a refused split wrote something"
refused 'given twice' "$data" join parts/*_client0.h5 ./parts/*_client0.h5 -o joined.h5
for words in "--clients 7" "--alpha 5" "--seed 9"; do
  refused "${words% *}: goes with --by partition" "$data" split s.h5 -o other --by site $words
done

mkdir r; cp "$result" r/report.txt; ln "$result" r/accuracy.csv
refused "is read as r/report.txt" "$report" r/report.txt -o r
refused "is read as $result"      "$report" "$result" -o r
unchanged r/report.txt result; unchanged "$result" result

printf 'x' >points.npy
refused 'is read as points.npy' "$bench" --only clustering --points points.npy --json ./points.npy
refused 'points.npy: is there already and is no file of fal_bench' "$bench" --only inference --shape 16x16x1 --runs 1 --batch 1 --json points.npy
refused 'is there already and is no file of fal_bench' "$bench" --only inference --shape 16x16x1 --runs 1 --batch 1 --json "$result"
cp points.npy curves.svg; refused 'curves.svg: is there already and is no SVG' "$report" "$result" --curves curves.svg
unchanged "$result" result; unchanged curves.svg points.npy

# fal_hpc: data set, partition, model and INI file under the names of results, checkpoint and lock.
target_of() { "$hpc" s.h5 $small --output o "$@" --list-trials | cut -d' ' -f4; }
mkdir o
target=$(target_of); cp s.h5 "$target"
refused "is read as $target" "$hpc" "$target" $small --output o; rm "$target"
target=$(target_of --partition cut.csv); ln cut.csv "$target.lock"
refused 'is read as cut.csv' "$hpc" s.h5 $small --output o --partition cut.csv
rm "$target.lock"; ln -s ../cut.csv "${target%.h5}.ckpt.h5"
refused 'is read as cut.csv' "$hpc" s.h5 $small --output o --partition cut.csv
rm "${target%.h5}.ckpt.h5"
echo 'momentum = 0.5' >inner.ini; echo 'include = inner.ini' >outer.ini
target=$(target_of --config outer.ini); ln inner.ini "$target.lock"
refused 'is read as .*inner.ini' "$hpc" s.h5 $small --output o --config outer.ini
[ "$(cat inner.ini)" = 'momentum = 0.5' ] || fail "inner.ini was written over"
rm "$target.lock"
target=$(target_of --init file --init-model "$result"); ln "$result" "$target"
refused "is read as $result" "$hpc" s.h5 $small --output o --init file --init-model "$result"
unchanged "$result" result; unchanged cut.csv cut
exit 0
