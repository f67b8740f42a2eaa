#!/usr/bin/env bash
# Manual pages from what the programs say of themselves. Usage: [DOCDIR=FOLDER] manual.sh BIN FOLDER [PROGRAM ...]
set -eu
bin=$1; folder=$2; shift 2
here=$(dirname "$0")
mkdir -p "$folder"

tail_of_page() { # what all pages end with; $1: this page
  cat <<'END'
.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
an internal error: please report it
.TP
.B 2
usage, configuration, or not enough memory for it
.TP
.B 3
unusable input
.TP
.B 4
output cannot be written
.TP
.B 5
numerical failure: training diverged
.TP
.B 75
stopped on request or out of time; the same command goes on
.TP
.B 76
waiting for labels; the same command goes on
.SH SEE ALSO
END
  local p others=()
  for p in "${pages[@]}"; do [ "$p" = "$1" ] || others+=(".BR $p (1)"); done
  printf '%s\n' "${others[@]}" | sed '$!s/$/,/'
  printf '.PP\nThe pages under\n.I %s\n' "${DOCDIR:-share/doc/fal_hpc}/docs"
}

pages=("$@"); [ $# -gt 0 ] || pages=(fal_hpc fal_data fal_query fal_report fal_bench)
for program in "${pages[@]}"; do
  version=$("$bin/$program" --version | sed 's/^[^ ]* \([^ ,]*\).*/\1/')
  {
    printf '.TH %s 1 "" "fal_hpc %s" "fal_hpc manual"\n' "${program^^}" "$version"
    "$bin/$program" --help | awk -v part=page -f "$here/man.awk"
    while read -r command; do
      "$bin/$program" "$command" --help | awk -v part=command -v name="$command" -f "$here/man.awk"
    done < <("$bin/$program" --help | sed -n "s/^  $program \([a-z]*\) .*/\1/p" | uniq)
    tail_of_page "$program"
  } > "$folder/$program.1"
done
