#!/usr/bin/env bash
# Sites that are not like the others, studies that cannot be, files that are not what they say, kills in between.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"; . "$TOP/tests/cli/site_lib.sh"
need_h5py
three_sites
edit() { "$PYTHON" -c "import h5py, numpy, sys
f = h5py.File(sys.argv[1], 'r+')
$2" "$1" || fail "edit $1"; } # FILE CODE

# Studies that sites apart cannot serve, or that are none, by name and line.
refused() { # PATTERN LINE...
  local pattern=$1; shift
  { study_ini trial; printf '%s\n' "$@"; } >bad.ini
  expect_exit 2 site start bad.ini -o bad.h5; expect_message fal_site "$pattern"; [ ! -e bad.h5 ] || fail "a G of $*"
}
refused 'strategy fairfal: needs a number that all clients share' 'strategy = fairfal'
refused 'strategy oracle-balanced: needs more than the models' 'strategy = oracle-balanced'
refused 'partition: here it can only be site' 'partition = iid'
refused 'rho: chooses images by the labels of all sites' 'rho = 10'
refused 'scaffold code: ' 'algorithm = scaffold' 'scaffold = code'
for name in clients alpha partition_seed; do refused "$name: the clients are the sites, each with its own images: leave it out" "$name = 3"; done
refused 'embeddings: has the rows of all sites in one file: leave it out' 'strategy = coreset' 'embeddings = z.npy'
refused 'seeds: a study is one trial: give one value' 'seeds = 1-3'
refused 'threads: is about how a job runs' 'threads = 2'
refused 'no parameter "stratgy".*strategy' 'stratgy = logo'
study_ini trial | sed 's/^sites.*/sites = north:50, north:40/' >bad.ini
expect_exit 2 site start bad.ini -o bad.h5; expect_message fal_site 'north is named twice'
study_ini trial | grep -v ^mean >bad.ini
expect_exit 2 site start bad.ini -o bad.h5; expect_message fal_site 'mean is missing'
expect_exit 2 site start study.ini; expect_message fal_site '--output is missing'

# Other sites than the study's.
study_ini trial strategy=random algorithm=scaffold >study.ini
expect_exit 0 site start study.ini -o G0.h5
cp north.data.h5 other.h5
edit other.h5 "f.attrs['class_names'] = f.attrs['class_names'][::-1]"
expect_exit 3 site init other.h5 --study G0.h5 --site north -o north.h5
expect_message fal_site 'other.h5: its class 0 is square, in the study it is disc'
expect_exit 3 site init south.data.h5 --study G0.h5 --site north -o north.h5
expect_message fal_site 'south.data.h5: holds 30 training images, the study says that north has 50'
expect_exit 2 site init north.data.h5 --study G0.h5 --site nroth -o north.h5
expect_message fal_site 'the study trial has no such site, but north, mid'
expect_exit 3 site init joined.h5 --study G0.h5 --site north -o north.h5; expect_message fal_site 'of several sites'
[ ! -e north.h5 ] && [ ! -e north.site.h5 ] || fail "a site that was refused left files"
# Other constants do not matter: those of the study are taken.
cp north.data.h5 other.h5
edit other.h5 "f.attrs['mean'] = f.attrs['mean'] * 0.5"
expect_exit 0 site init other.h5 --study G0.h5 --site north -o north.h5
"$PYTHON" -c 'import h5py; a, b = (h5py.File(n).attrs for n in ("north.h5", "G0.h5")); assert (a["mean"] == b["identity_mean"]).all()' || fail "constants"
expect_exit 2 site init north.data.h5 --study G0.h5 --site north -o north.h5; expect_message fal_site 'north.site.h5: is there already'

# A site without any label has no weight; one lacks a class; people answer at the others.
"$PYTHON" "$TOP/tests/fixtures/hide_labels.py" mid.data.h5 mid.none.h5 0 without-test || fail hide
"$PYTHON" - <<'END' || fail "a class less"
import hashlib, h5py
with h5py.File("south.data.h5", "r+") as f:
    labels = f["train/labels"][:]
    labels[labels == 3] = -1
    f["train/labels"][:] = labels
    f["train/labels"].attrs["sha256"] = hashlib.sha256(labels.tobytes()).hexdigest()
END
expect_exit 0 site init mid.none.h5 --study G0.h5 --site mid -o mid.h5
expect_line 'mid, client 1 of the study trial: 40 images, 0 of them with a label, 0 test images' out
expect_exit 0 site init south.data.h5 --study G0.h5 --site south -o south.h5
for s in north mid south; do
  expect_exit 2 site train $s.h5 --global G0.h5 -o $s.update.h5; expect_message fal_site 'did not ask for labels in AL round 1: fal_site ask comes first'
  expect_exit 0 site ask $s.h5 --global G0.h5 -o ask_$s
done
expect_exit 0 site ask mid.h5 --global G0.h5 -o ask_mid # asked once more: the same folder
expect_line 'asked before: 10 images chosen, 0 of them have a label already, 10 are open' out
[ ! -e ask_mid.old ] || fail "the same query is another one"
# Nothing that is no folder of a query is moved out of the way, an input least of all; no table of labels is replaced.
mkdir -p before own; echo mine >own/thesis.txt; cp mid.h5 mid.site.h5 G0.h5 ask_mid/labels.csv before
for name in mid.h5 mid.site.h5 G0.h5; do
  expect_exit 4 site ask mid.h5 --global G0.h5 -o $name; expect_message fal_site "$name: cannot be opened as a folder: Not a directory"
done
expect_exit 4 site ask mid.h5 --global G0.h5 -o own; expect_message fal_site 'own: is no folder of a query'
expect_exit 2 site predict mid.h5 --global G0.h5 -o ask_mid/labels.csv
expect_message fal_site 'ask_mid/labels.csv: is there already and is no table of fal_site predict'
for f in mid.h5 mid.site.h5 G0.h5; do cmp $f before/$f || fail "$f was changed"; done
cmp ask_mid/labels.csv before/labels.csv || fail "labels.csv was changed"
[ -e own/thesis.txt ] || fail "own was moved away"
expect_exit 76 site train mid.h5 --global G0.h5 -o mid.update.h5
expect_message fal_site 'mid.h5: waits for labels: 10 of 10 questions have no answer'
expect_exit 0 site train north.h5 --global G0.h5 -o north.update.h5
expect_exit 0 site train south.h5 --global G0.h5 -o south.update.h5 --answers-needed 0
expect_exit 0 site train mid.h5 --global G0.h5 -o mid.update.h5 --answers-needed 0
expect_line 'mid, AL round 1, FL round 1 of 3: 0 labelled images' out
expect_exit 0 site merge *.update.h5 --global G0.h5 -o G1.h5
expect_line 'labelled images: north 10, mid 0, south [0-9]+$' out
expect_exit 0 site status mid.h5 --global G1.h5
expect_line '0 labelled, 40 in the pool' out; expect_line 'client 1: mid, 40 images, 0 labelled, took part in 1 FL rounds' out
# Without it: the same model. So nobody has to wait for who has nothing to say.
expect_exit 0 site merge north.update.h5 south.update.h5 --global G0.h5 --partial -o P1.h5
expect_line '^without mid$' out
"$PYTHON" -c 'import h5py; a, b = (h5py.File(n)["model"] for n in ("G1.h5", "P1.h5")); assert all((a[k][()] == b[k][()]).all() for k in a)' || fail "weight of nothing"

# Had north's first update not counted, it would be another history than that of its second.
expect_exit 0 site merge mid.update.h5 south.update.h5 --global G0.h5 --partial --alone -o Q1.h5

# Late answers count from the next query on; what was trained on is final.
"$PYTHON" "$TOP/tests/fixtures/answer_files.py" mid.data.h5 ask_mid csv mid.csv || fail answers
expect_exit 0 site tell mid.h5 mid.csv
expect_line '^10 labels taken, 0 left blank; 30 still open$' out

# A site that missed a merge goes on where it was: SCAFFOLD's c_k is that before the round that did not count.
cp north.site.h5 before.site.h5; cp south.site.h5 south.kept.h5
expect_exit 0 site train north.h5 --global G1.h5 -o north.update.h5
expect_exit 2 site train north.h5 --global Q1.h5 -o new.update.h5
expect_message fal_site 'Q1.h5: counts other updates of this site than north.site.h5 goes on from: keep that file, it has the labels; train with the G that counts the update with the checksum [0-9a-f]{16}... of this site as its last'
expect_exit 0 site train south.h5 --global G1.h5 -o south.update.h5
expect_exit 0 site train mid.h5 --global G1.h5 -o mid.update.h5
expect_exit 0 site merge north.update.h5 mid.update.h5 --global G1.h5 --partial --alone -o G2.h5
expect_exit 0 site train south.h5 --global G2.h5 -o missed.update.h5
cp south.kept.h5 south.site.h5 # as if south had not trained in vain
expect_exit 0 site train south.h5 --global G2.h5 -o south.update.h5
cmp missed.update.h5 south.update.h5 || fail "a round that did not count left a trace"
# An old copy of a site's state is noticed.
cp north.site.h5 newest.site.h5; cp before.site.h5 north.site.h5
expect_exit 2 site train north.h5 --global G2.h5 -o north.update.h5
expect_message fal_site 'has an update of FL round 2 of this site that north.site.h5 does not know: it is an older copy: bring back the newest'
cp newest.site.h5 north.site.h5

# Files that are altered, of another study, of another instruction set, or no such files.
expect_exit 0 site train north.h5 --global G2.h5 -o north.update.h5
expect_exit 0 site train mid.h5 --global G2.h5 -o mid.update.h5
ok="mid.update.h5 south.update.h5 --global G2.h5 -o G3.h5"
not_merged() { expect_exit 3 site merge bad.update.h5 $ok; expect_message fal_site "bad.update.h5: $1"; [ ! -e G3.h5 ] || fail "merged"; }
cp north.update.h5 bad.update.h5; edit bad.update.h5 "f['model/' + list(f['model'])[0]][...] *= 1.001"; not_merged 'its checksum is another one'
cp north.update.h5 bad.update.h5; edit bad.update.h5 "f.attrs['images'] = f.attrs['images'] + 20"; not_merged 'its checksum is another one'
cp north.update.h5 bad.update.h5; edit bad.update.h5 "f.attrs['client'] = 7"; not_merged 'client 7: the study has 3 sites'
cp north.update.h5 bad.update.h5; edit bad.update.h5 "del f['model/conv1.weight' if 'conv1.weight' in f['model'] else 'model/' + list(f['model'])[0]]"; not_merged '/model/'
head -c 5000 north.update.h5 >bad.update.h5; not_merged ''
cp G2.h5 bad.update.h5; not_merged 'is a .?study file, but an update file is needed here'
for s in north north.site; do
  expect_exit 3 site merge $s.h5 $ok; [ ! -e G3.h5 ] || fail "merged"
  expect_message fal_site "$s.h5: holds a site's (pictures|state and labels) and must not leave the site: sites send NAME.update.h5"
done
expect_exit 3 site status G2.h5; expect_message fal_site 'G2.h5: is a global model \(G\), not a site.s file: it goes with --global'
expect_exit 3 site status mid.update.h5; expect_message fal_site 'mid.update.h5: is an update, not a site.s file: it goes to fal_site merge'
study_ini another strategy=random algorithm=scaffold >another.ini
expect_exit 0 site start another.ini -o A0.h5
expect_exit 2 site train north.h5 --global A0.h5 -o new.update.h5; expect_message fal_site 'is of the study another, but north.h5 belongs to trial'
expect_exit 3 site merge $(echo north.update.h5) --global A0.h5 -o A1.h5; expect_message fal_site 'north.update.h5: is of another study \(trial\)'
rm bad.update.h5
expect_exit 0 site train north.h5 --global G2.h5 -o bad.update.h5 --kernels reference; expect_exit 3 site merge bad.update.h5 $ok; expect_message fal_site 'trained with the kernels .*, others with .*--mixed-kernels'
expect_exit 0 site merge bad.update.h5 $ok --mixed-kernels
expect_exit 0 site status --global G3.h5; expect_line 'kernels: .*, ' out
cp G3.h5 bad.h5; edit bad.h5 "f.attrs['al_round'] = 2"; expect_exit 3 site status --global bad.h5; expect_message fal_site 'bad.h5: its checksum is another one: damaged or altered'
cp G3.h5 bad.h5; edit bad.h5 "f['parameters'].attrs['lr'] = 0.5"; expect_exit 3 site status --global bad.h5; expect_message fal_site 'does not fit its identity'
cp north.site.h5 kept.site.h5; edit north.site.h5 "q = f['queries'][:]; q['label'][0] = (q['label'][0] + 1) % 4; f['queries'][...] = q"
expect_exit 3 site status north.h5; expect_message fal_site 'north.site.h5: its checksum is another one'
cp kept.site.h5 north.site.h5
# Bytes that are wrong or missing anywhere: refused, or they did not matter; nothing else.
"$PYTHON" - <<'END' || fail "hostile files"
import random
random.seed(11)
for number in range(24):
    kind = ("G", "U", "S")[number % 3]
    data = bytearray(open({"G": "G2.h5", "U": "mid.update.h5", "S": "north.site.h5"}[kind], "rb").read())
    if number % 4 == 0:
        data = data[:random.randrange(len(data))]
    for _ in range(random.choice((1, 4, 30))):
        data[random.randrange(min(len(data), random.choice((4096, len(data)))))] = random.randrange(256)
    open(f"hostile_{kind}{number}.bin", "wb").write(data)
END
for f in hostile_*.bin; do
  case $f in
    hostile_G*) site status --global $f >out 2>err;;
    hostile_U*) rm -f hostile.h5; site merge $f north.update.h5 south.update.h5 --global G2.h5 -o hostile.h5 >out 2>err;;
    *) cp north.h5 h.h5; cp $f h.site.h5; site status h.h5 >out 2>err;;
  esac
  got=$?; [ $got = 0 ] || [ $got = 3 ] || { cat out err; fail "$f: exit code $got"; }
