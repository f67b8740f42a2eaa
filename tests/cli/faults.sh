# A small sample of make test-faults: killed jobs, failing operations, refused memory, a disk that fills up, polls.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
need_h5py
compiler=${CC:-cc}; command -v "${compiler%% *}" >/dev/null || skip "there is no C compiler"
case $FLAVOUR in sanitize|tsan) skip "a preloaded library and the sanitizer of FLAVOUR=$FLAVOUR do not go together";; esac
"$PYTHON" "$TOP/tests/faults/faults.py" --count 4 --seed 1 --polls 100 --one-mpi >out 2>&1 || { cat out; exit 1; }
cat out
