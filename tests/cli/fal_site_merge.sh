#!/usr/bin/env bash
# What the coordinator is told of the updates that come, and what is not merged though its checksum is right.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"; . "$TOP/tests/cli/site_lib.sh"
need_h5py
three_sites
study_ini trial strategy=random algorithm=scaffold initial=stored >study.ini
expect_exit 0 site start study.ini -o G0.h5
join_sites
for s in north mid south; do expect_exit 0 site train $s.h5 --global G0.h5 -o $s.update.h5; done
change() { "$PYTHON" "$TOP/tests/fixtures/change_update.py" "$@" || fail "change_update.py $*"; }

# Numbers that no training gives: the file and what is wrong in it are named, and nothing is written.
impossible() { # WHAT=VALUE PATTERN
  change north.update.h5 bad.update.h5 "$1"
  expect_exit 3 site merge bad.update.h5 mid.update.h5 south.update.h5 --global G0.h5 -o bad.h5
  expect_message fal_site "bad.update.h5: $2"
  [ ! -e bad.h5 ] || fail "a G with $1"
}
impossible model/features.0.1.running_var=-1e30 '.*features.0.1.running_var holds a negative variance'
impossible model/features.3.1.running_var=-1e-9 '.*features.3.1.running_var holds a negative variance'
impossible model/linear.weight=3e38 'site north: linear.weight holds a number beyond 1e\+18'
impossible model/features.1.1.running_var=3e38 'site north: features.1.1.running_var holds a number beyond'
impossible algorithm_change=-3.4e38 'site north: algorithm_change holds a number beyond'
impossible model/linear.bias=nan '.*linear.bias holds a value that is not finite'

# Numbers that would be possible, of a site that is far from all others: merged, and named.
far() { # WHAT=VALUE PATTERN
  change mid.update.h5 far.update.h5 "$1"
  expect_exit 0 site merge north.update.h5 far.update.h5 south.update.h5 --global G0.h5 -o far.h5
  expect_message fal_site "far.update.h5: site mid: $2"
}
far model/linear.weight=1e4 'its weights. distance from G is [0-9.e+]+, the others [0-9.]+ \(median\): ask the site'
far algorithm_change=1e6 'the size of its change of c_k is'
expect_exit 0 site merge north.update.h5 mid.update.h5 south.update.h5 --global G0.h5 -o G1.h5
expect_empty err

# Each update could be, and what they add up to over the rounds could not: nothing is written.
change north.update.h5 one.update.h5 algorithm_change=1e18
change mid.update.h5 two.update.h5 algorithm_change=9e17
change south.update.h5 three.update.h5 algorithm_change=9e17
expect_exit 0 site merge one.update.h5 two.update.h5 three.update.h5 --global G0.h5 -o large.h5
change north.update.h5 one.update.h5 algorithm_change=1e18 fl_round=2 global=large.h5
change mid.update.h5 two.update.h5 algorithm_change=9e17 fl_round=2 global=large.h5
change south.update.h5 three.update.h5 algorithm_change=9e17 fl_round=2 global=large.h5
expect_exit 5 site merge one.update.h5 two.update.h5 three.update.h5 --global large.h5 -o bad.h5
expect_message fal_site 'a number of the FL algorithm.s state \(c\) would be beyond 1e\+18, and one.update.h5 \(site north\) has the largest part'
[ ! -e bad.h5 ] || fail "a G beyond all bounds"

# The mean of one site is its update: only where that is wanted.
change mid.update.h5 none.update.h5 images=0
expect_exit 2 site merge north.update.h5 --global G0.h5 --partial -o alone.h5
expect_message fal_site 'north.update.h5: site north alone has labelled images, so the next G would be its update .*--alone'
expect_exit 2 site merge none.update.h5 north.update.h5 --global G0.h5 --partial -o alone.h5
expect_message fal_site 'site north alone has labelled images'
[ ! -e alone.h5 ] || fail "a G of one site"
expect_exit 0 site merge none.update.h5 --global G0.h5 --partial -o nobody.h5
expect_exit 0 site merge none.update.h5 north.update.h5 --global G0.h5 --partial --alone -o alone.h5
expect_line 'labelled images: north [0-9]+, mid 0$' out

# Which site each file says it is of: for whoever checks signatures, also where something is refused.
cp north.update.h5 from_one.update.h5
change north.update.h5 from_other.update.h5 client=2 images=30
expect_exit 0 site merge from_other.update.h5 mid.update.h5 from_one.update.h5 --global G0.h5 -o named.h5
expect_line '^from_one.update.h5: site north, [0-9]+ images$' out
expect_line '^mid.update.h5: site mid, [0-9]+ images$' out
expect_line '^from_other.update.h5: site south, 30 images$' out
expect_exit 3 site merge from_other.update.h5 mid.update.h5 south.update.h5 --global G0.h5 -o bad.h5
expect_message fal_site '(south|from_other).update.h5 and (south|from_other).update.h5: are both of site south: give one'
expect_line '^from_other.update.h5: site south, 30 images$' out
expect_line '^south.update.h5: site south, [0-9]+ images$' out
change north.update.h5 bad.update.h5 images=51
expect_exit 3 site merge bad.update.h5 mid.update.h5 south.update.h5 --global G0.h5 -o bad.h5
expect_message fal_site 'bad.update.h5: 51 labelled images: site north has 50'

