# Where the trials of a sweep are: every state that there is, by both commands, as tables and as CSV.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5
job="small.h5 $short --al-rounds 3 --fl-rounds 40 --strategy random,logo,entropy:global --seeds 1-4"
hpc() { "$BIN/fal_hpc" $job "$@" </dev/null; }
name() { ls outputs/*_$1_s$2.h5"${3:-}"; }

# begin TRIAL LINE: it runs as process $pid, and has said this.
begin() {
  "$BIN/fal_hpc" $job --trial $1 </dev/null >"out$1" 2>&1 & pid=$!
  for _ in $(seq 1 $((600 * ${FAL_TEST_SLOW:-1}))); do if grep -q "$2" "out$1" 2>/dev/null; then return; fi; sleep 0.02; done
  cat "out$1"; fail "trial $1 never said \"$2\""
}
for trial in 0 3 6; do hpc --trial $trial >out 2>&1 || { cat out; fail "trial $trial"; }; done       # random 1, 2, 3
begin 1 "AL round 2, FL round 5/"; kill -KILL $pid; wait $pid 2>/dev/null                              # logo 1
begin 4 "AL round 1, FL round 5/"; kill -KILL $pid; wait $pid 2>/dev/null                              # logo 2
begin 2 "AL round 2, FL round 5/"; kill -USR1 $pid; code=0; wait $pid || code=$?; [ $code = 75 ] || fail "stop: $code" # entropy 1
begin 5 "AL round 2, FL round 5/"; running=$pid; kill -STOP $running; trap 'kill -KILL $running' EXIT # entropy 2
damaged=$(name random 3); truncate -s 3000 "$damaged"
stem=$(name random 1); stem=${stem%_random_s1.h5}
sign="logo seed 3 AL round 2 of 3 FL round 7 of 40 accuracy 0.2500 left 100.0 ."
printf 'elsewhere 1\n%s\n' "$sign" >"${stem}_logo_s3.h5.lock"                                          # logo 3
printf 'elsewhere 1\n%s\n' "${sign/3 AL/4 AL}" >"${stem}_logo_s4.h5.lock"                              # logo 4
touch -d '-1 hour' "${stem}_logo_s4.h5.lock"
cp small.h5 outputs/ # no trial

here=$(uname -n | cut -c1-12); time='[0-9.]+ (s|min|h)'
row() { expect_line "^$1 +$2 +$3 +$4 +$5 +$6 +$7 +$8 +$9\$" out; }
rows() {
  row random 1 complete 3/3 40/40 '[0-9.]+' "$here" "$time" -
  row random 2 complete 3/3 40/40 '[0-9.]+' "$here" "$time" -
  row random 3 damaged - - - - "$time" -; expect_line "^damaged: .*/${damaged##*/}: is truncated" out
  row logo 1 killed 1/3 40/40 '[0-9.]+' "$here" "$time" "$time" # saved at the end of AL round 1
  row logo 2 killed 1/3 0/40 - "$here" "$time" -                  # nothing was saved
  row entropy:global 1 stopped 2/3 '[0-9]+/40' '[0-9.]+' "$here" "$time" "$time"
  row entropy:global 2 running 2/3 '[0-9]+/40' '[0-9.]+' "$here" "$time" "$time"
  row logo 3 running 2/3 7/40 25.0 elsewhere "$time" "$time"
  row logo 4 'no sign' 2/3 7/40 25.0 elsewhere '60 min' -
}
expect_exit 0 hpc --list-trials --status; rows; expect_empty err
row entropy:global 3 'not begun' - - - - - -; row random 4 'not begun' - - - - - -; row entropy:global 4 'not begun' - - - - - -
expect_line '^12 trials: 1 damaged, 2 complete, 2 killed, 1 stopped, 1 no sign, 2 running, 3 not begun$' out
[ "$(grep -cE '^(random|logo|entropy:global) +[1-4] ' out)" = 12 ] || { cat out; fail "not 12 rows"; }
grep -E '^(random|logo|entropy:global) +[1-4] ' out >table; expect_no_line '^.{80}' table
for folder in outputs outputs/; do
  expect_exit 0 "$BIN/fal_report" --status $folder; rows; expect_empty err
  expect_line '^9 trials: 1 damaged, 2 complete, 2 killed, 1 stopped, 1 no sign, 2 running$' out
  expect_line 'Trials that have not begun have no files; fal_hpc knows them' out; expect_no_line 'not begun +-' out
done

# CSV: the same from both, but for the trials that have not begun and the seconds.
for who in hpc report; do
  if [ $who = hpc ]; then expect_exit 0 hpc --list-trials --status --csv; else expect_exit 0 "$BIN/fal_report" --status outputs --csv; fi
  "$PYTHON" - out >$who.csv <<'PY' || fail "CSV of $who"
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
assert all(None not in r and None not in r.values() for r in rows)
for r in sorted(rows, key=lambda r: (r["strategy"], int(r["seed"]))):
    if r["state"] != "not begun":
        assert float(r["seconds_since_sign"]) >= 0 and r["file"].endswith(f"_s{r['seed']}.h5") and bool(r["reason"]) == (r["state"] == "damaged"), r
        print(*(r[k] for k in r if not k.startswith("seconds")), sep=";")
PY
done
cmp hpc.csv report.csv || { diff hpc.csv report.csv; fail "two tables"; }
[ "$(wc -l <report.csv)" = 9 ] || fail "not 9 lines"

# One file, several folders, an empty one, one that is not there; nothing but --csv goes along.
expect_exit 0 "$BIN/fal_report" --status "$(name logo 1)"; expect_line '^1 trial: 1 killed$' out
mkdir empty; expect_exit 0 "$BIN/fal_report" --status outputs empty; expect_line '^9 trials: ' out
expect_exit 0 "$BIN/fal_report" --status empty; expect_line '^0 trials$' out
expect_exit 3 "$BIN/fal_report" --status nowhere; expect_message fal_report 'nowhere: cannot be read: No such file'
expect_exit 2 "$BIN/fal_report" --status outputs --aulc; expect_message fal_report 'status: goes with --csv and nothing else'
expect_exit 2 hpc --status; expect_message fal_hpc '--status: goes with --list-trials'
expect_exit 2 hpc --list-trials --csv; expect_message fal_hpc '--csv: goes with --list-trials --status'

# Looking changed nothing: the job goes on and ends as if nobody had looked.
kill -CONT $running; wait $running || { cat out5; fail "the trial that was looked at"; }
hpc --trial 2 >out 2>&1 || { cat out; fail "the trial that was stopped"; }
expect_exit 0 hpc --list-trials --status; expect_line '^12 trials: 1 damaged, 4 complete, 2 killed, ' out
row entropy:global 1 complete 3/3 40/40 '[0-9.]+' "$here" "$time" -; row entropy:global 2 complete 3/3 40/40 '[0-9.]+' "$here" "$time" -
