#!/usr/bin/env bash
# The layer check: silent on this program, and it finds each kind of violation in a small one made for it.
set -u
check=$TOP/tests/checks/layers.sh
fail() { echo "FAIL: $*"; exit 1; }

"$check" "$TOP" >out || { cat out; fail "the program does not keep to its layers"; }
[ ! -s out ] || { cat out; fail "output although all is well"; }

# wrong FILE TEXT EXPECTED: a program of that one file is refused with that line.
wrong() {
  rm -rf small; mkdir -p "small/$(dirname "$1")" small/src small/include/fal
  printf "$2" >"small/$1"
  "$check" small >out && fail "not noticed in $1: $2"
  grep -qF -- "$1:$3" out || { cat out; fail "expected $1:$3"; }
  [ "$(wc -l <out)" = 1 ] || { cat out; fail "more than one finding in $1"; }
}
right() {
  rm -rf small; mkdir -p "small/$(dirname "$1")" small/src small/include/fal
  printf "$2" >"small/$1"
  "$check" small >out || { cat out; fail "refused without reason: $1"; }
}
wrong src/nn/a.c '/* x */\n#include "fal/fed/round.h"\n' '2: layer nn may not include "fal/fed/round.h"'
wrong src/report/a.c '#include "fal/experiment/job.h"\n' '1: layer report may not include'
right src/report/a.c '#include "fal/results/curve.h"\n'
wrong include/fal/base/a.h '#include "fal/io/h5.h"\n' '1: layer base may not include'
wrong src/data/a.c '#include "other_internal.h"\n' '1: "other_internal.h" is no header of layer data'
wrong src/fed/a.c '#include <mpi.h>\n' '1: <mpi.h> belongs in src/comm/'
wrong src/nn/layers.c '#include <cblas.h>\n' '1: <cblas.h> belongs in src/nn/gemm.c'
right src/nn/gemm.c '#include <cblas.h>\n'
wrong src/query/a.c '#include <omp.h>\n' '1: <omp.h> belongs in src/base/parallel.c'
wrong src/experiment/a.c '#include <hdf5.h>\n' '1: <hdf5.h> belongs in src/io/'
wrong include/fal/io/a.h 'int a;\n\nvoid f(hid_t file);\n' "3: a foreign library's name"
right include/fal/io/a.h '/* hid_t and\n MPI_Comm stay out */\n'
wrong src/io/a.c 'void f(void)\n{\n    exit(3);\n}\n' '3: only apps'
wrong src/io/a.c 'void f(void)\n{\n    fprintf(stderr, "x");\n}\n' '3: only apps'
wrong src/io/a.c 'void f(void)\n{\n    printf("x");\n}\n' '3: only apps'
right src/io/a.c 'void f(void)\n{\n    g("exit(3) printf(1) \\" stderr", snprintf(x)); // abort()\n}\n'
right src/apps/a.c 'int main(void) { printf("x"); exit(2); }\n'
right src/io/sandbox.c 'void child(void) { _exit(0); }\n'
wrong src/io/sandbox.c 'void child(void) { exit(0); }\n' '1: only apps'
wrong src/io/a.c '#include <assert.h>\n' '1: assert.h: use FAL_ASSERT'
wrong src/fed/a.c 'void f(void) { MPI_Abort(c, 1); }\n' '1: MPI_Abort belongs in src/comm/'
wrong src/report/a.c '#pragma omp parallel\n' '1: no OpenMP in layer report'
wrong src/other/a.c 'int a;\n' '1: other is no layer'

# Global names, from an object as the build makes it.
if command -v nm >/dev/null && command -v gcc >/dev/null; then
  rm -rf small; mkdir -p small/src/io small/include/fal small/build/x/bin small/build/x/io; ln -s x/bin small/build/bin
  printf 'int fal_good(void);\nint bad_name(void);\nint fal_good(void) { return 1; }\nint bad_name(void) { return 2; }\n' >small/src/io/a.c
  gcc -c -o small/build/x/io/a.o small/src/io/a.c || fail "gcc"
  "$check" small >out && fail "a global name without fal_ was not noticed"
  grep -qF 'src/io/a.c:2: global name bad_name' out || { cat out; fail "no line for the global name"; }
fi
exit 0
