#!/usr/bin/env bash
# make check-layers: do the files keep to docs/architecture.md? Include directions, foreign libraries in their one place,
# public headers free of foreign types, global names, and nothing below apps that exits or prints.
# Usage: tests/checks/layers.sh [FOLDER OF THE PROJECT]. One line "file:line: what" per finding; exit 1 if there is one.
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 1
found=0
report() { echo "$1"; found=1; }

# The table of docs/architecture.md: what each layer may include besides itself.
allowed() {
  case $1 in
    base) ;;
    comm | io | plot) echo base;;
    data) echo base io plot;;
    nn) echo base io;;
    train) echo base data nn;;
    fed) echo base comm data nn train;;
    query) echo base data nn;;
    results) echo base io plot data nn;;
    experiment) echo base comm io data nn train fed query results;;
    site) echo base io data nn train fed query results experiment;;
    report) echo base io plot data results;;
    apps) echo base comm io plot data nn train fed query results experiment site report;;
    *) return 1;;
  esac
}

# Where a foreign header may be included: a folder, or one file.
home() {
  case $1 in
    mpi.h) echo src/comm/;;
    matio.h) echo src/io/matfile.c;;
    hdf5.h | hdf5_hl.h | archive.h | archive_entry.h | zlib.h | png.h | turbojpeg.h | jpeglib.h) echo src/io/;;
    cblas.h) echo src/nn/gemm.c;;
    omp.h) echo src/base/parallel.c;;
    openssl/* | Random123/*) echo src/base/;;
    *) echo anywhere;;
  esac
}

# A file without comments and without the text of strings, line for line; include lines stay as they are.
strip() {
  awk '
    /^[ \t]*#[ \t]*include/ && !comment { print; next }
    {
      out = ""; n = length($0)
      for (i = 1; i <= n; i++) {
        c = substr($0, i, 1); two = substr($0, i, 2)
        if (comment) { if (two == "*/") { comment = 0; i++ } }
        else if (quote != "") { if (c == "\\") i++; else if (c == quote) { quote = ""; out = out c } }
        else if (two == "/*") { comment = 1; i++ }
        else if (two == "//") break
        else if (c == "\"" || c == "\047") { quote = c; out = out c }
        else out = out c
      }
      if (substr($0, n, 1) != "\\") quote = ""
      print out
    }' "$1"
}

# findings FILE WORDS WHAT: lines of the stripped file that match the extended regular expression.
findings() {
  local line
  while IFS=: read -r line _; do
    if [ -n "$line" ]; then report "$1:$line: $3"; fi
  done < <(grep -nE "$2" "$stripped")
}

stripped=$(mktemp); trap 'rm -f "$stripped"' EXIT

check_includes() { # FILE LAYER
  local file=$1 layer=$2 line include target place
  while read -r line include; do
    case $include in
      '"fal/'*)
        target=${include#\"fal/}; target=${target%%/*}
        case " $layer $(allowed "$layer") " in
          *" $target "* | *" ${include//\"/} "*) ;;
          *) report "$file:$line: layer $layer may not include $include";;
        esac;;
      '"'*) # a header beside the source, of the same layer; version.h and pages' styles and scripts are made by the build
        target=${include//\"/}
        if [ -e "$(dirname "$file")/$target" ] || [ -e "src/$layer/$target" ]; then continue; fi
        if [ "$target" = version.h ] && [ "$layer" = base ]; then continue; fi
        case $layer:$target in plot:*_assets.h) continue;; esac
        report "$file:$line: $include is no header of layer $layer";;
      '<'*)
        target=${include//[<>]/}; place=$(home "$target")
        if [ "$target" = assert.h ]; then report "$file:$line: assert.h: use FAL_ASSERT"; fi
        case $place in
          anywhere) ;;
          */) case $file in "$place"*) ;; *) report "$file:$line: <$target> belongs in $place";; esac;;
          *) [ "$file" = "$place" ] || report "$file:$line: <$target> belongs in $place";;
        esac;;
    esac
  done < <(sed -nE '/^[ \t]*#[ \t]*include[ \t]*[<"]/{=;s/^[ \t]*#[ \t]*include[ \t]*([<"][^>"]*[>"]).*/\1/p}' "$stripped" | paste -d' ' - -)
}

foreign_types='\b(MPI_[A-Z]|hid_t|herr_t|hsize_t|H5[A-Z]+_|H5[A-Z]|cblas_|CBLAS_|omp_|EVP_|struct archive|z_stream|png_|mat_t|matvar_t|philox)'
ends_or_prints='\b(exit|_exit|_Exit|quick_exit|abort|assert)[[:space:]]*\(|\b(printf|vprintf|puts|putchar|perror)[[:space:]]*\(|\b(stdout|stderr)\b'

while read -r file; do
  case $file in src/*) layer=${file#src/};; *) layer=${file#include/fal/};; esac
  layer=${layer%%/*}
  if ! allowed "$layer" >/dev/null; then report "$file:1: $layer is no layer of the architecture"; continue; fi
  strip "$file" >"$stripped"
  check_includes "$file" "$layer"
  case $file in include/*) findings "$file" "$foreign_types" "a foreign library's name in a public header";; esac
  case $file in
    src/base/log.c | src/base/status.c | src/apps/* | include/*) ;;
    src/io/sandbox.c | src/comm/watch.c | src/base/stop.c | src/base/crash.c) # child processes, and signal handlers, have no other way to end
      findings "$file" "${ends_or_prints//_exit|/}" "only apps, base/log.c and base/status.c may end the program or print";;
    *) findings "$file" "$ends_or_prints" "only apps, base/log.c and base/status.c may end the program or print";;
  esac
  case $file in src/comm/*) ;; *) findings "$file" '\bMPI_Abort\b' "MPI_Abort belongs in src/comm/";; esac
  case $layer in comm | experiment | report | apps) findings "$file" '#[[:space:]]*pragma[[:space:]]+omp' "no OpenMP in layer $layer";; esac
done < <(find src include/fal -name '*.[ch]' | LC_ALL=C sort)

# Global names of what was built last: every one begins with fal_.
objects=$(cd build/bin 2>/dev/null && cd -P .. && pwd)
if [ -n "$objects" ] && command -v nm >/dev/null; then
  while read -r object; do
    source=src/${object#"$objects"/}; source=${source%.o}.c
    [ -e "$source" ] || source=${source%_*}.c # compiled for one instruction set
    if ! [ -e "$source" ]; then continue; fi
    while read -r name; do
      line=$(grep -nwm1 "$name" "$source" | cut -d: -f1)
      report "$source:${line:-1}: global name $name does not begin with fal_"
    done < <(nm -g --defined-only "$object" | awk '$2 ~ /^[A-TX-Z]$/ && $3 !~ /^(fal_|main$)/ { print $3 }')
  done < <(find "$objects" -name '*.o' -not -path '*/tests/*')
fi
exit $found
