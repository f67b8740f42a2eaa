#!/usr/bin/env bash
# make deps: silent when all is there; otherwise installs if it may, or says how. Uses a folder of stand-ins for the
# commands that it calls, so that nothing is ever installed here.
set -u
deps=$TOP/scripts/deps.sh
fail() { echo "FAIL: $*"; exit 1; }
has() { grep -qF -- "$2" "$1" || { cat "$1"; fail "\"$2\" is not in $1"; }; }

"$deps" >out 2>err || { cat out err; fail "something is missing although the tests were built"; }
if grep -q ': no ' err; then grep ': no ' err | paste -sd' ' -; exit 77; fi # one that make builds without
[ ! -s out ] && [ ! -s err ] || { cat out err; fail "output although all is there"; }

unset MPI_CFLAGS MPI_LIBS # here mpicc is asked
# Commands without mpirun: links to what the script calls, and stand-ins that note how they were called.
mkdir bin
plain=$(sed 's#[^:]*/ccache:##g' <<<"$PATH:") # ccache's links look for the compiler behind them in PATH
for c in bash env mktemp rm cat grep sed awk xargs printf paste tr basename gcc cc "${CC:-gcc}" as ld collect2 pkg-config make h5dump python3 dirname; do
  p=$(PATH=$plain type -P "$c") && ln -sf "$p" "bin/$c"
done
ln -sf "${PYTHON:-python3}" bin/python3
stand_in() { printf '#!/bin/bash\n%s\n' "$2" >"bin/$1"; chmod +x "bin/$1"; }
mpicc_of_path=$(PATH=$plain type -P mpicc)
real_mpicc() { stand_in mpicc "exec $mpicc_of_path \"\$@\""; } # a link would hide where it lies
real_mpicc
run() { : >calls; PATH=$PWD/bin CALLS=$PWD/calls "$deps" "$@" >out 2>err </dev/null; code=$?; }

# Neither root nor sudo: the command is printed, nothing is called.
stand_in id 'echo 1000'; stand_in sudo 'exit 1'; stand_in apt-get 'echo "apt-get $*" >>"$CALLS"'; stand_in apt-cache 'exit 0'
run
[ $code = 1 ] || { cat err; fail "exit code $code without mpirun"; }
has err "not found: mpirun"; has err "sudo apt-get install openmpi-bin"; has err "spack install openmpi"; has err "module load"
[ ! -s calls ] || { cat calls; fail "something was called"; }

# A sudo that asks for nothing: installed through it, without questions, without fetching lists that are there.
stand_in sudo 'if [ "$*" = "-n true" ]; then exit 0; fi; shift; exec "$@"'
stand_in apt-get 'echo "$DEBIAN_FRONTEND apt-get $*" >>"$CALLS"; case "$*" in *install*) /bin/ln -sf /bin/true "${CALLS%/*}/bin/mpirun";; esac'
run
[ $code = 0 ] || { cat err; fail "exit code $code after installing"; }
has calls "noninteractive apt-get -q -y"; has calls "install --no-install-recommends openmpi-bin"
grep -q update calls && fail "lists fetched without need"
rm bin/mpirun

# Root, and lists that do not know the package.
stand_in id 'echo 0'; stand_in apt-cache 'exit 100'
run
[ $code = 0 ] || { cat err; fail "exit code $code as root"; }
has calls "update"; has calls "install --no-install-recommends openmpi-bin"
rm bin/mpirun

# An installation that does not help is not success.
stand_in apt-get 'echo "apt-get $*" >>"$CALLS"; exit 100'
run
[ $code = 1 ] || fail "exit code $code after a failed installation"
has err "not found: mpirun"

# An mpicc that gives no flags: another MPI beside it is no help, so nothing is installed.
ln -s /bin/true bin/mpirun; stand_in mpicc 'exit 1'
run
[ $code = 1 ] || fail "exit code $code with an mpicc without an answer"
has err "mpicc: it answers neither"; [ ! -s calls ] || { cat calls; fail "something was installed beside it"; }
# The mpirun of another MPI than mpicc's is named, and no more.
real_mpicc; rm bin/mpirun; stand_in mpirun 'echo "Intel(R) MPI Library for Linux* OS, Version 2021.18"'
run
[ $code = 0 ] || { cat err; fail "exit code $code with another mpirun"; }
if ! mpicc -v 2>&1 | grep -q Intel; then has err "but mpirun is of another MPI (intel)"; fi
rm bin/mpirun

# What make builds without stops nobody where it cannot be installed; what will be missing is said. For tests, what they
# are compiled with is required.
mv bin/pkg-config bin/real-pkg-config
stand_in pkg-config 'case " $* " in *" libpng "* | *" cmocka "*) exit 1;; esac; exec real-pkg-config "$@"'
stand_in cc_of_a_node 'case " $* " in *" -lcmocka "*) exit 1;; *" -E "* | *" ${NEEDED:--o} "*) exec '"${CC:-gcc}"' "$@";; esac; exit 1'
ln -s /bin/true bin/mpirun; stand_in id 'echo 1000'; stand_in sudo 'exit 1'
export CC=cc_of_a_node
run
[ $code = 0 ] || { cat err; fail "exit code $code without libpng and cmocka"; }
has err "no libpng: no PNG pictures"; has err "no cmocka: make test stops"; has err "apt-get install libpng-dev libcmocka-dev"
run tests
[ $code = 1 ] || fail "exit code $code without cmocka, for tests"
has err "not found: cmocka"; has err "optional: libpng (no PNG pictures"; [ ! -s calls ] || { cat calls; fail "something was called"; }
# Flags that make is given count here, with their quotes.
export NEEDED='-I/opt/with blank'
run
[ $code = 1 ] || fail "exit code $code without the flags that are needed"
CPPFLAGS='"-I/opt/with blank" -DONE' run
[ $code = 0 ] || { cat err; fail "exit code $code with CPPFLAGS"; }
LDFLAGS='"-I/opt/with blank"' run
[ $code = 0 ] || { cat err; fail "exit code $code with LDFLAGS"; }
unset NEEDED CC
mv bin/real-pkg-config bin/pkg-config; rm bin/mpirun

# No package manager at all.
rm bin/apt-get bin/apt-cache
run
[ $code = 1 ] || fail "exit code $code without apt-get"
has err "not found: mpirun"

# Without pkg-config the libraries are still looked for.
rm bin/pkg-config; ln -s /bin/true bin/mpirun
run
[ $code = 1 ] || fail "exit code $code without pkg-config"
has err "pkg-config"
exit 0
