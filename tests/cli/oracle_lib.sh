# For tests in which people label: somebody who does, and the loop of asking and going on. Sourced after hpc_lib.sh.
# truth=FILE.h5 has all labels.
people() { "$PYTHON" "$TOP/tests/fixtures/people.py" "$@" || fail "people.py $*"; }
results_of() { find "$1" -maxdepth 1 -name '*_s[0-9].h5' | sort; } # FOLDER

# answer RESULTS FORM [OPTION ...]: the round that waits, a file or folder of answers for each client
answer() {
  local results=$1 form=$2 folder round output; shift 2
  round=$(ls -d "${results%.h5}".query/round_* | sort | tail -n 1)
  rm -rf given; mkdir given
  for folder in "$round"/client_*[0-9]; do
    output=given/$(basename "$folder")
    case $form in folder) ;; csv|studio-csv) output+=.csv;; *) output+=.json;; esac
    "$PYTHON" "$TOP/tests/fixtures/answer_files.py" "$truth" "$folder" "$form" "$output" "$@" || fail "answer_files.py $form"
  done
  expect_exit 0 "$BIN/fal_data" label "$results" given/*
}

# until_done NP FOLDER arguments...: the same command, and all that it asks answered in one form after the other
until_done() {
  local np=$1 folder=$2 results got forms=(csv folder json old-json json-min studio-csv); shift 2
  for turn in $(seq 0 19); do
    got=0; ranks "$np" "$@" --oracle file --output "$folder" >out 2>err || got=$?
    [ $got != 0 ] || return 0
    [ $got = 76 ] || { cat out err; fail "exit code $got instead of 0 or 76"; }
    expect_line '^waiting for labels; the same command goes on$' out
    cp out asked
    for results in $(results_of "$folder"); do
      ! grep -qF "$results, then" asked || answer "$results" "${forms[$((turn % 6))]}"
    done
  done
  fail "still waiting after 20 starts"
}
