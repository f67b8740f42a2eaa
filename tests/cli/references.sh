#!/usr/bin/env bash
# The check of references: silent on this program, and it finds each kind of broken one in a small one made for it.
set -u
check() { "$TOP/tests/checks/references.sh" "$@"; }
fail() { echo "FAIL: $*"; exit 1; }

check "$TOP" >out || { cat out; fail "a reference leads nowhere"; }
[ ! -s out ] || { cat out; fail "output although all is well"; }

mkdir -p small/docs small/src/io small/tests
printf '# Files\n\n## 1. Codes\n\n## 2. Where it comes from: --all\n\n**Old ones** stay. See section 2.\n' >small/docs/files.md
printf 'int x;\n' >small/src/io/file.c
# given FILE TEXT [EXPECTED]: that file beside the two above has one finding, that one, or none.
given() {
  printf '%b' "$2" >"small/$1"
  check small >out
  if [ $# -eq 2 ]; then
    [ ! -s out ] || { cat out; fail "refused without reason in $1: $2"; }
  else
    [ "$(cat out)" = "$1:$3" ] || { cat out; fail "expected $1:$3"; }
  fi
  rm "small/$1"
}
given src/io/a.c '/* as in files.md */\n'
given src/io/a.c '/* as in docs/files.md section 2,\n * and 1 */\n'
given src/io/a.c 'int a;\n/* lost.md */\n' '2: there is no page lost.md'
given src/io/a.c '/* files.md section 3 */\n' '1: docs/files.md has no section 3'
given src/io/a.c '/* files.md\n * section 1 and 4 */\n' '1: docs/files.md has no section 4'
given src/io/a.c '/* section 5 of files.md */\n' '1: docs/files.md has no section 5'
given src/io/a.c 'char *a = "see docs/lost.md";\n' '1: there is no page docs/lost.md'
given src/io/a.c 'char *a = "\\ndocs/files.md";\n'
given src/io/a.c '/* files.md, "Where it\n * comes from" */\n'
given src/io/a.c '/* files.md, "Old ones" */\n'
given src/io/a.c '/* files.md, "New ones" */\n' '1: docs/files.md has no section "New ones"'
given src/io/a.c '/* as src/io/file.c, src/io/f*.c and file.c do */\n'
given src/io/a.c 'int a; /* as src/io/gone.c does */\n' '1: there is no src/io/gone.c'
given src/io/a.c 'int a; // as gone.c does\n' '1: there is no file gone.c'
given src/io/a.c 'char *a = "src/io/gone.c";\n'
given tests/a.sh 'cat "$TOP/docs/files.md" # src/io/file.c\n'
given tests/a.sh 'cat "$TOP"/docs/lost.md\n' '1: there is no page docs/lost.md'
given tests/a.sh '# src/io/gone.c\n' '1: there is no src/io/gone.c'
given Makefile '# docs/files.md section 7\n' '1: docs/files.md has no section 7'
given docs/a.md '[x](files.md) [y](files.md#1-codes) [z](#here) `[w](lost.md)`\n\n# Here\n' '1: there is no page lost.md'
given docs/a.md '[x](files.md#2-where-it-comes-from---all), [a](../src/io/file.c), <https://example.org/lost.md>\n'
given docs/a.md 'one\n\n[x](lost.h5)\n' '3: the link lost.h5 leads nowhere'
given docs/a.md '![x](pictures/lost.svg)\n' '1: the link pictures/lost.svg leads nowhere'
given docs/a.md '<img src="lost.svg">\n' '1: the link lost.svg leads nowhere'
given docs/a.md '[x](files.md#3-gone)\n' '1: docs/files.md has no anchor #3-gone'
given docs/a.md '[x](#gone)\n' '1: docs/a.md has no anchor #gone'
given docs/a.md '([files](files.md), "Gone")\n' '1: docs/files.md has no section "Gone"'
given docs/a.md '`src/io/{file,gone}.c` or `src/<layer>/NAME.c`\n' '1: there is no src/io/gone.c'
given docs/a.md '`gone.c`, `file.c`\n' '1: there is no file gone.c'
given docs/a.md '# A\n\n## 1. One\n\nSee section 1, not section 2; section 9 of the paper, paper section 4.\n' '5: this page has no section 2'
given docs/a.md "$(printf 'ü%.0s' {1..120})\n"
given docs/a.md "one\n$(printf 'x%.0s' {1..121})\n" '2: 121 columns: at most 120'
exit 0
