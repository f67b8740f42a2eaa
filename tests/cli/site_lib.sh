# For the tests of fal_site: an interleaved data set of three sites, studies, whole AL rounds. Sourced after hpc_lib.sh.
sites_python() { "$PYTHON" "$TOP/tests/fixtures/sites.py" "$@" || fail "sites.py $*"; }
site() { "$BIN/fal_site" "$@"; }

# three_sites: joined.h5 and {north,mid,south}.data.h5 of 50, 40 and 30 images, 16x16x3, 4 classes.
three_sites() {
  "$BIN/fal_data" synth -o all.h5 --train 120 --test 40 --side 16 --classes 4 --seed 5 >/dev/null || fail "synth"
  sites_python all.h5 joined.h5 north:50 mid:40 south:30
}
# Parameters that a job and a study share; a study.ini of them: study NAME PARAMETER=VALUE...
site_parameters="al_rounds=2 fl_rounds=3 local_epochs=1 budget=10 batch_size=8 local_only_epochs=3"
study_ini() { # NAME...
  local name=$1 parameter; shift
  echo "name = $name"
  echo "sites = north:50, mid:40, south:30"
  echo "classes = $("$PYTHON" -c 'import h5py; print(", ".join(c.decode() for c in h5py.File("all.h5").attrs["class_names"]))')"
  echo "image = 16x16x3"
  "$PYTHON" -c 'import h5py
a = h5py.File("all.h5").attrs
for k in ("mean", "std"): print(k, "=", ", ".join(repr(float(x)) for x in a[k]))'
  for parameter in $site_parameters "$@"; do echo "${parameter%%=*} = ${parameter#*=}"; done
}
# job OUTPUT PARAMETER=VALUE...: the same parameters over the joined file.
job() {
  local output=$1 parameter arguments=(); shift
  for parameter in $site_parameters "$@"; do arguments+=("--${parameter%%=*}=${parameter#*=}"); done
  ranks 3 joined.h5 --partition site --output "$output" "${arguments[@]}" >job_out 2>&1 || { cat job_out; fail "the job"; }
}
# join_sites: G0.h5 is there.
join_sites() {
  local s
  rm -f ./*.site.h5 ./*.answers.h5
  for s in north mid south; do site init $s.data.h5 --study G0.h5 --site $s -o $s.h5 >out || { cat out; fail "init $s"; }; done
}
# fl_round G NEXT SITE...: the sites train in that order.
fl_round() {
  local g=$1 next=$2 s files=(); shift 2
  for s in "$@"; do site train $s.h5 --global "$g" -o $s.update.h5 >out || { cat out; fail "train $s"; }; files+=($s.update.h5); done
  site merge "${files[@]}" --global "$g" -o "$next" >out || { cat out; fail "merge"; }
}
# hide_labels KEPT: of the three sites all labels but so many; what was there stays in NAME.truth.h5.
hide_labels() {
  local s
  for s in north mid south; do
    mv $s.data.h5 $s.truth.h5
    "$PYTHON" "$TOP/tests/fixtures/hide_labels.py" $s.truth.h5 $s.data.h5 "$1" without-test || fail hide
  done
}
