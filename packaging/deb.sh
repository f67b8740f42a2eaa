#!/usr/bin/env bash
# make deb: a Debian package of the committed tree. Usage: deb.sh VERSION; the package stands in build/deb.
set -eu
cd "$(dirname "$0")/.."
version=$1
folder=build/deb/fal-hpc-$version
rm -rf build/deb; mkdir -p "$folder"
git archive HEAD | tar -x -C "$folder"
cp -R "$folder/packaging/debian" "$folder/debian"
when=$(git log -1 --format=%aD)
printf 'fal-hpc (%s) unstable; urgency=medium\n\n  * Commit %s; CHANGELOG.md says what changed.\n\n -- fal_hpc contributors <fal_hpc@localhost>  %s\n' \
  "$version" "$(git describe --always --abbrev=12)" "$when" > "$folder/debian/changelog"
(cd "$folder" && FAL_COMMIT=$(git describe --always --abbrev=12) dpkg-buildpackage -us -uc -b) >&2
ls build/deb/*.deb
