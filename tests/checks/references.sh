#!/usr/bin/env bash
# make check-references: does what comments and pages refer to exist? Rules and findings: references.py.
exec "${PYTHON:-python3}" "$(dirname "$0")/references.py" "$@"
