# One file per site: the results are those of the joined file with --partition site, on any number of ranks.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"; . "$TOP/tests/cli/sites_lib.sh"
site_files sites
trial="$short --budget 8 --local-only-epochs 2"; trial=${trial/--clients 4/}

# Split and joined is the set in the order of its sites; split again, the same files.
"$BIN/fal_data" split joined.h5 -o again >/dev/null || fail "split --by site"
k=0
for file in $site_files; do
  for item in /train /test @mean @class_names; do
    [ "$("$BIN/fal_data" digest --item /${item#/} $file | cut -d' ' -f1)" = "$("$BIN/fal_data" digest --item /${item#/} again/joined_site$k.h5 | cut -d' ' -f1)" ] ||
      fail "$item of $file is not what was joined"
  done
  k=$((k + 1))
done
"$BIN/fal_data" verify joined.h5 $site_files again/*.h5 >out || { cat out; fail "verify"; }
[ "$("$BIN/fal_data" digest --item /test base.h5 | cut -d' ' -f1)" = "$("$BIN/fal_data" digest --item /test joined.h5 | cut -d' ' -f1)" ] || fail "the test images"
"$BIN/fal_data" constants base.h5 | tail -n 1 >one; "$BIN/fal_data" constants $site_files | tail -n 1 >two; cmp one two || fail "constants over sites"

# Three pairs of algorithm and strategy.
run() { # NP FOLDER FILES...: all three
  local np=$1 folder=$2; shift 2
  for pair in "fedavg logo" "fedprox badge" "scaffold coreset"; do
    ranks "$np" "$@" $trial --algorithm ${pair% *} --strategy ${pair#* } --output "$folder" >out 2>&1 || { cat out; fail "$pair on $np ranks"; }
  done
}
run 1 whole joined.h5 --partition site
for np in 1 2 3; do run $np apart$np $site_files; same_items whole apart$np; done
expect_line '^sites +3, a file each' out
"$BIN/fal_data" digest apart1/*.h5 | cut -d' ' -f1 >one
for np in 2 3; do "$BIN/fal_data" digest apart$np/*.h5 | cut -d' ' -f1 >two; cmp one two || fail "digests on $np ranks"; done

# Killed at random instants and resumed on other numbers of ranks, in the middle of SCAFFOLD's rounds.
long="$trial --algorithm scaffold --strategy logo --fl-rounds 12 --checkpoint-minutes 0"
ranks 1 joined.h5 --partition site $long --output long_whole >out 2>&1 || { cat out; exit 1; }
killed=0
for attempt in 1 2 3 4 5 6 7 8; do
  : >out # what a run before it said is not its own
  "$mpirun" -np $((attempt % 3 + 1)) "$BIN/fal_hpc" $site_files $long --output long_apart >out 2>&1 </dev/null & pid=$!
  for _ in $(seq 200); do grep -q "FL round $((attempt * 3 % 11 + 1))/" out && break; kill -0 $pid 2>/dev/null || break; sleep 0.02; done
  if kill -0 $pid 2>/dev/null; then
    kill -KILL $(processes below $pid fal_hpc | tail -n 1) 2>/dev/null && killed=$((killed + 1))
    for _ in $(seq 100); do kill -0 $pid 2>/dev/null || break; sleep 0.1; done
    kill -KILL $pid 2>/dev/null
  fi
  wait $pid 2>/dev/null
  [ $killed -lt 3 ] || break
  if ls long_apart/*_s1.h5 >/dev/null 2>&1 && ! ls long_apart/*.ckpt.h5 >/dev/null 2>&1; then rm -rf long_apart; fi # over too soon
done
[ $killed -gt 0 ] || fail "the trial was too short to be killed"
for np in 2; do ranks $np $site_files $long --output long_apart >out 2>&1 || { cat out; exit 1; }; done
same_items long_whole long_apart
[ "$(ls long_apart | wc -l)" = 1 ] || { ls long_apart; fail "something is left behind"; }

# What cannot be: nothing is written.
expect_exit 2 "$BIN/fal_data" split joined.h5 --partition rows.csv -o no; expect_message fal_data '--partition: goes with --by partition'
expect_exit 2 "$BIN/fal_data" split base.h5 -o no; expect_message fal_data 'base.h5: does not say which site holds an image .*: --by partition makes a file per client'
expect_exit 2 "$BIN/fal_data" split base.h5; expect_message fal_data '--folder is missing'
expect_exit 2 "$BIN/fal_data" join base.h5 -o no.h5; expect_message fal_data 'give two or more'
expect_exit 2 "$BIN/fal_data" join $site_files -o sites/north.h5; expect_message fal_data 'sites/north.h5: would be written over'
[ ! -e no ] && [ ! -e no.h5 ] || fail "a refused command wrote something"
refused() { # CODE PATTERN NP arguments...
  local code=$1 pattern=$2 np=$3; shift 3
  expect_exit "$code" ranks "$np" "$@" --output refused
  [ "$(grep -c '^fal_hpc: ' err)" = 1 ] || { cat err; fail "not one message"; }
  expect_line "^fal_hpc: .*$pattern" err
}
refused 2 '4 ranks for 3 sites: .*mpirun -np 3' 4 $site_files
refused 2 '--partition dirichlet: with one file per site' 2 $site_files --partition dirichlet
refused 2 '--partition rows.csv: with one file per site' 1 $site_files --partition rows.csv
refused 2 '--rho 5: ' 3 $site_files --rho 5
refused 2 '--first-round: ' 1 $site_files --first-round
refused 2 '--ranks-per-trial 1: ' 2 $site_files --ranks-per-trial 1
expect_exit 2 two_commands "exec $BIN/fal_hpc $site_files --output refused" \
  "exec $BIN/fal_hpc sites/south.h5 sites/north.h5 sites/west.h5 --output refused"
expect_line '^fal_hpc: .*the ranks were given different data set files' err
expect_exit 2 two_commands "exec $BIN/fal_hpc sites/north.h5 --output refused" \
  "exec $BIN/fal_hpc $site_files --output refused"
expect_line '^fal_hpc: .*the ranks were given different data set files' err
refused 2 'sites/north.h5 is named twice' 1 sites/north.h5 sites/south.h5 sites/north.h5
refused 2 'sites/north.h5 and ./sites/north.h5 are one file' 2 sites/north.h5 sites/south.h5 ./sites/north.h5
ln sites/north.h5 other_name.h5
refused 2 'sites/north.h5 and other_name.h5 are one file' 3 sites/north.h5 sites/south.h5 other_name.h5
rm other_name.h5
refused 2 '--test: goes with one data set file per site' 1 joined.h5 --test base.h5
refused 2 '--mean: goes with one' 1 joined.h5 --mean 0.5
refused 2 '--std 0,1: must be of pixels / 255' 2 $site_files --std 0,1
refused 3 'sites/gone.h5: .*No such file.* \(rank 2 on ' 3 sites/north.h5 sites/south.h5 sites/gone.h5
"$BIN/fal_data" synth -o four.h5 --train 20 --test 4 --side 16 --classes 4 >/dev/null
refused 3 'four.h5: 4 classes, but 5 in sites/north.h5 .*"star" is in one of them only.* .rank 1 on ' 3 sites/north.h5 four.h5 sites/west.h5
"$BIN/fal_data" synth -o small.h5 --train 20 --test 5 --side 20 --classes 5 >/dev/null
refused 3 'small.h5: images of 20 x 20 x 3, but 16 x 16 x 3 in sites/north.h5' 2 sites/north.h5 small.h5
refused 3 'small.h5: images of 20 x 20 x 3, but 16 x 16 x 3 in sites/north.h5' 2 $site_files --test small.h5
[ ! -e refused ] || fail "a refused job made its folder"

# Other constants are refused with the way out, and replaced by those that are given; other test images as well.
"$BIN/fal_data" export sites/south.h5 --npz south.npz >/dev/null
"$BIN/fal_data" import npy south.npz --mean 0.4 --std 0.3 --name south -o other.h5 >/dev/null || fail "import"
mixed="sites/north.h5 other.h5 sites/west.h5"
refused 3 'other.h5: mean 0.4.* and std 0.3.* of channel 0, but 0.5 and 0.25 in sites/north.h5: .*--mean, --std; fal_data constants' 3 $mixed
expect_exit 3 "$BIN/fal_data" join $mixed -o no.h5; expect_message fal_data 'other.h5: mean 0.4'
given="$trial --strategy logo --output given"
ranks 2 $mixed $given --mean 0.5,0.5,0.5 --std 0.25 --test base.h5 >out 2>&1 || { cat out; exit 1; }
rm whole/*badge-global_s1.h5 whole/*coreset-global_s1.h5; same_items whole given

# Another version of a site's data is another job, and it is said whose.
"$BIN/fal_data" split base.h5 --by partition --clients 3 -o others >/dev/null
expect_exit 2 ranks 2 $mixed $given --mean 0.25 --std 0.25 --test base.h5
expect_line 'holds results of another mean of the data' err
mv sites/west.h5 sites/was.h5; cp others/synth_client2.h5 sites/west.h5
"$BIN/fal_data" export sites/west.h5 --npz west.npz >/dev/null
"$BIN/fal_data" import npy west.npz --mean 0.5 --std 0.25 --name synth_client2 -o sites/west.h5 >/dev/null
expect_exit 2 ranks 2 $mixed $given --mean 0.5 --std 0.25 --test base.h5
expect_line 'holds results of another version of the data of site 2 \(synth_client2\)' err

# Sites of all sizes: one image, a single class, no test images.
"$BIN/fal_data" synth -o odd.h5 --train 90 --test 2 --side 16 --classes 2 >/dev/null
awk 'BEGIN { print "image,client"; for (i = 0; i < 90; i++) print i "," (i == 7 ? 0 : i % 2 == 0 ? 1 : 2) }' >odd.csv
"$BIN/fal_data" split odd.h5 --by partition --partition odd.csv -o odd >/dev/null || fail "split of odd sites"
odd="odd/synth_client0.h5 odd/synth_client1.h5 odd/synth_client2.h5"
"$BIN/fal_data" info odd/synth_client2.h5 | grep -q '^images *44 training, 0 test$' || fail "site 2 has test images"
"$BIN/fal_data" join $odd -o odd_joined.h5 >/dev/null || fail "join of odd sites"
ranks 1 odd_joined.h5 --partition site $trial --strategy logo,badge --output odd_whole >out 2>&1 || { cat out; exit 1; }
for np in 2 3; do
  ranks $np $odd $trial --strategy logo,badge --output odd$np >out 2>&1 || { cat out; exit 1; }
  same_items odd_whole odd$np
done
expect_exit 3 ranks 1 odd/synth_client2.h5 odd/synth_client2b.h5 --list-trials
cp odd/synth_client2.h5 odd/copy.h5
expect_exit 3 ranks 2 odd/synth_client2.h5 odd/copy.h5 --list-trials; expect_line 'no site has test images: give some with --test' err
expect_exit 0 ranks 1 $odd --dry-run; expect_line '^  time +about' out
