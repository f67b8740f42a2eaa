#!/usr/bin/env bash
# fal_data synth and partition: what docs/data.md says runs, gives the same bytes again, and refuses nonsense.
. "$TOP/tests/cli/lib.sh"
data=$BIN/fal_data

expect_exit 0 "$data" synth -o a.h5 --train 400 --test 50
expect_exit 0 "$data" synth -o b.h5 --train 400 --test 50
expect_exit 0 "$data" digest --compare a.h5 b.h5
expect_line '^same$' out
expect_exit 0 "$data" synth -o c.h5 --train 400 --test 50 --seed 2
expect_exit 1 "$data" digest --compare a.h5 c.h5
expect_exit 0 "$data" verify a.h5
expect_exit 2 "$data" synth -o d.h5 --classes 11
[ ! -e d.h5 ] || fail "a refused set was written"

# Margins: four clients of 100 images; every class has 40.
expect_exit 0 "$data" partition a.h5 --clients 4 --alpha 0.1 --csv --plot p.svg
awk -F, 'NR == 1 { next } { for (c = 2; c <= 11; c++) { s += $c; k[c] += $c }; bad += s != $12 || s != 100; s = 0 }
         END { for (c = 2; c <= 11; c++) bad += k[c] != 40; exit bad != 0 || NR != 5 }' out || { cat out; fail "margins"; }
expect_line '^</svg>$' p.svg
cp out first; expect_exit 0 "$data" partition a.h5 --clients 4 --alpha 0.1 --csv
cmp -s out first || fail "the partition changed"

expect_exit 0 "$data" partition a.h5 --clients 4 --alpha inf --rho 20
expect_line 'long tail of rho 20' out
expect_line 'rho \(largest / smallest class\) 20$' out
printf 'image,client\n0,0\n1,1\n2,1\n' >own.csv
expect_exit 0 "$data" partition a.h5 --partition own.csv --csv
[ "$(wc -l <out)" = 3 ] || fail "two clients expected"
expect_exit 2 "$data" partition a.h5 --rho 0.5
expect_exit 2 "$data" partition a.h5 --partition nonsense
expect_exit 2 "$data" partition a.h5 --partition site
expect_exit 2 "$data" partition a.h5 --clients 401
expect_exit 4 "$data" partition a.h5 --plot missing/p.svg
exit 0
