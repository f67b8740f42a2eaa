#!/usr/bin/env bash
# Files of other HDF5 libraries (1.12, 1.14, 2.0; tests/fixtures/gen_hdf5_versions.py): each is read right, which its
# digest shows, or refused with what to do. Needs no Python.
. "$(dirname "$0")/lib.sh"
data=$BIN/fal_data; query=$BIN/fal_query; report=$BIN/fal_report; hpc=$BIN/fal_hpc
files=$TOP/tests/fixtures/hdf5_versions
advice='written by a newer HDF5 than this program.s [0-9.]+, or damaged: write it with libver=.* in h5py, or convert it'

library=$("$data" --version | sed -E 's/.*HDF5 ([0-9]+)\..*/\1/')
# refused_as_newer COMMAND ...: by libraries before 2.0; later ones read it
refused_as_newer() {
  if [ "$library" -ge 2 ]; then expect_exit 0 "$@"; return; fi
  expect_exit 3 "$@"; expect_message "$(basename "$1")" "$advice"
}

# ---- data sets ---------------------------------------------------------------------------------------------------------
same=$("$data" digest "$files/hdf5_2.0_default.h5" | cut -d' ' -f1)
count=0
for file in "$files"/*.h5; do
  case $file in
    *_results* | *_model* | *_arrays*) ;;
    *_newer.h5) for command in info verify digest partition; do refused_as_newer "$data" $command "$file"; done;;
    *_labels_bool.h5)   expect_exit 3 "$data" verify "$file"; expect_message fal_data 'is not read here, bool: store it as';;
    *_labels_uint16.h5) expect_exit 3 "$data" verify "$file"; expect_message fal_data 'is not read here, uint16: store it';;
    *_labels_*.h5)      expect_exit 3 "$data" verify "$file"; expect_message fal_data '/train/labels';;
    *)
      expect_exit 0 "$data" verify "$file"; [ "$(grep -c '^  ok  ' out)" = 4 ] || fail "$file: four arrays are not verified"
      expect_exit 0 "$data" digest "$file"
      case $file in *_scales.h5) ;; # two arrays more
        *) expect_line "^$same  " out;;
      esac
      count=$((count + 1));;
  esac
done
[ $count -ge 15 ] || fail "only $count data sets were read"

# ---- the other programs ------------------------------------------------------------------------------------------------
set=$files/hdf5_2.0_userblock_512.h5
model=$files/hdf5_2.0_model.h5
results=$files/hdf5_2.0_results.h5
small="--al-rounds 1 --fl-rounds 1 --clients 2 --strategy random --budget 2"

expect_exit 0 "$data" digest "$model" "$results"
expect_exit 0 "$report" "$results"; expect_line 'entropy:global' out
expect_exit 0 "$data" partition "$set" --partition "$results" --clients 2
expect_line '^versions: 2 clients' out
expect_exit 0 "$query" "$set" --strategy entropy:global --global "$model" --budget 3; cp out by_model
[ "$(wc -l <by_model)" = 4 ] || fail "three images are not chosen"
expect_exit 0 "$query" "$set" --results "$results" --client 1 --global "$model" --budget 2
[ "$(wc -l <out)" = 3 ] || fail "two images are not chosen"
expect_exit 0 "$query" "$set" --strategy random --pool "$files/hdf5_2.0_arrays.h5:/pool" --budget 8
[ "$(cut -d, -f3 out | grep -c -E '^([4-9]|1[01])$')" = 8 ] || { cat out; fail "the pool is not 4 to 11"; }
expect_exit 0 "$query" --strategy coreset:global --arrays "$files/hdf5_2.0_arrays.h5" --budget 5
[ "$(wc -l <out)" = 6 ] || fail "five rows are not chosen"

refused_as_newer "$report" "$files/hdf5_2.0_results_newer.h5"
refused_as_newer "$query" "$set" --strategy entropy:global --global "$files/hdf5_2.0_model_newer.h5" --budget 3
refused_as_newer "$query" --strategy coreset:global --arrays "$files/hdf5_2.0_arrays_newer.h5" --budget 5
refused_as_newer "$query" "$files/hdf5_2.0_latest_packed_newer.h5" --strategy random --budget 3
refused_as_newer "$hpc" "$files/hdf5_2.0_latest_packed_newer.h5" $small --list-trials
refused_as_newer "$hpc" "$set" $small --init file --init-model "$files/hdf5_2.0_model_newer.h5" --output newer

# The same trial from the same images and model, whichever library stored them.
expect_exit 0 "$hpc" "$set" $small --output a --partition "$results" --init file --init-model "$model"
expect_exit 0 "$hpc" "$files/hdf5_1.12_latest_packed.h5" $small --output b --partition "$results" --init file --init-model "$model"
expect_exit 0 "$data" digest --compare a/*.h5 b/*.h5
expect_line '^same$' out
exit 0
