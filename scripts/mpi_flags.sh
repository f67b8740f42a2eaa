#!/usr/bin/env bash
# Flags and name of the MPI that MPICC (mpicc) compiles for, for the Makefile: words with "compile:", "link:" or "name:"
# before each, or nothing and the reason on stderr. Open MPI's wrapper answers --showme, those of MPICH, MVAPICH and Intel MPI -show or
# -compile_info and -link_info with a whole command, of which only what belongs to MPI is taken: -I, -isystem, -D, -L, -l,
# libraries, what is handed to the linker, -pthread; no optimisation, no warnings. pkg-config is asked only where there is no
# mpicc at all: beside one it would name another MPI. Usage: scripts/mpi_flags.sh [MPICC]; environment: CC.
set -u
mpicc=${1:-mpicc}
CC=${CC:-cc}

# words COMMAND...: its output, one word per line without quotes, if it succeeded; nothing else.
words() { local text; text=$("$@" 2>/dev/null </dev/null) && xargs printf '%s\n' 2>/dev/null <<<"$text"; }

# ours compile|link: of words on stdin those that are MPI's, one line; the compiler's name (the first word) is dropped.
ours() {
  awk -v part="$1" '
    function keep(kind, text) { if (kind == part || kind == "both") printf "%s%s", (n++ ? " " : ""), text }
    held != "" { keep(kind, held " " $0); held = ""; next }
    /^(-I|-isystem|-D)$/ { held = $0; kind = "compile"; next }
    /^(-L|-l|-Xlinker)$/ { held = $0; kind = "link"; next }
    /^-(I|isystem|D)/ { keep("compile", $0) }
    /^-pthread$/ { keep("both", $0) }
    /^-(L|l|Wl,)/ || /^\/.*\.(a|so)(\.[0-9.]+)?$/ { keep("link", $0) }'
}

# rpaths FLAGS...: for the folders of -L that hold the MPI library and that the loader would not search by itself.
rpaths() {
  local flag folder
  case " $* " in *rpath*) return;; esac
  for flag; do
    folder=${flag#-L}
    if [ "$folder" = "$flag" ] || ! compgen -G "$folder/libmpi*.so*" >/dev/null; then continue; fi
    case $folder in /lib | /lib64 | /usr/lib | /usr/lib64 | /usr/lib/*-linux-gnu*) ;; *) echo "-Wl,-rpath,$folder";; esac
  done
}

compile=; link=
if command -v "$mpicc" >/dev/null 2>&1; then
  if words "$mpicc" --showme:link | grep -q -- '^-l'; then
    compile=$(words "$mpicc" --showme:compile | paste -sd' ' -)
    link=$(words "$mpicc" --showme:link | paste -sd' ' -)
  else
    for question in "-show -show" "-compile_info -link_info"; do
      if words "$mpicc" "${question#* }" | grep -q -- '^-l\|/libmpi'; then
        compile=$(words "$mpicc" "${question% *}" | ours compile)
        link=$(words "$mpicc" "${question#* }" | ours link)
        break
      fi
    done
  fi
  if [ -z "$link" ]; then
    echo "$mpicc: it answers neither --showme:link nor -show with flags: make MPI_CFLAGS='...' MPI_LIBS='...' CC=..., or another MPICC=" >&2
    exit 1
  fi
else
  for module in ompi-c mpich mpi; do
    if pkg-config --exists "$module" 2>/dev/null; then
      compile=$(pkg-config --cflags "$module"); link=$(pkg-config --libs "$module")
      break
    fi
  done
  if [ -z "$link" ]; then echo "$mpicc: not found, and pkg-config knows no MPI: make deps, or module load ..., or MPICC=" >&2; exit 1; fi
fi

# The header's own name tells one library from the other; without the header the flags are wrong (and clang goes on).
# shellcheck disable=SC2086
if text=$(printf '%s\n' '#include <mpi.h>' '#ifdef OPEN_MPI' 'fal_mpi "Open MPI" OMPI_MAJOR_VERSION OMPI_MINOR_VERSION OMPI_RELEASE_VERSION' \
  '#elif defined I_MPI_VERSION' 'fal_mpi "Intel MPI" I_MPI_VERSION' '#elif defined MVAPICH2_VERSION' 'fal_mpi "MVAPICH2" MVAPICH2_VERSION' \
  '#elif defined MVAPICH_VERSION' 'fal_mpi "MVAPICH" MVAPICH_VERSION' '#elif defined MPICH_VERSION' 'fal_mpi "MPICH" MPICH_VERSION' \
  '#else' 'fal_mpi "unknown MPI" MPI_VERSION MPI_SUBVERSION' '#endif' |
  $CC $compile -E -P - 2>/dev/null); then
  name=$(sed -n 's/^fal_mpi //p' <<<"$text" | tr -d '"' | sed -E ':a;s/([0-9]) ([0-9])/\1.\2/;ta')
fi
if [ -z "${name:-}" ]; then
  echo "$mpicc: its flags \"$compile\" lead to no mpi.h: load its module or set its variables (Intel MPI: I_MPI_ROOT), or give MPI_CFLAGS and MPI_LIBS" >&2
  exit 1
fi
# shellcheck disable=SC2086
{
  printf 'compile:%s\n' $compile
  printf 'link:%s\n' $link $(rpaths $link)
  printf 'name:%s\n' $name
}
