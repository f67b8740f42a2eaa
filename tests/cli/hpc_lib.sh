# For the tests of fal_hpc: a small data set, a short trial, mpirun with a time limit. Sourced after lib.sh.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
limit=$((60 * ${FAL_TEST_SLOW:-1}))

# 28x28 grey: the smallest images of a real kind.
small_dataset() { "$BIN/fal_data" synth -o "${1:-small.h5}" --train 400 --test 150 --seed 5 >/dev/null; }

# ranks NP arguments...: fal_hpc under mpirun.
ranks() { local np=$1; shift; timeout -k 5 "$limit" mpirun -q -np "$np" "$BIN/fal_hpc" "$@" </dev/null; }

# A trial of seconds: 4 clients, 2 AL rounds of 3 FL rounds.
short="--clients 4 --al-rounds 2 --fl-rounds 3 --local-epochs 1 --budget 12 --batch-size 16 --evaluate 2 --local-only-epochs 3"

digest_of() { "$BIN/fal_data" digest "$1" | cut -d' ' -f1; }
