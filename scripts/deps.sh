#!/usr/bin/env bash
# make deps: look for everything that building and testing need; install what is missing on Debian and Ubuntu (as root,
# or with a sudo that asks for no password), else print the command. Silent when nothing is missing. What make builds
# without stops nobody: where it cannot be installed, one line says what will be missing. CPPFLAGS, CFLAGS, LDFLAGS,
# MPI_CFLAGS and MPI_LIBS count as in make.
# Usage: scripts/deps.sh [tests]: with the word, what the tests are compiled with is required, too.
# Exit codes: 0 everything required is there, 1 something required is missing and was not installed.
set -u
tests=${1:-}
CC=${CC:-gcc}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/mpi.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

have() { command -v "$1" >/dev/null 2>&1; }

# Flags of the first of these pkg-config modules that is known; nothing without pkg-config.
flags() {
  local option=$1 module; shift
  for module in "$@"; do
    if pkg-config --exists "$module" 2>/dev/null; then pkg-config "$option" "$module"; return; fi
  done
}

# As make's recipes hand them to the shell, so quotes in them count.
eval "given=(${CPPFLAGS:-} ${CFLAGS:-} ${LDFLAGS:-})"

# builds HEADER FUNCTION [FLAG ...]: does a program that takes the function's address compile and link?
builds() {
  local header=$1 function=$2; shift 2
  printf '#include <%s>\nint main(void) { return (void *)(%s) == (void *)0; }\n' "$header" "$function" >"$work/probe.c"
  $CC -std=gnu11 ${given[@]+"${given[@]}"} -w -o "$work/probe" "$work/probe.c" "$@" >/dev/null 2>&1
}

hdf5() { # Debian's .pc file leaves out -lhdf5_hl
  local cflags libs
  cflags=$(flags --cflags hdf5-serial hdf5 hdf5-openmpi); libs=$(flags --libs hdf5-serial hdf5 hdf5-openmpi)
  if [ -z "$libs" ]; then
    cflags=$(h5cc -show 2>/dev/null || h5pcc -show 2>/dev/null); cflags=$(printf '%s\n' $cflags | grep -E '^-[IL]|^-Wl')
    libs=-lhdf5
  fi
  printf '#include <hdf5.h>\n#include <hdf5_hl.h>\n' >"$work/hdf5_both.h"
  builds hdf5_both.h H5DSattach_scale -I"$work" $cflags -Wl,--no-as-needed $(printf '%s\n' $libs | grep -E '^-L') -lhdf5_hl $libs
}
openblas() { builds cblas.h cblas_sgemm $(flags --cflags openblas) $(flags --libs openblas || true) -lopenblas; }
random123() {
  printf '#include <Random123/philox.h>\n' >"$work/random.h"
  builds random.h philox4x32_R -I"$work"
}
library() { # library MODULE HEADER FUNCTION -lNAME
  local found; found=$(flags --libs "$1")
  builds "$2" "$3" $(flags --cflags "$1") ${found:-$4}
}
known() { pkg-config --exists "$1" 2>/dev/null && library "$@"; } # make takes these by their .pc files alone
openmp() { builds omp.h omp_get_max_threads -fopenmp; }
mpi() { # whichever MPI mpicc is, with the flags that make will use
  local words
  if [ -n "${MPI_LIBS:-}" ]; then builds mpi.h MPI_Init ${MPI_CFLAGS:-} $MPI_LIBS; return; fi
  words=$(CC=$CC "$here/mpi_flags.sh" "${MPICC:-mpicc}" 2>"$work/mpi_reason") || return 1
  # shellcheck disable=SC2046
  builds mpi.h MPI_Init $(sed -n 's/^compile://p' <<<"$words") $(sed -n 's/^link://p' <<<"$words")
}
# Ranks that another MPI's mpirun starts do not find each other.
same_mpi() {
  local mine theirs
  if [ -n "${MPI_LIBS:-}" ]; then return; fi
  mine=$(CC=$CC "$here/mpi_flags.sh" "${MPICC:-mpicc}" 2>/dev/null | sed -n 's/^name://p' | paste -sd' ' -); theirs=$(mpi_family)
  case $theirs:$mine in
    openmpi-4:"Open MPI "[1-4].* | openmpi-5:"Open MPI "* | mpich:MPICH* | mpich:MVAPICH* | intel:Intel* | other:* | none:* | *:unknown*) ;;
    *) echo "make deps: ${MPICC:-mpicc} builds for $mine, but mpirun is of another MPI ($theirs): put the bin folder of one of them first in PATH" >&2;;
  esac
}
h5py() {
  local python
  for python in ${PYTHON:-} python3 /usr/bin/python3; do
    if "$python" -c 'import h5py, numpy' >/dev/null 2>&1; then return 0; fi
  done
  return 1
}

