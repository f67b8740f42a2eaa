# One digest for any number of ranks and threads, for any algorithm of the sum, and when run again.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
small_dataset small.h5
expected=
for setup in "1 1" "2 1" "3 1" "5 1" "10 1" "1 2" "2 2" $(other_sums | tr ' ' ',' | sed 's/^.*$/2,1,& 3,1,&/') "1 1"; do
  read -r np threads variables <<<"${setup//,/ }"
  rm -rf outputs
  (for v in $variables; do export "$v"; done; ranks "$np" small.h5 $short --strategy logo,random --threads "$threads") >out 2>err ||
    { cat out err; exit 1; }
  digests=$("$BIN/fal_data" digest outputs/*.h5 | cut -d' ' -f1 | tr '\n' ' ')
  expected=${expected:-$digests}
  [ "$digests" = "$expected" ] || { echo "ranks, threads, algorithm $setup: $digests instead of $expected"; exit 1; }
done
# The two strategies share AL round 1, and only that: their files differ.
[ "$(echo $expected | tr ' ' '\n' | sort -u | wc -l)" = 2 ]
