#!/usr/bin/env bash
# The commands in the texts: every line for one of our programs is accepted as it stands, and those that take seconds
# run. Trials are not run at their full size: --list-trials goes through everything up to the first training step.
. "$TOP/tests/cli/hpc_lib.sh"
fail() { echo "FAIL: $*"; exit 1; }
joined() { sed -e ':a' -e '/\\$/{N;s/ *\\\n */ /;ba' -e '}' "$@"; } # a command may go on after a backslash
mkdir -p build inputs; ln -s "$BIN" build/bin; ln -s "$TOP/jobs" jobs

# Data sets by the names of the texts; what cannot be had here is replaced by a small synthetic one.
small_dataset small.h5
for name in cifar10 svhn; do cp small.h5 inputs/$name.h5; done
"$PYTHON" - 2>/dev/null <<'END' || npy='import npy' # without numpy there are no arrays to import
import numpy
random = numpy.random.default_rng(1)
images, labels = random.integers(0, 256, (40, 8, 8, 3), dtype="u1"), numpy.arange(40) % 4
numpy.save("X.npy", images); numpy.save("y.npy", labels)
numpy.save("X_test.npy", images[::-1]); numpy.save("y_test.npy", labels[::-1])
numpy.savez("mine.npz", X=images, y=labels)
END
fashion=/usr/share/datasets/fashion-mnist
import=$(joined "$TOP/README.md" | sed -n 's/^    \(build\/bin\/fal_data import idx .*\)/\1/p')
[ -n "$import" ] || fail "README.md has no import command"
if [ -d $fashion ]; then eval "$import" >log 2>&1 || { cat log; fail "$import"; }; else cp small.h5 inputs/fashion-mnist.h5; fi

# Trials that fal_report and the digest can be shown on.
"$BIN/fal_hpc" small.h5 $short --strategy logo,random --seeds 1-2 >log 2>&1 </dev/null || { cat log; fail "trials"; }
mkdir outputs/demo; cp outputs/*.h5 outputs/demo

seen=0
while IFS= read -r line; do
  line=${line%%  #*}
  case $line in
    *...* | *"import cifar10"* | *"import idx"* | *"import svhn"* | *"import medmnist"*) continue;; # a pattern, or a download
    *"${npy:-no such command}"*) continue;;
    *" --selftest") eval "$line" >log 2>&1 </dev/null || { cat log; fail "$line"; };;
    *fal_hpc*) # without the launcher, and without training
      arguments=${line#*build/bin/fal_hpc}
      eval "build/bin/fal_hpc $arguments --list-trials" >log 2>&1 </dev/null || { cat log; fail "$line"; };;
    *report.sbatch*) ;; # of results that another job makes
    *single.sbatch*) eval "build/bin/fal_hpc ${line#*single.sbatch} --list-trials" >log 2>&1 || { cat log; fail "$line"; };;
    *sbatch*) # the job that the array is for
      eval "build/bin/fal_hpc ${line#*array.sbatch} --list-trials" >log 2>&1 || { cat log; fail "$line"; }
      last=$(tail -n 1 log | cut -d' ' -f1); grep -q -- "--array=0-$last " <<<"$line" || fail "the array is not 0-$last: $line";;
    *) eval "$line" >log 2>&1 </dev/null || { cat log; fail "$line"; };;
  esac
  seen=$((seen + 1))
done < <(joined "$TOP/README.md" "$TOP/docs/operations.md" "$TOP/docs/data.md" "$TOP/docs/demo.md" \
  "$TOP/inputs/README.md" |
  sed -nE 's/^    ((mpirun .*|build\/bin\/fal_|sbatch ).*)/\1/p')
[ $seen -ge 10 ] || fail "only $seen commands found"

# The results' name in the Python example is what the command above it writes; the example itself runs.
command=$(joined "$TOP/README.md" | grep -m1 'fal_hpc inputs/fashion-mnist.h5'); command=${command#*build/bin/fal_hpc}
name=$(sed -n 's/.*h5py.File("\([^"]*\)").*/\1/p' "$TOP/README.md")
if [ -d $fashion ]; then eval "build/bin/fal_hpc $command --list-trials" | grep -qF " $name" || fail "README.md: $name is not what its command writes"; fi
if "$PYTHON" -c 'import h5py, pandas' 2>/dev/null; then
  sed -n '/^```python/,/^```/p' "$TOP/README.md" | grep -v '^```' | sed "s#$name#$(ls outputs/*.h5 | head -n 1)#" >example.py
  "$PYTHON" example.py >log 2>&1 || { cat log; fail "the Python example"; }
  grep -q test_accuracy log || { cat log; fail "the Python example prints no table"; }
fi

# The generated page is that of this program.
"$BIN/fal_hpc" --document-parameters | diff - "$TOP/docs/parameters.md" >log || { cat log; fail "docs/parameters.md is old: run make docs"; }

# Every option that a text names is one of ours (or of the launchers), and every option of ours is in a text.
for p in hpc data query report bench site; do "$BIN/fal_$p" --help; done >help 2>&1 </dev/null
for s in import synth info verify digest constants export partition label split join; do "$BIN/fal_data" $s --help; done >>help 2>&1
for s in start init train merge ask tell status predict; do "$BIN/fal_site" $s --help; done >>help 2>&1
bash "$TOP/jobs/evidence.sh" --help >>help || fail "jobs/evidence.sh --help"
options() { grep -ohE -- '--[a-z][a-z-]+' "$@" | sort -u; }
options "$TOP"/README.md "$TOP"/inputs/README.md "$TOP"/docs/*.md "$TOP"/jobs/*.md "$TOP"/jobs/*.ini "$TOP"/jobs/*/*.ini >named
sed -n 's/^- `\([a-z_]*\)`:.*/--\1/p' "$TOP/docs/parameters.md" | tr _ - >>named
options help >known
printf '%s\n' --account --array --batch --bind-to --cpu-bind --cpus-per-task --dependency --exclusive --mem-per-cpu --nodes --ntasks-per-node --ntasks-per-socket --wait --host --map-by --mca --mpi --ntasks --oversubscribe --signal --time --low --high --write-png --sign --encrypt --decrypt >others # mpirun, sbatch, h5repack, dcmtk, gpg
"$PYTHON" "$TOP/scripts/bench_peer.py" --help >peers || fail "bench_peer.py --help"; options peers >>others
options "$TOP"/examples/*.c >>others # of examples: docs/adding.md says how they come into the programs
sort -u named | grep -vxFf known | grep -vxFf others >log && { cat log; fail "a text names an option that does not exist"; }
# --option stands for any option in the help; docs/performance.md leaves the sizes of fal_bench to its help.
grep -vxFf named known | grep -vxE -- '--(option|version|batch|clusters|points|starts)' >log && { cat log; fail "an option that no text names"; }

# Every job file is accepted, and every file that a text links to exists.
for job in "$TOP"/jobs/*.ini; do "$BIN/fal_hpc" small.h5 --config "$job" --list-trials >log 2>&1 || { cat log; fail "$job"; }; done
for text in "$TOP"/README.md "$TOP"/CONTRIBUTING.md "$TOP"/inputs/README.md "$TOP"/docs/*.md; do
  grep -oE '\]\([A-Za-z0-9_./-]+\)' "$text" | tr -d '])(' | while read -r link; do
    [ -e "$(dirname "$text")/$link" ] || { echo "$text: $link does not exist"; exit 1; }
  done || fail "a link"
done
exit 0