case $(basename "${CC%% *}") in clang*) openmp_package=libomp-dev;; *) openmp_package=build-essential;; esac

# The one list: what is needed, Debian's package, Spack's name, the check. make builds without those with ?, and
# only the tests need those with %.
list="
compiler     build-essential     gcc         have ${CC%% *}
make         build-essential     gmake       have make
pkg-config   pkg-config          pkgconf     have pkg-config
OpenMP       $openmp_package     gcc         openmp
mpicc        libopenmpi-dev      openmpi     mpi
mpirun       openmpi-bin         openmpi     have mpirun
HDF5         libhdf5-dev         hdf5+hl     hdf5
%h5dump      hdf5-tools          hdf5+hl     have h5dump
OpenBLAS     libopenblas-dev     openblas    openblas
Random123    librandom123-dev    random123   random123
libcrypto    libssl-dev          openssl     library libcrypto openssl/evp.h EVP_sha256 -lcrypto
?libarchive  libarchive-dev      libarchive  known libarchive archive.h archive_read_new -larchive
zlib         zlib1g-dev          zlib        library zlib zlib.h inflate -lz
?matio       libmatio-dev        matio       known matio matio.h Mat_Open -lmatio
?libpng      libpng-dev          libpng      known libpng png.h png_create_read_struct -lpng
?turbojpeg   libturbojpeg0-dev   libjpeg-turbo known libturbojpeg turbojpeg.h tjInitDecompress -lturbojpeg
%cmocka      libcmocka-dev       cmocka      library cmocka cmocka_first.h _assert_true -lcmocka
?h5py        python3-h5py        py-h5py     h5py
"
# cmocka.h wants its readers to include these first.
printf '#include <stdarg.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <setjmp.h>\n#include <cmocka.h>\n' \
  >"$work/cmocka_first.h"
export CPATH=${CPATH:+$CPATH:}$work

# without NAME: what there will not be.
without() {
  case $1 in
    libarchive) echo "fal_data import takes folders of pictures and SVHN, and nothing else";;
    matio) echo "no import of SVHN (.mat)";;
    libpng) echo "no PNG pictures, in or out";;
    turbojpeg) echo "no JPEG pictures";;
    cmocka) echo "make test stops; the programs do not need it";;
    h5dump) echo "make test stops, and the shell has no look into files; the programs do not need it";;
    h5py) echo "some tests are skipped";;
  esac
}

# look: fills missing (names), packages (Debian), required (names of those without which this stops) and optional.
look() {
  missing=; packages=; spack=; required=; optional=()
  local name package other check
  while read -r name package other check; do
    if [ -z "$name" ] || $check; then continue; fi
    missing+="${missing:+, }${name#[?%]}"
    case " $packages " in *" $package "*) ;; *) packages+="${packages:+ }$package";; esac
    case " $spack " in *" $other "*) ;; *) spack+="${spack:+ }$other";; esac
    case $tests$name in
      \?* | tests\?* | %*) optional+=("${name#?}");;
      *) required+="${required:+, }${name#%}";;
    esac
  done <<<"$list"
}

install() { # install [PREFIX COMMAND ...]: e.g. sudo -n
  local apt=("$@" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0)
  echo "make deps: installing $packages" >&2
  # The lists of packages are fetched only where they do not know a package, or are so old that a download fails.
  if ! apt-cache show $packages >/dev/null 2>&1; then "${apt[@]}" update >&2; fi
  "${apt[@]}" install --no-install-recommends $packages >&2 </dev/null ||
    { "${apt[@]}" update >&2 && "${apt[@]}" install --no-install-recommends $packages >&2 </dev/null; }
}

look
if [ -z "$missing" ]; then same_mpi; exit 0; fi
# Beside an MPI that is there but cannot be used, another one is no help.
if have "${MPICC:-mpicc}" && [ -s "$work/mpi_reason" ]; then sed 's/^/make deps: /' "$work/mpi_reason" >&2; exit 1; fi
if have apt-get; then
  if [ "$(id -u)" = 0 ]; then install; look
  elif have sudo && sudo -n true >/dev/null 2>&1; then install sudo -n; look
  fi
fi
if [ -z "$missing" ]; then same_mpi; exit 0; fi
if [ -z "$required" ]; then
  for name in "${optional[@]}"; do echo "make deps: no $name: $(without "$name")"; done >&2
  echo "make deps: optional, so this goes on; Debian, Ubuntu: sudo apt-get install $packages" >&2
  same_mpi; exit 0
fi
{
  echo "make deps: not found: $required"
  for name in ${optional[@]+"${optional[@]}"}; do echo "  not found either, but optional: $name ($(without "$name"))"; done
  echo "  Debian, Ubuntu:  sudo apt-get install $packages"
  echo "  Spack:           spack install $spack"
  echo "  modules:         module load gcc openmpi hdf5 openblas   (names differ between sites; see module avail)"
} >&2
exit 1
