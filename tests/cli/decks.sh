#!/usr/bin/env bash
# The job files: each is accepted whole and has as many trials as jobs/README.md says; reduced ones change nothing but
# sizes; one runs, made tiny, and what its head and the page tell to look at is there.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5

# trials FILE: how many; every trial's settings are checked on the way
trials() {
  "$BIN/fal_hpc" small.h5 --config "$1" --list-trials >list 2>err </dev/null || { cat err; fail "$1"; }
  wc -l <list
}
checked=0
while IFS='|' read -r _ file _ _ settings full _ reduced hours _; do
  file=$(tr -d '` ' <<<"$file")
  [ "$(trials "$TOP/jobs/paper/$file")" = $((full)) ] || fail "paper/$file: not $full trials"
  grep -qF -- "--array=0-$((full - 1)) " "$TOP/jobs/paper/$file" || fail "paper/$file: its array is not 0-$((full - 1))"
  cut -d' ' -f4- list | sort >paper_names
  [ "$(trials "$TOP/jobs/reduced/$file")" = $((reduced)) ] || fail "reduced/$file: not $reduced trials"
  cut -d' ' -f4- list | sort >reduced_names
  [ -z "$(comm -12 paper_names reduced_names)" ] || fail "reduced/$file writes files of paper/$file"
  grep -q "^include = ../paper/$file$" "$TOP/jobs/reduced/$file" || fail "reduced/$file does not include its own full file"
  for line in paper reduced; do grep -qF -- "--config jobs/$line/$file" "$TOP/jobs/$line/$file" || fail "$line/$file: its command names another file"; done
  grep -v '^[^#]' "$TOP/jobs/reduced/$file" | tr '\n#' '  ' | tr -s ' ' | grep -qF "About $(tr -d ' ' <<<"$hours") core-hours by --dry-run" ||
    fail "reduced/$file: its head does not say $hours core-hours"
  grep -q '^# our choice' "$TOP/jobs/reduced/$file" || fail "reduced/$file does not say whose choice it is"
  # The settings that count among the 38: trials = settings x 7 strategies x 4 seeds, random and logo shared by two.
  settings=$(tr -d ' ' <<<"$settings")
  [ "$settings" = - ] || [ $((settings * 6 * 4)) = $((full)) ] || fail "$file: $settings settings do not make $full trials"
  total=$((${total:-0} + ${settings/-/0})); checked=$((checked + 1))
done < <(grep '^| `.*ini` |.*|.*|.*|.*|' "$TOP/jobs/README.md")
[ $checked = "$(ls "$TOP"/jobs/paper | wc -l)" ] && [ $checked = "$(ls "$TOP"/jobs/reduced | wc -l)" ] || fail "$checked files in the table"
[ "$total" = 38 ] || fail "$total settings instead of 38"
[ "$(trials "$TOP/jobs/cifar10_small.ini")" = "$(sed -n 's/^| `cifar10_small.ini` | \([0-9]*\) |$/\1/p' "$TOP/jobs/README.md")" ] || fail "cifar10_small.ini"

# A misspelt strategy is found before the first trial starts, wherever it stands in the list.
printf 'include = %s\nstrategy = random, entropi\n' "$TOP/jobs/reduced/figure2.ini" >misspelt.ini
expect_exit 2 "$BIN/fal_hpc" small.h5 --config misspelt.ini
expect_message fal_hpc 'did you mean "entropy"'

# What the table's core-hours come from: one line per file, by the data set that its head names.
mkdir -p inputs; cp small.h5 inputs/cifar10.h5
FAL_BIN=$BIN expect_exit 0 "$TOP/jobs/core_hours.sh" "$TOP/jobs/reduced/figure3.ini" "$TOP/jobs/paper/figure3.ini"
expect_line '^reduced/figure3\.ini +[0-9]+\.[0-9]$' out; expect_line '^paper/figure3\.ini +[0-9]+\.[0-9]$' out
FAL_BIN=$BIN expect_exit 1 "$TOP/jobs/core_hours.sh" "$TOP/jobs/paper/table3_svhn.ini"
expect_line '^paper/table3_svhn\.ini +not known$' out; expect_message fal_hpc 'inputs/svhn.h5'

FAL_BIN=$BIN expect_exit 2 "$TOP/jobs/core_hours.sh" nope.ini
expect_line 'nope\.ini: no such job file' err; expect_no_line 'sed:|not known' err
echo 'seeds = 1' >headless.ini
FAL_BIN=$BIN expect_exit 2 "$TOP/jobs/core_hours.sh" "$TOP/jobs/reduced/figure3.ini" headless.ini
expect_line 'headless\.ini: its head names no data set' err; [ ! -s out ] || fail "a file was measured before all were looked at"

# Figure 2's corners and Table 2, made tiny: two settings of clients, two of classes.
tiny="--seeds 1,2 --alpha 0.1,inf --rho 1,4 --clients 4 --al-rounds 2 --budget 8 --fl-rounds 1 --local-epochs 1 --local-only-epochs 2 --batch-size 16 --evaluate 1"
expect_exit 0 ranks 2 small.h5 --config "$TOP/jobs/reduced/figure2.ini" $tiny --output outputs/paper/figure2 --ranks-per-trial 1
[ "$(ls outputs/paper/figure2/*.h5 | wc -l)" = 16 ] || fail "16 results of Figure 2 expected"
expect_exit 0 ranks 2 small.h5 --config "$TOP/jobs/reduced/table2.ini" $tiny --output outputs/paper/figure2 --ranks-per-trial 1
[ "$(ls outputs/paper/figure2/*.h5 | wc -l)" = 32 ] || fail "Table 2 does not share Figure 2's trials"
expect_exit 0 ranks 2 small.h5 --config "$TOP/jobs/reduced/figure3.ini" $tiny --output outputs/paper/figure3 --ranks-per-trial 1

# One matrix over settings: each split into G and L.
expect_exit 0 "$BIN/fal_report" --split-selectors --penalty outputs/paper/figure2
expect_line 'winning rates summed over 8 settings' out
expect_line ', selector local$' out
expect_line '^winner +entropy +logo +random$' out
expect_no_line 'entropy:' out

# The page's examples.
if "$PYTHON" -c 'import h5py, pandas' 2>/dev/null; then
  block() { awk -v title="# $1" '$0 == "```python" { getline; on = (index($0, title) == 1) } $0 == "```" { on = 0 } on' "$TOP/jobs/README.md"; }
  for title in "Table 2" "Figure 3"; do
    block "$title" >example.py; [ -s example.py ] || fail "no example for $title"
    "$PYTHON" example.py >out 2>err || { cat err; fail "the example for $title"; }
  done
  expect_line 'local-only models' out
fi
exit 0
