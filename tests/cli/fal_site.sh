#!/usr/bin/env bash
# Three sites that share no machine come to the model and the queries of one job over their joined file, bit for bit, for
# three pairs of strategy and algorithm, in whatever order the sites work; and what the coordinator must not merge.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"; . "$TOP/tests/cli/site_lib.sh"
need_h5py
three_sites

# al_round R: the query from $g (every site has all labels), then all FL rounds; $g is the final G.
al_round() {
  local r=$1 s t
  for s in south north mid; do expect_exit 0 site ask $s.h5 --global $g -o ask_$s; expect_line 'all labels are known' out; done
  if [ $r -gt 1 ]; then expect_exit 0 site start --after $g -o G$r.0.h5; g=G$r.0.h5; fi
  for t in 1 2 3; do
    case $t in 1) fl_round $g G$r.$t.h5 mid south north;; 2) fl_round $g G$r.$t.h5 north mid south;; 3) late $r;; esac
    g=G$r.$t.h5
  done
}
# The third FL round: mid is late by one, and trains once more with the right G; north's update comes twice.
late() {
  local r=$1 s
  expect_exit 3 site merge mid.update.h5 --global $g -o next.h5
  expect_message fal_site 'mid.update.h5: site mid trained for FL round 2 of AL round '$r', but FL round 3 .* comes next: let the site train with '$g
  for s in north south; do site train $s.h5 --global $g -o $s.update.h5 >/dev/null || fail "train"; done
  expect_exit 3 site merge north.update.h5 mid.update.h5 south.update.h5 --global $g -o next.h5
  [ ! -e next.h5 ] || fail "a G of a wrong update"
  expect_exit 76 site merge south.update.h5 north.update.h5 --global $g -o next.h5
  expect_message fal_site 'the updates of mid are missing: wait for them, or go on without \(--partial\)'
  expect_exit 0 site train mid.h5 --global $g -o mid.update.h5
  cp mid.update.h5 mid_again.update.h5
  expect_exit 0 site train mid.h5 --global $g -o mid_again.update.h5 # twice gives the same file
  expect_line 'FL round 3 of 3, once more: ' out
  cmp mid.update.h5 mid_again.update.h5 || fail "trained twice, two files"
  expect_exit 3 site merge mid.update.h5 mid_again.update.h5 north.update.h5 south.update.h5 --global $g -o next.h5
  expect_message fal_site 'are both of site mid: give one'
  expect_exit 0 site merge south.update.h5 mid.update.h5 north.update.h5 --global $g -o G$r.3.h5
  expect_line 'final; labelled images: north [0-9]+, mid [0-9]+, south [0-9]+$' out
  # An older G is refused, and says which one is needed.
  expect_exit 2 site train mid.h5 --global G$r.1.h5 -o old.update.h5
  expect_message fal_site 'G'$r'.1.h5: is of AL round '$r' after FL round 1, but mid.h5 has trained FL round 3 .* it needs the G after that round'
}

for pair in "logo fedavg" "badge:global fedprox" "coreset:local scaffold"; do
  read -r strategy algorithm <<<"$pair"
  rm -f G*.h5 *.update.h5; rm -rf ask_*
  study_ini trial strategy=$strategy algorithm=$algorithm >study.ini
  expect_exit 0 site start study.ini -o G0.h5
  join_sites
  g=G0.h5
  al_round 1; al_round 2
  job job_$algorithm strategy=$strategy algorithm=$algorithm
  results=$(ls job_$algorithm/*_s1.h5)
  sites_python --compare "$results" $g joined.h5 north=north.site.h5 mid=mid.site.h5 south=south.site.h5
  # The test images are the job's, and so is their accuracy.
  expect_exit 0 site predict north.h5 --global $g -o predictions.csv
  expected=$("$PYTHON" -c 'import h5py, sys; r = h5py.File(sys.argv[1])["confusion"][:]; print(f"{r.trace()} of {r.sum()}")' "$results")
  expect_line "^test accuracy .*\\($expected\\)$" out
  [ "$(wc -l <predictions.csv)" = 91 ] || fail "other lines than 50 + 40 images"
done
# The last AL round of the study is the last.
expect_exit 2 site start --after $g -o more.h5
expect_message fal_site 'AL round 2 is the last of the study'
expect_exit 2 site ask north.h5 --global $g -o more
