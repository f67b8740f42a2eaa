#!/usr/bin/env bash
# make install, make uninstall: what belongs to an installation, and where it goes.
# Usage: install.sh install|uninstall BIN VERSION PROGRAM ...
# Environment: PREFIX and the folders BINDIR, MANDIR, DOCDIR, DATADIR, COMPDIR, MODULEDIR; DESTDIR stands before each.
set -eu
cd "$(dirname "$0")/.."
do=$1; bin=$2; version=$3; shift 3
die() { echo "make $do: $*" >&2; exit 2; }
for name in PREFIX BINDIR MANDIR DOCDIR DATADIR COMPDIR MODULEDIR; do
  [[ ${!name} == /* ]] || die "$name=${!name}: an absolute path is needed"
  [[ ${!name} != *$'\n'* ]] || die "$name has a line break"
done
module=$MODULEDIR/fal_hpc

# ---- the list: MODE, SOURCE, TARGET, with tabs between; the mode "link" makes a symbolic link to SOURCE --------------
put() { printf '%s\t%s\t%s\n' "$@"; }
tree() { # FOLDER TARGET [only those]: its files, scripts as such
  local file mode
  find "$1" -type f -name "${3:-*}" ! -path '*/__pycache__/*' | LC_ALL=C sort | while IFS= read -r file; do
    mode=644; [ ! -x "$file" ] || mode=755
    put $mode "$file" "$2${file#"$1"}"
  done
}
link() { put link "$(realpath -ms --relative-to="$(dirname "$2")" "$1")" "$2"; } # TO NAME
list() {
  local program file
  for program; do
    put 755 "$bin/$program" "$BINDIR/$program"
    put 644 "build/manual/$program.1" "$MANDIR/man1/$program.1"
    if [ "$program" = fal_hpc ]; then put 644 build/manual/fal_hpc.bash "$COMPDIR/fal_hpc"
    else link "$COMPDIR/fal_hpc" "$COMPDIR/$program"; fi
  done
  put 644 build/manual/modulefile "$module/$version"
  for file in README.md LICENSE CHANGELOG.md CITATION.cff CONTRIBUTING.md SECURITY.md; do
    put 644 $file "$DOCDIR/$file"
    link "$DOCDIR/$file" "$DATADIR/$file"
  done
  tree docs "$DOCDIR/docs"
  tree examples "$DOCDIR/examples"
  tree jobs "$DATADIR/jobs"
  tree inputs "$DATADIR/inputs" '*.md' # and no data sets
  # Both folders look like the source to pages and job files that name each other.
  for file in jobs inputs; do link "$DATADIR/$file" "$DOCDIR/$file"; done
  for file in docs examples; do link "$DOCDIR/$file" "$DATADIR/$file"; done
}

# ---- what is done with it ------------------------------------------------------------------------------------------
install_all() {
  local mode source target text
  text=$(<packaging/modulefile)
  text=${text//@PREFIX@/"$PREFIX"}; text=${text//@DATADIR@/"$DATADIR"}
  text=${text//@BINDIR@/"$BINDIR"}; text=${text//@MANDIR@/"$MANDIR"}
  printf '%s\n' "${text//@VERSION@/"$version"}" >build/manual/modulefile
  while IFS=$'\t' read -r mode source target; do
    target=${DESTDIR:-}$target
    mkdir -p "${target%/*}"
    if [ "$mode" = link ]; then ln -sfn "$source" "$target"; else install -m "$mode" "$source" "$target"; fi
  done
}

# Folders that are ours go when they are empty; those that others share only from a stage, which is nobody's.
uninstall_all() {
  local mode source target folders=()
  while IFS=$'\t' read -r mode source target; do
    rm -f "${DESTDIR:-}$target"
    target=${target%/*}
    while [[ -n $target ]]; do
      [ -n "${DESTDIR:-}" ] || case $target/ in "$DOCDIR"/* | "$DATADIR"/* | "$module"/*) ;; *) break;; esac
      folders+=("${DESTDIR:-}$target"); target=${target%/*}
    done
  done
  [ -z "${DESTDIR:-}" ] || folders+=("$DESTDIR")
  printf '%s\0' "${folders[@]}" | LC_ALL=C sort -zru | while IFS= read -r -d '' target; do
    [ ! -d "$target" ] || rmdir --ignore-fail-on-non-empty "$target"
  done
}

case $do in
  install) list "$@" | install_all;;
  uninstall) list "$@" | uninstall_all;;
  *) die "install or uninstall";;
esac
