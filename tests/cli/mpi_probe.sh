# The Makefile's MPI is that of mpicc, whatever questions that answers; an mpicc without an answer is an error, and another
# MPI has another folder of objects. With stand-ins for mpicc that hand on the flags of the real one.
. "$TOP/tests/cli/lib.sh"
flags=$TOP/scripts/mpi_flags.sh
real=${MPICC:-mpicc}
command -v "$real" >/dev/null || skip "there is no mpicc"
"$flags" "$real" >expected || fail "the real $real"
name=$(sed -n 's/^name://p' expected | paste -sd' ' -)
compile=$(sed -n 's/^compile://p' expected | paste -sd' ' -); link=$(sed -n 's/^link://p' expected | paste -sd' ' -)

mkdir bin
# stand_in CASES...: an mpicc with these branches of a case over its first argument
stand_in() { { echo '#!/bin/sh'; echo 'case $1 in'; printf '%s\n' "$@" '*) exit 1;;' 'esac'; } >bin/mpicc; chmod +x bin/mpicc; }
words() { "$flags" "$PWD/bin/mpicc" >got 2>err || { cat err; fail "$1"; }; }

# Open MPI's questions.
stand_in "--showme:compile) echo '$compile';;" "--showme:link) echo '$link';;"
words "an mpicc that answers --showme"; diff expected got || fail "--showme"
# MPICH's, with a compiler's name, options that are not MPI's, quotes, and words in two parts.
noise="-O2 -g -Wall -ffast-math -fstack-protector-strong -march=native"
stand_in "-show) echo 'gcc $noise $compile -DNOISE=1 $link -Xlinker --as-needed -L \"/opt/with quotes\" x.c';;"
words "an mpicc that answers -show"
expect_line '^compile:-DNOISE=1$' got; expect_line '^link:-Xlinker$' got; expect_line '^link:--as-needed$' got
expect_no_line '^(compile|link):(-O2|-g|-Wall|-ffast|-fstack|-march|gcc|x\.c)' got
for word in $compile; do grep -qxF -- "compile:$word" got || fail "-show: $word is lost"; done
for word in $link; do grep -qxF -- "link:$word" got || fail "-show: $word is lost"; done
# MPICH's other two.
stand_in "-compile_info) echo 'gcc $compile';;" "-link_info) echo 'gcc $link';;"
words "an mpicc that answers -compile_info and -link_info"; diff expected got || fail "-compile_info"
# Wrappers that pass what they don't know to the compiler, which answers some options by accident.
stand_in "--showme:*) exec gcc \"\$@\";;" "-show) echo 'gcc $compile $link';;"
words "an mpicc that fails at --showme"; diff expected got || fail "--showme handed to gcc"
# A folder of its own, as wheels have it, is searched at run time too; one that the wrapper names already, not twice.
mkdir -p own/lib; touch own/lib/libmpi.so.12
stand_in "-show) echo 'gcc $compile -L$PWD/own/lib -lmpi';;"; words "a folder of its own"
[ "$(grep -c "^link:-Wl,-rpath,$PWD/own/lib$" got)" = 1 ] || { cat got; fail "no rpath"; }
stand_in "-show) echo 'gcc $compile -L$PWD/own/lib -Wl,-rpath -Wl,$PWD/own/lib -lmpi';;"; words "an rpath of the wrapper's"
[ "$(grep -c rpath got)" = 1 ] || { cat got; fail "an rpath twice"; }

# refused PATTERN: no flags, one line that says what to do
refused() {
  "$flags" "$PWD/bin/mpicc" >out 2>err && fail "accepted: $1"
  expect_empty out; [ "$(wc -l <err)" = 1 ] || { cat err; fail "expected one message"; }
  expect_line "$1" err
}
stand_in; refused "answers neither --showme:link nor -show"
stand_in "*) exit 0;;"; refused "answers neither"
stand_in "-show) echo 'gcc -I/nowhere/include -L/nowhere/lib -lmpi';;"
case " $compile " in *" -I"*) refused "lead to no mpi.h.*I_MPI_ROOT";; esac # not where mpi.h is a system header
stand_in "-show) echo 'gcc: error: unrecognized option -show';;"; refused "answers neither"

# The Makefile takes it on: another MPI is another folder, and the error is make's.
cd "$TOP" || exit 1
show() { make -s --no-print-directory "print-$1" MPICC="$2" | sed "s/^$1 = //"; }
here=$OLDPWD
[ "$(show MPI_NAME "$real")" = "$name" ] || fail "make takes $(show MPI_NAME "$real") for $name"
printf '#!/bin/sh\n[ "$1" = -show ] && echo "gcc %s %s -lm"\n' "$compile" "$link" >"$here/bin/mpicc"
[ "$(show OBJ "$here/bin/mpicc")" != "$(show OBJ "$real")" ] || fail "another way to link has the same folder of objects"
printf '#!/bin/sh\nexit 1\n' >"$here/bin/mpicc"
make -n FLAVOUR="${FLAVOUR:-release}" MPICC="$here/bin/mpicc" all >"$here/out" 2>"$here/err" && fail "make goes on without MPI"
expect_line 'Makefile:[0-9]+: \*\*\* .*bin/mpicc: it answers neither' "$here/err"
# Flags given by hand need no mpicc.
[ "$(make -s --no-print-directory print-MPI_LIBS MPICC=no-such-mpicc MPI_CFLAGS=-I/x MPI_LIBS=-lmine)" = "MPI_LIBS = -lmine" ] || fail "MPI_LIBS by hand"
