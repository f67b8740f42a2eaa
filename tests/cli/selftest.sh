# fal_hpc --selftest: passes alone and under mpirun with the same digests, leaves no file, tells arithmetic that is not
# what it must be from arithmetic that is, and says what is wrong with its place.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
mkdir place; export TMPDIR=$PWD/place
ours() { find place -name 'fal*'; } # Open MPI keeps a folder of its own there
left() { [ -z "$(ours)" ] || { ours; fail "$1: files are left"; }; }
digests() { grep -oE ': [0-9a-f]{12}$' "$1" | sort -u; }

expect_exit 0 "$BIN/fal_hpc" --selftest
left alone; expect_empty err; cp out alone
for line in "^MPI +[A-Z]" "^HDF5 +[0-9]" "^BLAS +OpenBLAS" "^PASS  HDF5" "^PASS .*by the reference kernels" \
    "^PASS  kernels [a-z]" "^PASS  two threads" "^PASS  stopped and gone on" "^6 passed, 0 failed"; do expect_line "$line" out; done
expect_exit 0 ranks 3 --selftest
left "3 ranks"; expect_line ", 3 ranks$" out; expect_line "^PASS  one rank alone gives the digest of 3" out
expect_line "^PASS  3 ranks compute the same bits" out; expect_line "^8 passed, 0 failed" out
[ "$(digests out)" = "$(digests alone)" ] || { cat alone out; fail "3 ranks: other digests"; }
# A CPU that is newer than this OpenBLAS gets the kernels that its instructions are for.
if grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo && [ -z "${OPENBLAS_CORETYPE:-}${OMP_PROC_BIND:-}" ] &&
  grep -q "^BLAS .*DYNAMIC_ARCH" alone; then
  expect_no_line "^BLAS .* core (Prescott|Core2|Nehalem|Barcelona|Sandybridge)$" alone
fi
# What it calls known does not depend on the kernels of the C library, of BLAS or of this CPU.
expect_exit 2 env FAL_KERNELS_ISA=avx1024 "$BIN/fal_hpc" --selftest; expect_line 'FAL_KERNELS_ISA=avx1024: must be one of .*blas' err
expect_exit 0 env OPENBLAS_CORETYPE=Prescott FAL_KERNELS_ISA=blas GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4 \
  "$BIN/fal_hpc" --selftest

# A C library whose exponential function is off.
printf '%s\n' '#include <math.h>' 'double exp(double x) { return exp2(x * 1.4427) ; }' >off.c
${CC:-cc} -O1 -fno-builtin -shared -fPIC -o off.so off.c -lm || fail "off.so does not build"
expect_exit 1 env ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" LD_PRELOAD="$PWD/off.so" \
  "$BIN/fal_hpc" --selftest
left "a wrong exponential function"
expect_line "^FAIL .*reference kernels gives the known digest: [0-9a-f]{12} instead of" out
expect_message fal_hpc 'selftest: 1 of 6 checks failed'
# One rank of two whose kernels are others than those of the first.
if ! grep -q "^PASS  kernels blas" alone; then
  cat >one.sh <<'E2'
case ${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-${PMIX_RANK:-}}} in 1) export FAL_KERNELS_ISA=blas;; esac
exec "$@"
E2
  timeout -k 5 "$limit" mpirun -np 2 bash one.sh "$BIN/fal_hpc" --selftest >out 2>err </dev/null
  [ $? = 1 ] || { cat out err; fail "ranks of two kinds: not exit code 1"; }
  left "ranks of two kinds"; expect_line "^FAIL  rank 1 on .* \(blas\) computes other bits than rank 0" out
else
  echo "skipped: ranks of two kinds (this CPU has no vector kernels)"
fi

# A command line with more than that.
expect_exit 2 "$BIN/fal_hpc" --selftest data.h5; expect_message fal_hpc 'selftest: stands alone'
expect_exit 2 "$BIN/fal_hpc" --selftest --threads 2; expect_message fal_hpc 'selftest: stands alone'
# Stopped: as any job, and nothing is left.
"$BIN/fal_hpc" --selftest >out 2>err </dev/null & pid=$!
for _ in $(seq 200); do [ -z "$(ours)" ] || break; sleep 0.05; done
kill -USR1 $pid; wait $pid; code=$?
[ $code = 75 ] || { cat out err; fail "stopped: exit code $code"; }
left stopped
# A place that cannot be used. Open MPI has files of its own there: 4 can be told to keep them elsewhere, 5 makes the
# folder and needs room in it.
export OMPI_MCA_orte_tmpdir_base=$PWD
case $(mpi_family) in
  openmpi-4 | mpich | intel)
    expect_exit 4 env TMPDIR="$PWD/nowhere" "$BIN/fal_hpc" --selftest
    expect_message fal_hpc 'nowhere: cannot make a folder.*TMPDIR'
    if unshare -m mount -t tmpfs none place 2>/dev/null; then # a disk that is full
      unshare -m bash -c 'mount -t tmpfs -o size=64k none place; "$BIN/fal_hpc" --selftest >out 2>err; echo $? >code
        find place -name "fal*" >left'
      [ "$(cat code)" = 4 ] || { cat out err; fail "a full disk: exit code $(cat code)"; }
      expect_message fal_hpc 'No space left'; expect_empty left
    else
      echo "skipped: a full disk (needs root)"
    fi;;
  *) echo "skipped: places that cannot be used ($(mpi_family))";;
esac
exit 0
