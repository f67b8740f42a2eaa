#!/usr/bin/env bash
# make fuzz, make fuzz-coverage: the targets of this folder, each for RUNS inputs; a line per target with executions,
# seconds and findings. A finding is an input that crashes, leaks, takes more than the limits below, or breaks what the
# target expects: it stays in build/fuzz/found, and exit 1 says so.
#
#   run.sh fuzz | coverage     CLANG= compiler   RUNS= [20000]   TARGET= names, all without   MAKE=
#
# The targets h5_KIND are HDF5 files, which are read in a child process (h5_loop.c) of an ordinary build; of them a tenth
# of RUNS.
#
# Inputs start from build/fuzz/seeds (seeds.py) and tests/corpus/fuzz, both read only; what libFuzzer finds worth keeping
# goes to build/fuzz/corpus and is where the next run goes on.
set -u
cd "$(dirname "$0")/../.." || exit 1
RUNS=${RUNS:-20000}
MEMORY=1024 ALLOCATION=512 SECONDS_EACH=10 LENGTH=4096
FOLDER=build/fuzz

KINDS="dataset model results checkpoint answers arrays mat"
h5=$(for k in $KINDS; do echo "h5_$k"; done)
all=$(ls tests/fuzz/fuzz_*.c | sed 's|.*/fuzz_||;s|\.c$||' | grep -v '^import$')
targets= kinds=
for t in ${TARGET:-$all $h5}; do
  case " $(echo $all) " in *" $t "*) targets="$targets $t"; continue;; esac
  case " $(echo $h5) " in *" $t "*) kinds="$kinds ${t#h5_}";; *) echo "fuzz: there is no target $t: one of" $all $h5; exit 2;; esac
done

libfuzzer() { # can the compiler do it? Says why not.
  [ -n "${CLANG:-}" ] || { echo "fuzz: skipped:$targets: clang is not there"; return 1; }
  echo 'int LLVMFuzzerTestOneInput(const char *b, unsigned long n) { (void)b; (void)n; return 0; }' |
    "$CLANG" -x c -fsanitize=fuzzer,address - -o /dev/null 2>/dev/null ||
    { echo "fuzz: skipped:$targets: $CLANG has no libFuzzer (Debian: libclang-rt-dev of its version)"; return 1; }
}
build() { # build FLAVOUR: programs is where they are
  "$MAKE" --no-print-directory CC="$CLANG" FLAVOUR="$1" fuzz-built || exit 1
  programs=$("$MAKE" --no-print-directory CC="$CLANG" FLAVOUR="$1" print-OBJ | sed 's/.*= //')/tests/fuzz
}
seeds() {
  "$PYTHON" tests/fuzz/seeds.py $FOLDER/seeds || { echo "fuzz: the seeds cannot be made"; exit 1; }
}
# Importers run in a child process that ends with them: what they hold when they fail goes with it.
leaks() { case $1 in npz | idx) echo 0;; *) echo 1;; esac; }
number() { sed -n "s/^stat::$1: *//p" "$FOLDER/log/$target" | tail -n 1; }

mkdir -p $FOLDER/log $FOLDER/found
FAL_FUZZ_FOLDER=$(mktemp -d /dev/shm/fal_fuzz.XXXXXX) || exit 1
export FAL_FUZZ_FOLDER OMP_NUM_THREADS=1
trap 'rm -rf "$FAL_FUZZ_FOLDER"' EXIT

