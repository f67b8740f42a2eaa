#!/usr/bin/env bash
# The commands of docs/own-data.md, one after the other, as a reader would give them.
. "$TOP/tests/cli/hpc_lib.sh"
fail() { echo "FAIL: $*"; exit 1; }
"$BIN/fal_data" --version | grep -q '+libpng' || { echo "built without libpng: no folder is imported"; exit 77; }
[ -x "$BIN/fal_hpc" ] || { echo "no fal_hpc"; exit 77; }
mkdir build inputs; ln -s "$BIN" build/bin

seen=0
while IFS= read -r line; do
  case $line in # the page's table is about scans; here it is about the folder that there is
    *"--labels labels.csv"*) { echo file,class,split; (cd photos && ls t*/*/*.png) | sed -E 's#(t[a-z]*)/([^/]*)/.*#&,\2,\1#'; } >labels.csv;;
  esac
  case $line in mpirun*) line="timeout -k 5 $((240 * ${FAL_TEST_SLOW:-1})) $line";; esac
  eval "$line" >log 2>&1 </dev/null || { cat log; fail "$line"; }
  case $line in *fal_report*) cp log report;; *"fal_data import folder photos -o"*) cp inputs/photos.h5 first.h5;; esac
  seen=$((seen + 1))
done < <(sed -e ':a' -e '/\\$/{N;s/ *\\\n */ /;ba' -e '}' "$TOP/docs/own-data.md" | sed -nE 's/^    ((mpirun .*|build\/bin\/fal_).*)/\1/p')
[ $seen -ge 12 ] || fail "only $seen commands found"

# What the page promises of them.
[ "$(ls outputs/photos/*.h5 | wc -l)" = 4 ] || fail "not four trials"
grep -q logo report && grep -q random report || { cat report; fail "the report does not show the strategies"; }
for share in 6.7 13.3 20.0 26.7; do grep -q " $share %" report || { cat report; fail "no accuracy after $share % of the labels"; }; done
[ -s photos.svg ] && [ -s curves.svg ] && [ -s photos.npz ] && [ -d again/train/disc ] || fail "a picture or an export is missing"
"$BIN/fal_data" import folder again -o again.h5 --name photos >/dev/null || fail "the export does not come back"
for array in /train/images /train/labels /test/images /test/labels; do
  [ "$("$BIN/fal_data" info again.h5 | grep "^  $array")" = "$("$BIN/fal_data" info inputs/photos.h5 | grep "^  $array")" ] || fail "other $array"
done
exit 0
