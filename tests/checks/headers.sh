#!/usr/bin/env bash
# make check-headers: every public header compiles by itself.
# Usage: CC=... tests/checks/headers.sh [FOLDER OF THE PROJECT]. The compiler's messages; exit 1 if there is one.
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 1
found=0
# shellcheck disable=SC2086
while read -r header; do
  ${CC:-gcc} -Iinclude -std=c11 -D_GNU_SOURCE ${WARNINGS:--Wall -Wextra -Wpedantic} -Werror -fsyntax-only -x c "$header" || found=1
done < <(find include -name '*.h' | LC_ALL=C sort)
exit $found
