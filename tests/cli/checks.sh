#!/usr/bin/env bash
# The checks of `make check`: each is silent where all is well and finds the fault that is planted for it. (Layers: layers.sh)
. "$TOP/tests/cli/lib.sh"
checks=$TOP/tests/checks

# small: a program of nothing. right CHECK; wrong CHECK LINE: what it must print, as a part of a line.
small() { rm -rf small; mkdir -p small/src/io small/src/experiment small/include/fal/io small/docs small/examples; }
right() { "$checks/$1.sh" small >out 2>&1 || { cat out; fail "$1 refuses without reason"; }; expect_empty out; }
wrong() {
  "$checks/$1.sh" small >out 2>&1 && { cat out; fail "$1 does not notice: $2"; }
  grep -qF -- "$2" out || { cat out; fail "$1 does not say: $2"; }
}

# Sizes: files, functions, macros that stand for functions; a long list in a macro is none.
function_of() { # LINES: a function of so many
  printf 'static int fal_f(int a,\n                 int b)\n{\n'; for _ in $(seq $(($1 - 4))); do printf '    f();\n'; done; printf '}\n'
}
small; { function_of 70; seq 330 | sed 's,.*,/* & */,'; } >small/src/io/a.c; right sizes
function_of 71 >small/src/io/a.c; wrong sizes 'src/io/a.c:1: function fal_f of 71 lines: at most 70'
small; printf 'int a;\n%.0s' $(seq 401) >small/include/fal/io/a.h; wrong sizes 'include/fal/io/a.h:1: file of 401 lines: at most 400'
small; { echo '#define LIST(X) \'; printf '  X(a) \\\n%.0s' $(seq 80); echo '  X(b)'; } >small/src/io/a.c; right sizes
{ echo '#define F(x) \'; printf '  g(x); \\\n%.0s' $(seq 80); echo '  g(x)'; } >small/src/io/a.c; wrong sizes 'src/io/a.c:1: macro of 82 lines'

# Headers that need another one first.
small; printf '#include <stdint.h>\nint64_t fal_a(void);\n' >small/include/fal/io/a.h; right headers
printf 'int64_t fal_a(void);\n' >small/include/fal/io/a.h; wrong headers 'include/fal/io/a.h:1'

# Circles: between layers, between files of experiment; a file that went away counts no more.
if command -v gcc >/dev/null && command -v nm >/dev/null; then
  object() { # LAYER/NAME TEXT
    mkdir -p "small/src/${1%/*}" "small/build/x/${1%/*}" small/build/x/bin; ln -sfn x/bin small/build/bin
    printf '%s\n' "$2" >"small/src/$1.c"; gcc -c -o "small/build/x/$1.o" "small/src/$1.c" || fail "gcc: $1"
  }
  small; object experiment/a 'int fal_b(void); int fal_a(void) { return fal_b(); }'
  object experiment/b 'int fal_c(void); int fal_b(void) { return fal_c(); }'
  object io/c 'int fal_c(void) { return 3; }'
  object apps/one 'int fal_a(void); int main(void) { return fal_a(); }'
  object apps/two 'int main(void) { return 0; }'
  right circles
  object experiment/b 'int fal_a(void); int fal_b(void) { return fal_a(); }'
  wrong circles 'circle: src/experiment/'
  grep -qF 'src/experiment/b.c uses fal_a of src/experiment/a.c' out || { cat out; fail "circles does not say why"; }
  rm small/src/experiment/b.c; right circles
  object io/c 'int fal_a(void); int fal_c(void) { return fal_a(); }'
  object experiment/a 'int fal_c(void); int fal_a(void) { return fal_c(); }'
  wrong circles 'experiment uses fal_c of io'
  rm -r small/build; wrong circles 'nothing is built'
fi

# The parameters page.
page=docs/parameters.md
small; "$BIN/fal_hpc" --document-parameters >"small/$page" || fail "no parameters page"; right parameters
sed -i 's/al_rounds/al_runds/' "small/$page"; wrong parameters 'docs/parameters.md:1: is not what the program writes'

# Examples that do not compile, or warn, or are of no kind, or whose line the page does not add.
small; cp -r "$TOP/include" small/; cp -r "$TOP/src/query" small/src/; page=docs/adding.md
line() { # FUNCTION: a page that adds its line
  cat >"small/$page" <<'END'
```sh
sed -i '/^#define FAL_STRATEGY_LIST(/a\
    ONE(NAME, "x", 0, .about = "", .source = "") \\' src/query/strategies.h
```
END
  sed -i "s/NAME/$1/" "small/$page"
}
line x
echo '#include "query_internal.h"
fal_status fal_strategy_x(fal_query_call *call) { return fal_kmeans_run(0, 1, 1, 1, 1, 0, 0) + (call == 0); }' >small/examples/strategy_x.c
right examples
line y; wrong examples 'examples/strategy_x.c:2'; line x
sed -i 's/call == 0/other == 0/' small/examples/strategy_x.c; wrong examples 'examples/strategy_x.c:2'
echo 'int x;' >small/examples/else.c; wrong examples 'examples/else.c:1: belongs to no kind'
small; echo >"small/$page"; echo 'def f(:' >small/examples/a.py; wrong examples 'a.py'

# Form.
if command -v clang-format >/dev/null; then
  small; cp "$TOP/.clang-format" "$TOP/VERSION" small/; mkdir -p small/tests; printf 'int fal_a(void) { return 1; }\n' >small/src/io/a.c
  (cd small && make -s -f "$TOP/Makefile" format-check) >out 2>&1 || { cat out; fail "format-check refuses without reason"; }
  printf 'int fal_a(void)    { return 1; }\n' >small/src/io/a.c
  (cd small && make -s -f "$TOP/Makefile" format-check) >out 2>&1 && fail "format-check does not notice"
  grep -q 'src/io/a.c:1' out || { cat out; fail "format-check does not say where"; }
fi

# What counts them: what was found stands above, and one failure is enough.
printf '#!/bin/sh\nfor t; do :; done; case $t in check-b*) echo "a.c:1: what is wrong"; exit 1;; esac\n' >fake; chmod +x fake
MAKE=$PWD/fake expect_exit 0 "$checks/run.sh" check-a check-c; [ "$(tail -n 1 out)" = "2 passed, 0 failed, 0 skipped" ] || fail "counts"
MAKE=$PWD/fake expect_exit 1 "$checks/run.sh" check-a check-b check-c; expect_line '^a.c:1: what is wrong$' out
expect_line '^FAIL  check-b$' out; [ "$(tail -n 1 out)" = "2 passed, 1 failed, 0 skipped" ] || fail "counts of a failure"

# What continuous integration runs adds the counts of all, and a failure anywhere is one.
mkdir -p ci/.ci tools; cp "$TOP/.ci/run" ci/.ci/
printf '#!/bin/sh\ncase $1 in check) echo "3 passed, 0 failed, 1 skipped";; test) echo "10 passed, $BAD failed, 0 skipped"; exit $BAD;; *) echo "5 passed, 0 failed, 2 skipped";; esac\n' >tools/make
chmod +x tools/make
BAD=0 PATH=$PWD/tools:$PATH expect_exit 0 ci/.ci/run; [ "$(tail -n 1 out)" = "23 passed, 0 failed, 5 skipped" ] || { cat out; fail "sum"; }
BAD=1 PATH=$PWD/tools:$PATH expect_exit 1 ci/.ci/run; [ "$(tail -n 1 out)" = "23 passed, 1 failed, 5 skipped" ] || { cat out; fail "sum with a failure"; }
exit 0