# What is there already is written over by the command that wrote it alone.
kept() { # FILE COMMAND...: is refused, and leaves FILE as it was
  local file=$1; shift
  cp $file kept.h5
  expect_exit 2 "$@"; expect_message fal_site "$file: is there already.*: choose another name, or remove it"
  cmp $file kept.h5 || fail "$file was written over: $*"
}
all="north.update.h5 mid.update.h5 south.update.h5"
cp G1.h5 first.h5
expect_exit 0 site merge $all --global G0.h5 -o G1.h5; cmp G1.h5 first.h5 || fail "merged twice, two files"
expect_exit 0 site start study.ini -o G0.h5
kept G1.h5 site start study.ini -o G1.h5
for s in north mid south; do expect_exit 0 site train $s.h5 --global G1.h5 -o $s.new.h5; done
cp G0.h5 begin.h5
kept begin.h5 site merge north.new.h5 mid.new.h5 south.new.h5 --global G1.h5 -o begin.h5
kept first.h5 site merge north.new.h5 mid.new.h5 south.new.h5 --global G1.h5 -o first.h5
study_ini trial2 strategy=random >other.ini
kept G0.h5 site start other.ini -o G0.h5
expect_exit 0 site merge north.new.h5 mid.new.h5 south.new.h5 --global G1.h5 -o G2.h5
# The same round, but after another G.
cp G2.h5 other_end.h5
for s in north mid south; do change $s.new.h5 $s.moved.h5 global=far.h5; done
kept other_end.h5 site merge north.moved.h5 mid.moved.h5 south.moved.h5 --global far.h5 -o other_end.h5
cp G2.h5 torn.h5
"$PYTHON" -c 'import h5py; h5py.File("torn.h5", "r+")["model/linear.bias"][...] = 1' || fail "torn.h5"
kept torn.h5 site merge north.new.h5 mid.new.h5 south.new.h5 --global G1.h5 -o torn.h5
# A data set that is there stays, unless it is what init would write (which was killed before it wrote the rest).
kept all.h5 site init north.data.h5 --study G0.h5 --site north -o all.h5
[ ! -e all.site.h5 ] || fail "a site of another data set"
rm north.site.h5; cp north.h5 before.h5
expect_exit 0 site init north.data.h5 --study G0.h5 --site north -o north.h5
cmp north.h5 before.h5 || fail "init changed a site's file"

# Kernels: a name that is part of another is another one; once some were mixed, whoever trains may go on.
for n in 1 2 3; do
  change north.update.h5 north.$n.h5 kernels=name$n
  change mid.update.h5 mid.$n.h5 kernels=name$n
  change south.update.h5 south.$n.h5 kernels=name$n$n
done
expect_exit 3 site merge north.1.h5 mid.1.h5 south.1.h5 --global G0.h5 -o K1.h5
expect_message fal_site 'south.1.h5: site south trained with the kernels name11, others with name1:'
expect_exit 0 site merge north.1.h5 mid.1.h5 south.1.h5 --global G0.h5 --mixed-kernels -o K1.h5
kernels() { "$PYTHON" -c 'import h5py, sys; k = h5py.File(sys.argv[1]).attrs["kernels"]; print(k.decode() if isinstance(k, bytes) else k)' $1; }
[ "$(kernels K1.h5)" = 'name1, name11' ] || fail "kernels are $(kernels K1.h5)"
second() { for s in north mid south; do change $s.update.h5 $s.second.h5 fl_round=2 global=$1 "kernels=${2:-name11}"; done; }
second K1.h5
expect_exit 0 site merge north.second.h5 mid.second.h5 south.second.h5 --global K1.h5 -o K2.h5
expect_message fal_site 'the study has merged different kernels before \(name1, name11\): no other run has its last bits'
[ "$(kernels K2.h5)" = 'name1, name11' ] || fail "kernels are $(kernels K2.h5)"
# One name until now: the next round must have it.
expect_exit 0 site merge north.1.h5 mid.1.h5 --global G0.h5 --partial -o One.h5
expect_empty err
second One.h5
expect_exit 3 site merge north.second.h5 mid.second.h5 south.second.h5 --global One.h5 -o bad.h5
expect_message fal_site 'north.second.h5: site north trained with the kernels name11, others with name1:'
# Nothing is cut off.
second K1.h5 "$(printf 'x%.0s' {1..120})"
expect_exit 3 site merge north.second.h5 mid.second.h5 south.second.h5 --global K1.h5 -o bad.h5
expect_message fal_site 'G has no room for one more name beside name1, name11'
change north.update.h5 bad.update.h5 'kernels=a, b'
expect_exit 3 site merge bad.update.h5 mid.update.h5 south.update.h5 --global G0.h5 -o bad.h5
[ ! -e bad.h5 ] || fail "a G of kernels that cannot be"
