# Bad input and bad usage: one message, the right exit code, no hang; alone and under mpirun -np 4.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5
echo "this is text" > text.h5
head -c 20000 small.h5 > truncated.h5
printf 'strateggy = logo\n' > misspelt.ini
: > folder_is_a_file

# refuses CODE PART arguments...: the exit code and exactly one message, which contains PART.
refuses() {
  local code=$1 part=$2 np got lines; shift 2
  for np in 1 4; do
    got=0
    if [ $np = 1 ]; then "$BIN/fal_hpc" "$@" >out 2>err </dev/null || got=$?; else ranks $np "$@" >out 2>err || got=$?; fi
    [ $got = "$code" ] || { echo "np $np: $*: exit code $got, expected $code"; cat out err; exit 1; }
    lines=$(grep -c '^fal_hpc: ' err || true)
    [ "$lines" = 1 ] || { echo "np $np: $*: $lines messages, expected 1"; cat err; exit 1; }
    grep -q -- "$part" err || { echo "np $np: $*: the message lacks \"$part\""; cat err; exit 1; }
  done
}

refuses 3 "missing.h5" missing.h5
refuses 3 "text.h5" text.h5
refuses 3 "truncated.h5" truncated.h5
refuses 2 "no dataset" --strategy logo
refuses 2 "is named twice: one file per site" small.h5 small.h5
refuses 2 'did you mean "strategy"' small.h5 --stratgy logo
refuses 2 'misspelt.ini:1.*did you mean "strategy"' small.h5 --config misspelt.ini
printf 'seeds = 1\nepochs = 3\n' >guessed.ini
refuses 2 'guessed.ini:2: there is no parameter "epochs"; did you mean "local_epochs" or "local_only_epochs"?' small.h5 --config guessed.ini
guessed() { # OPTION MESSAGE: without ranks, quickly
  "$BIN/fal_hpc" small.h5 "--$1" 3 >out 2>err && fail "--$1 is taken"
  grep -qF "no parameter \"$1\"$2" err || { cat err; fail "--$1: another message"; }
}
guessed rounds '; did you mean "al_rounds" or "fl_rounds"?'
guessed batch '; did you mean "batch_size"?'
guessed clients-count '; did you mean "clients"?'
guessed num_clients '; did you mean "clients"?'
guessed learning-rate '; did you mean "lr"?'
guessed dataset ': a data set is named on the command line by itself'
guessed bogus ': see --help'
form() { # OPTION VALUE MESSAGE
  "$BIN/fal_hpc" small.h5 "$1" "$2" >out 2>err && fail "$1 $2 is taken"
  grep -q -- "$1 $2: must be a .*$3\$" err || { cat err; fail "$1 $2: another message"; }
}
form --seeds 1..4 'or a list of at most 4096, e.g. 1-4 or 1,2,7'
form --alpha '0.1;1' 'or a list of at most 4096 with commas between them'
form --budget 5% ': as a share it is 0.05'
form --stop-share 80% ': as a share it is 0.8'
form --max-hours 4h 'number of hours from 0 to [0-9e+]*, e.g. 4 or 0.5'
form --plan-hours 4:00:00 'number of hours from 0 to [0-9e+]*, e.g. 4 or 0.5'
refuses 2 "missing.ini: cannot open" small.h5 --config missing.ini
refuses 2 "own.ini: a configuration file goes with --config" small.h5 own.ini
for list in "--strategy logo random" "--seeds 1 2" "--alpha 0.1 0.5"; do
  refuses 2 "${list##* } is no file here: values of a list are joined by commas, ${list% *},${list##* }" small.h5 $list
done
refuses 2 "random is no file here" --strategy=logo random small.h5
refuses 3 "missing.h5: cannot open" --strategy logo missing.h5
refuses 2 "alpha" small.h5 --alpha -1
refuses 2 "clients" small.h5 --clients 0
refuses 2 "only 400 training images" small.h5 --clients 1000
refuses 2 "needs a value" small.h5 --alpha
refuses 2 "did you mean" small.h5 --strategy entropi
refuses 2 "listed twice" small.h5 --seeds 1,1
refuses 2 "list-trials" small.h5 --trial 7
"$BIN/fal_hpc" small.h5 --strategy logo,random --seeds 4 --list-trials >out 2>err || fail "--list-trials"
grep -q "did you mean --seeds 1-4?" err || { cat err; fail "a single seed for two strategies is not asked about"; }
"$BIN/fal_hpc" small.h5 --strategy logo --seeds 4 --list-trials >out 2>err; [ ! -s err ] || { cat err; fail "one strategy is asked about"; }
refuses 2 "an item of the list is empty" small.h5 --strategy logo, random
refuses 2 "did you mean" small.h5 --strategy logo,entropi
refuses 4 "folder_is_a_file" small.h5 $short --output folder_is_a_file/results
if [ "$(id -u)" != 0 ]; then
  mkdir closed; chmod 555 closed
  refuses 4 "closed" small.h5 $short --output closed
  refuses 4 "closed/new: cannot make the folder: Permission denied" small.h5 $short --output closed/new
fi
# A file that a parameter names is part of the trial: results of what it held before are not taken for those of now.
seq 0 39 | awk 'BEGIN { print "image,client" } { print $1 "," $1 % 4 }' >own.csv
own="small.h5 $short --strategy random --budget 2 --partition own.csv --output kept"
"$BIN/fal_hpc" $own >out 2>err </dev/null || { cat out err; exit 1; }
"$BIN/fal_hpc" $own >out 2>err </dev/null || { cat err; echo "a complete trial is refused"; exit 1; }
sed -i 's/^0,0$/0,1/' own.csv
refuses 2 "another content of the file partition = own.csv" $own
# The number of clients comes from the file, and divides.
printf 'image,client\n' >none.csv; printf 'image,client\n0,-1\n1,-1\n' >unused.csv; printf 'image,client\n0,0\n1,2\n' >gap.csv
for file in none unused; do
  refuses 3 "$file.csv: names no image" small.h5 $short --partition $file.csv
  refuses 3 "$file.csv: names no image" small.h5 $short --partition $file.csv --dry-run
  "$BIN/fal_data" partition small.h5 --partition $file.csv >out 2>err; [ $? = 3 ] || { cat out err; echo "fal_data: $file.csv"; exit 1; }
done
refuses 3 "no image belongs to client 1" small.h5 $short --partition gap.csv
model=$(ls kept/*.h5)
refuses 3 "holds a cnn4conv of 10 classes, but a resnet10 of 10" small.h5 $short --model resnet10 --init file --init-model "$model" --output kept
[ "$(ls kept)" = "$(basename "$model")" ] || { echo "files are left behind:"; ls -la kept; exit 1; }
[ -z "$(ls outputs 2>/dev/null)" ] || { echo "files are left behind:"; ls -la outputs; exit 1; }