# Files that a kind of HDF5 starts from.
h5_files() {
  local versions=tests/fixtures/hdf5_versions
  case $1 in
    dataset) echo tests/fixtures/v010/tiny.h5 $versions/hdf5_2.0_default.h5 $versions/hdf5_*latest*.h5;;
    model) echo $versions/hdf5_2.0_model*.h5;;
    results) echo $versions/hdf5_2.0_results*.h5;;
    checkpoint) echo tests/fixtures/v010/stopped.ckpt.h5;;
    answers) "$loop" write-answers $FOLDER/answers.h5 && echo $FOLDER/answers.h5;;
    arrays) echo $versions/hdf5_2.0_arrays*.h5;;
    mat) echo $FOLDER/seeds/h5_mat/*;;
  esac
}
fuzz_h5() {
  local kind start code found=0 loop
  "$MAKE" --no-print-directory fuzz-h5-built || exit 1
  seeds
  loop=$("$MAKE" --no-print-directory print-OBJ | sed 's/.*= //')/tests/fuzz/h5_loop
  for kind in $kinds; do
    start=$SECONDS
    "$loop" "$kind" $((RUNS / 10)) "${SEED:-1}" $(h5_files "$kind") >"$FOLDER/log/h5_$kind" 2>&1; code=$?
    if [ $code = 0 ]; then
      printf '%-14s %s, %d s: no finding\n' "h5_$kind" "$(tail -n 1 "$FOLDER/log/h5_$kind")" $((SECONDS - start))
    else
      found=1; printf '%-14s %d s: %s\n' "h5_$kind" $((SECONDS - start)) "$(tail -n 1 "$FOLDER/log/h5_$kind")"
    fi
  done
  return $found
}

fuzz() {
  local found=0 target start code
  build fuzz
  seeds
  export UBSAN_OPTIONS=print_stacktrace=1
  for target in $targets; do
    mkdir -p "$FOLDER/corpus/$target" "$FOLDER/seeds/$target" "tests/corpus/fuzz/$target"
    start=$SECONDS
    ASAN_OPTIONS=detect_leaks=$(leaks "$target") "$programs/fuzz_$target" -runs="$RUNS" -detect_leaks="$(leaks "$target")" \
      -rss_limit_mb=$MEMORY -malloc_limit_mb=$ALLOCATION -timeout=$SECONDS_EACH -max_len=$LENGTH -print_final_stats=1 \
      -artifact_prefix="$FOLDER/found/$target-" \
      "$FOLDER/corpus/$target" "tests/corpus/fuzz/$target" "$FOLDER/seeds/$target" >"$FOLDER/log/$target" 2>&1; code=$?
    printf '%-14s %s executions, %d s: %s\n' "$target" "$(number number_of_executed_units)" $((SECONDS - start)) \
      "$([ $code = 0 ] && echo "no finding" || sed -n 's/^FINDING: \|^SUMMARY: //p' "$FOLDER/log/$target" | head -n 1)"
    [ $code = 0 ] || found=1
  done
  return $found
}

# Readers, by target; what another part of the file does (writing) counts as not reached.
coverage() {
  local target profiles=()
  build fuzzcov
  seeds
  for target in $targets; do
    local folders=()
    for folder in "$FOLDER/corpus/$target" "tests/corpus/fuzz/$target" "$FOLDER/seeds/$target"; do
      [ ! -d "$folder" ] || folders+=("$folder")
    done
    LLVM_PROFILE_FILE=$FOLDER/$target.profraw "$programs/fuzz_$target" -runs=0 "${folders[@]}" >"$FOLDER/log/$target" 2>&1 ||
      echo "$target: ended with $?"
    profiles+=("$FOLDER/$target.profraw")
  done
  llvm-profdata merge -o $FOLDER/all.profdata "${profiles[@]}" || exit 1
  local objects=()
  for target in $targets; do objects+=(-object "$programs/fuzz_$target"); done
  llvm-cov export -summary-only -instr-profile $FOLDER/all.profdata "${objects[@]}" |
    "$PYTHON" tests/fuzz/coverage.py
}

case ${1:-fuzz} in
  fuzz)
    found=0
    [ -z "$targets" ] || ! libfuzzer || (fuzz) || found=1
    [ -z "$kinds" ] || fuzz_h5 || found=1
    exit $found;;
  coverage) ! libfuzzer || coverage;;
  *) echo "run.sh fuzz | coverage"; exit 2;;
esac
