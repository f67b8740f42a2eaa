#!/usr/bin/env bash
# make check-parameters: docs/parameters.md is what this program writes about its parameters.
# Usage: BIN=... tests/checks/parameters.sh [FOLDER OF THE PROJECT]. The differing lines; exit 1 if there is one.
set -u
bin=$(cd "${BIN:-$(dirname "$0")/../../build/bin}" && pwd) || exit 1
cd "${1:-$(dirname "$0")/../..}" || exit 1
"$bin/fal_hpc" --document-parameters | diff docs/parameters.md - ||
  { echo "docs/parameters.md:1: is not what the program writes: run make docs"; exit 1; }
