#!/usr/bin/env bash
# make fuzz, make fuzz-coverage: the targets of this folder, each for RUNS inputs; a line per target with executions,
# seconds and findings. A finding is an input that crashes, leaks, takes more than the limits below, or breaks what the
# target expects: it stays in build/fuzz/found, and exit 1 says so.
#
#   run.sh fuzz | coverage     CLANG= compiler   RUNS= [20000]   TARGET= names, all without   MAKE=
#
# Inputs start from build/fuzz/seeds (seeds.py) and tests/corpus/fuzz, both read only; what libFuzzer finds worth keeping
# goes to build/fuzz/corpus and is where the next run goes on.
set -u
cd "$(dirname "$0")/../.." || exit 1
RUNS=${RUNS:-20000}
MEMORY=1024 ALLOCATION=512 SECONDS_EACH=10 LENGTH=4096
FOLDER=build/fuzz

[ -n "${CLANG:-}" ] || { echo "fuzz: skipped: clang is not there"; exit 0; }
echo 'int LLVMFuzzerTestOneInput(const char *b, unsigned long n) { (void)b; (void)n; return 0; }' |
  "$CLANG" -x c -fsanitize=fuzzer,address - -o /dev/null 2>/dev/null ||
  { echo "fuzz: skipped: $CLANG has no libFuzzer (Debian: libclang-rt-dev of its version)"; exit 0; }

targets=${TARGET:-$(ls tests/fuzz/fuzz_*.c | sed 's|.*/fuzz_||;s|\.c$||' | grep -v '^import$')}
build() { # build FLAVOUR: programs is where they are
  "$MAKE" --no-print-directory CC="$CLANG" FLAVOUR="$1" fuzz-built || exit 1
  programs=$("$MAKE" --no-print-directory CC="$CLANG" FLAVOUR="$1" print-OBJ | sed 's/.*= //')/tests/fuzz
}
seeds() {
  "$PYTHON" tests/fuzz/seeds.py $FOLDER/seeds || { echo "fuzz: the seeds cannot be made"; exit 1; }
}
# Importers run in a child process that ends with them: what they hold when they fail goes with it.
leaks() { case $1 in npz | idx) echo 0;; *) echo 1;; esac; }
number() { sed -n "s/^stat::$1: *//p" "$FOLDER/log/$target"; }

mkdir -p $FOLDER/log $FOLDER/found
FAL_FUZZ_FOLDER=$(mktemp -d /dev/shm/fal_fuzz.XXXXXX) || exit 1
export FAL_FUZZ_FOLDER OMP_NUM_THREADS=1
trap 'rm -rf "$FAL_FUZZ_FOLDER"' EXIT

fuzz() {
  local found=0 target start code
  build fuzz
  seeds
  export UBSAN_OPTIONS=print_stacktrace=1
  for target in $targets; do
    mkdir -p "$FOLDER/corpus/$target" "$FOLDER/seeds/$target" "tests/corpus/fuzz/$target"
    start=$SECONDS
    ASAN_OPTIONS=detect_leaks=$(leaks "$target") "$programs/fuzz_$target" -runs="$RUNS" -rss_limit_mb=$MEMORY -malloc_limit_mb=$ALLOCATION -timeout=$SECONDS_EACH \
      -max_len=$LENGTH -detect_leaks="$(leaks "$target")" -print_final_stats=1 -artifact_prefix="$FOLDER/found/$target-" \
      "$FOLDER/corpus/$target" "tests/corpus/fuzz/$target" "$FOLDER/seeds/$target" >"$FOLDER/log/$target" 2>&1; code=$?
    printf '%-12s %10s executions %6d s   %s\n' "$target" "$(number number_of_executed_units)" $((SECONDS - start)) \
      "$([ $code = 0 ] && echo "no finding" || sed -n 's/^FINDING: \|^SUMMARY: //p' "$FOLDER/log/$target" | head -n 1)"
    [ $code = 0 ] || found=1
  done
  return $found
}

# Readers, by target; what another part of the file does (writing) counts as not reached.
coverage() {
  local target profiles=()
  build coverage
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
  fuzz) fuzz;;
  coverage) coverage;;
  *) echo "run.sh fuzz | coverage"; exit 2;;
esac
