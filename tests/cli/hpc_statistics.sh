# t-scores, winning rates and penalty matrix at the end of a job equal an independent computation from its 12 files.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
need_h5py
"$BIN/fal_data" synth -o small.h5 --train 240 --test 200 --seed 5 >/dev/null
job="small.h5 --clients 4 --al-rounds 4 --fl-rounds 3 --local-epochs 1 --budget 8 --batch-size 8 --evaluate 2 --local-only-epochs 2"
ranks 4 $job --strategy logo,entropy:global,random --seeds 1-4 --ranks-per-trial 1 >printed 2>err || { cat printed err; fail "the job"; }
"$BIN/fal_report" outputs --penalty -o tables >out || fail "fal_report"
"$PYTHON" "$TOP/tests/checks/summary.py" printed tables outputs/*.h5 || { cat printed; fail "not what the files say"; }