done
# The output is never an input.
expect_exit 2 site merge $(echo north.update.h5) --global G2.h5 -o ./G2.h5
expect_exit 2 site train north.h5 --global G2.h5 -o north.h5

# A site of one image, and what a job makes of it; every AL round starts from the weights of a file.
cp G3.h5 start.h5
sites_python all.h5 joined.h5 big:25 one:1
site_parameters="al_rounds=2 fl_rounds=2 local_epochs=2 budget=5 batch_size=8 local_only_epochs=3 strategy=logo stop_share=1 init=file init_model=start.h5"
study_ini tiny | sed 's/^sites.*/sites = big:25, one:1/' >study.ini
expect_exit 0 site start study.ini -o T1.0.h5
for s in big one; do expect_exit 0 site init $s.data.h5 --study T1.0.h5 --site $s -o $s.h5; done
for s in big one; do expect_exit 0 site ask $s.h5 --global T1.0.h5 -o ask; done
fl_round T1.0.h5 T1.1.h5 one big; fl_round T1.1.h5 T1.2.h5 big one
for s in big one; do expect_exit 0 site ask $s.h5 --global T1.2.h5 -o ask; done
expect_line 'AL round 2 at site one: 0 images chosen' out
mv start.h5 kept.h5; cp G2.h5 start.h5
expect_exit 3 site start --after T1.2.h5 -o T2.0.h5; expect_message fal_site 'start.h5: is another file than the one that the study began with'
rm start.h5
expect_exit 3 site start --after T1.2.h5 -o T2.0.h5; expect_message fal_site 'start.h5'
expect_exit 0 site start --after T1.2.h5 --init-model kept.h5 -o T2.named.h5
expect_exit 2 site start study.ini --init-model kept.h5 -o T.h5; expect_message fal_site '--init-model goes with --after'
expect_exit 2 site start --after G3.h5 --init-model kept.h5 -o T.h5; expect_message fal_site 'do not start from a file'
mv kept.h5 start.h5
expect_exit 0 site start --after T1.2.h5 -o T2.0.h5
cmp T2.0.h5 T2.named.h5 || fail "another G from a file named"
# Where the file lies does not travel, and is not part of what the study is.
mkdir -p secret/folder; cp start.h5 secret/folder
sed "s|^init_model.*|init_model = $PWD/secret/folder/start.h5|" study.ini >far.ini
expect_exit 0 site start far.ini -o F1.0.h5; cmp F1.0.h5 T1.0.h5 || fail "another G from another folder"
grep -q secret F1.0.h5 && fail "G has a path of the coordinator"
cp T1.0.h5 bad.h5; edit bad.h5 "f['parameters'].attrs['init_model'] = '/etc/start.h5'"; expect_exit 3 site status --global bad.h5; expect_message fal_site 'init_model is no name without folders'
fl_round T2.0.h5 T2.1.h5 big one; fl_round T2.1.h5 T2.2.h5 one big
job tiny
sites_python --compare tiny/*_s1.h5 T2.2.h5 joined.h5 big=big.site.h5 one=one.site.h5
