# One digest for any number of ranks and threads, for any Allreduce algorithm, and when run again.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5
expected=
for setup in "1 1" "2 1" "3 1" "5 1" "10 1" "1 2" "2 2" "3 1 1" "3 1 4" "1 1"; do
  set -- $setup
  rm -rf outputs
  OMPI_MCA_coll_tuned_use_dynamic_rules=${3:+1} OMPI_MCA_coll_tuned_allreduce_algorithm=${3:-} \
    ranks "$1" small.h5 $short --strategy logo,random --threads "$2" >out 2>err || { cat out err; exit 1; }
  digests=$("$BIN/fal_data" digest outputs/*.h5 | cut -d' ' -f1 | tr '\n' ' ')
  expected=${expected:-$digests}
  [ "$digests" = "$expected" ] || { echo "ranks, threads, algorithm $setup: $digests instead of $expected"; exit 1; }
done
# The two strategies share AL round 1, and only that: their files differ.
[ "$(echo $expected | tr ' ' '\n' | sort -u | wc -l)" = 2 ]
