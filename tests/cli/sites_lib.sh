# For tests in which each site has its file: the rows of one data set, interleaved, in three of them. After hpc_lib.sh.

# site_files FOLDER: north, south and west in FOLDER, 5, 4 and 3 of 12 rows; joined.h5 of them, and site_files to be given.
site_files() {
  "$BIN/fal_data" synth -o base.h5 --train 240 --test 50 --seed 5 --side 16 --classes 5 >/dev/null
  awk 'BEGIN { print "image,client"; for (i = 0; i < 240; i++) print i "," substr("010210210012", i % 12 + 1, 1) }' >rows.csv
  "$BIN/fal_data" split base.h5 --by partition --partition rows.csv -o "$1" >/dev/null || fail "split"
  mv "$1/synth_client0.h5" "$1/north.h5"; mv "$1/synth_client1.h5" "$1/south.h5"; mv "$1/synth_client2.h5" "$1/west.h5"
  site_files="$1/north.h5 $1/south.h5 $1/west.h5"
  "$BIN/fal_data" join $site_files -o joined.h5 >/dev/null || fail "join"
}

# What must be equal, whether the images lie in one file or in several.
compared="/model /rounds /fl_rounds /queries /clients /class_accuracy /labelled_counts /pool_counts /partition"
items_of() { for item in $compared; do "$BIN/fal_data" digest --item "$item" "$1" | cut -d' ' -f1; done; }
# same_items FOLDER FOLDER: each results file of the first folder has its like in the second
same_items() {
  local one other end count=0
  for one in "$1"/*_s1.h5; do
    end=_al_rounds${one#*_al_rounds} # their data sets have other names, and sites need no --partition
    other=$(ls "$2"/*"${end/_partition-site/}" 2>/dev/null)
    [ -f "$other" ] || { ls "$1" "$2"; fail "$2 lacks what $one is"; }
    [ "$(items_of "$one")" = "$(items_of "$other")" ] || { "$BIN/fal_data" digest --compare "$one" "$other"; fail "$other is not what $one is"; }
    count=$((count + 1))
  done
  [ $count -gt 0 ] || fail "$1 is empty"
}
