#!/usr/bin/env bash
# Only fal_hpc (and fal_bench, which measures the aggregation) link MPI: the others run on a machine without it, and those
# of sites are built on one (make site), where make all stops.
set -u
checked=0
for program in "$BIN"/fal_*; do
  name=$(basename "$program")
  libraries=$(ldd "$program") || { echo "FAIL: ldd $name"; exit 1; }
  case $name in
    fal_hpc) grep -q libmpi <<<"$libraries" || { echo "FAIL: fal_hpc does not link MPI, so this test looks wrongly"; exit 1; };;
    fal_bench) ;;
    *)
      if grep -iE 'libmpi|libopen-rte|libopen-pal|libpmix' <<<"$libraries"; then echo "FAIL: $name links MPI"; exit 1; fi
      checked=$((checked + 1));;
  esac
done
plan() { make -n -C "$TOP" "FLAVOUR=${FLAVOUR:-release}" MPICC=/no/mpicc MPI_CFLAGS= MPI_LIBS= "$1" >plan 2>&1; }
plan site || { tail -n 1 plan; echo "FAIL: make site wants an MPI"; exit 1; }
plan all && { echo "FAIL: make all goes without MPI, so this test looks wrongly"; exit 1; }
[ $checked -gt 0 ] || { echo "FAIL: no program to look at in $BIN"; exit 1; }
