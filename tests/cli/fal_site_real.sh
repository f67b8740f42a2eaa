#!/usr/bin/env bash
# Chest X-rays of three hospitals, 500, 400 and 300: LoGo with SCAFFOLD over two AL rounds, as a job over all of them.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"; . "$TOP/tests/cli/site_lib.sh"
need_h5py
source=$FAL_DATA/medmnist/pneumoniamnist.npz
[ -f "$source" ] || skip "there is no $source"
limit=$((120 * ${FAL_TEST_SLOW:-1}))
"$BIN/fal_data" import medmnist "$source" -o all.h5 >log 2>&1 || { cat log; fail import; }
sites_python all.h5 joined.h5 north:500 mid:400 south:300
site_parameters="al_rounds=2 fl_rounds=2 local_epochs=1 budget=30 local_only_epochs=3 strategy=logo algorithm=scaffold"
study_ini chest | sed 's/^sites.*/sites = north:500, mid:400, south:300/; s/^image.*/image = 28x28x1/' >study.ini
expect_exit 0 site start study.ini -o G0.h5
join_sites
for s in north mid south; do expect_exit 0 site ask $s.h5 --global G0.h5 -o ask; done
fl_round G0.h5 G1.1.h5 south north mid
fl_round G1.1.h5 G1.2.h5 mid south north
for s in mid south north; do expect_exit 0 site ask $s.h5 --global G1.2.h5 -o ask; done
expect_exit 0 site start --after G1.2.h5 -o G2.0.h5
fl_round G2.0.h5 G2.1.h5 north south mid
fl_round G2.1.h5 G2.2.h5 south mid north
job job
sites_python --compare job/*_s1.h5 G2.2.h5 joined.h5 north=north.site.h5 mid=mid.site.h5 south=south.site.h5
