# make install: the tree, manual pages without a complaint, completion in bash, the installed program's --selftest, and
# nothing of ours left by uninstall, and nothing of others taken; make dist: the committed tree under its version's name.
. "$TOP/tests/cli/lib.sh"
make=(make --no-print-directory -C "$TOP" "FLAVOUR=$FLAVOUR" "DESTDIR=$PWD/root" PREFIX=/opt/fal)
"${make[@]}" install > log 2>&1 || { tail log; fail "make install"; }
for program in fal_hpc fal_data fal_query fal_site fal_report fal_bench; do
  for f in bin/$program share/man/man1/$program.1 share/bash-completion/completions/$program; do
    [ -e "root/opt/fal/$f" ] || fail "make install did not put $f"
  done
done
for f in doc/fal_hpc/README.md doc/fal_hpc/LICENSE doc/fal_hpc/SECURITY.md \
    doc/fal_hpc/docs/operations.md doc/fal_hpc/docs/pictures/curves.svg doc/fal_hpc/examples/read_results.py fal_hpc/jobs/array.sbatch \
    fal_hpc/inputs/README.md; do
  [ -e "root/opt/fal/share/$f" ] || fail "make install did not put share/$f"
done
[ -x root/opt/fal/share/fal_hpc/jobs/array.sbatch ] || [ ! -x "$TOP/jobs/array.sbatch" ] || fail "a script lost its bit"
version=$(root/opt/fal/bin/fal_hpc --version | cut -d' ' -f2)
for line in 'prepend-path PATH  *{/opt/fal/bin}' 'setenv  *FAL_HPC_JOBS  *{/opt/fal/share/fal_hpc/jobs}'; do
  grep -q "^$line\$" "root/opt/fal/share/modulefiles/fal_hpc/$version" || fail "the modulefile lacks: $line"
done
# Pages name each other, job files and data as they lie; what they say of the sources is not there.
"$PYTHON" - root/opt/fal/share <<'PY' || fail "links lead nowhere"
import os, re, sys
broken = []
for folder, _, files in os.walk(sys.argv[1]):
    for file in (f for f in files if f.endswith(".md")):
        text = re.sub(r"```.*?```", "", open(os.path.join(folder, file)).read(), flags=re.S)
        for to in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            there = os.path.normpath(os.path.join(folder, to))
            if not os.path.exists(os.path.join(folder, to)) and not re.search(r"/(tests|src|include|scripts)(/|$)", there):
                broken.append(f"{folder}/{file}: {to}")
print(*broken, sep="\n")
sys.exit(bool(broken))
PY
if [ "$(git -C "$TOP" tag --points-at HEAD 2>/dev/null)" = "" ]; then
  [ "$version" = "$(cat "$TOP/VERSION")" ] || fail "the version is $version, VERSION says $(cat "$TOP/VERSION")"
fi
expect_exit 0 root/opt/fal/bin/fal_hpc --selftest; expect_line "^[0-9]+ passed, 0 failed" out

# ---- pages: what the program says of itself stands there -------------------------------------------------------------
if command -v man > /dev/null; then
  for page in root/opt/fal/share/man/man1/*.1; do
    LC_ALL=C.UTF-8 MANWIDTH=200 man --warnings -l "$page" > text 2> complaints || fail "man -l $page"
    [ ! -s complaints ] || { cat complaints; fail "$page: man complains"; }
    program=$(basename "$page" .1)
    for option in $("$BIN/$program" --help | grep -o -E '^  (-., )?--[a-z0-9-]+' | grep -o -E -e '--.*' | sort -u); do
      grep -q -e "$option" text || fail "$page lacks $option"
    done
  done
else
  echo "skipped: manual pages are not rendered (no man)"
fi

# ---- completion ------------------------------------------------------------------------------------------------------
mkdir -p here/folder && touch here/data.h5 "here/my data.h5"
cat > try.sh <<'END'
. "$1"; cd here
while read -r line; do
  line=${line%.}; COMP_LINE=$line COMP_POINT=${#line}; COMPREPLY=(); _fal_complete "${line%% *}"
  echo "$line-> ${COMPREPLY[*]}"
done
END
bash try.sh "$PWD/root/opt/fal/share/bash-completion/completions/fal_hpc" > completed <<'END' || fail "completion ended with $?"
fal_hpc --strateg.
fal_hpc --strategy random,fair.
fal_hpc --strategy=fair.
fal_hpc --model=resnet1.
fal_hpc da.
fal_hpc --algorithm fedp.
fal_data imp.
fal_data import medm.
fal_data import folder --resi.
fal_data synth -o da.
fal_report --output fo.
fal_hpc --self.
fal_site mer.
fal_hpc --init fi.
fal_hpc --oracle .
fal_hpc --partition d.
fal_hpc --progress no.
fal_data split x.h5 --by pa.
fal_hpc my\ d.
fal_hpc "my d.
END
cat > expected <<'END'
fal_hpc --strateg-> --strategy
fal_hpc --strategy random,fair-> random,fairfal
fal_hpc --strategy=fair-> fairfal
fal_hpc --model=resnet1-> resnet10 resnet18
fal_hpc da-> data.h5
fal_hpc --algorithm fedp-> fedprox
fal_data imp-> import
fal_data import medm-> medmnist
fal_data import folder --resi-> --resize
fal_data synth -o da-> data.h5
fal_report --output fo-> folder
fal_hpc --self-> --selftest
fal_site mer-> merge
fal_hpc --init fi-> file
fal_hpc --oracle -> labels file
fal_hpc --partition d-> dirichlet data.h5
fal_hpc --progress no-> none
fal_data split x.h5 --by pa-> partition
fal_hpc my\ d->$
fal_hpc "my d->$
END
sed -i 's/\$$/ /' expected
diff expected completed || fail "completion"

"${make[@]}" uninstall > log 2>&1 || { tail log; fail "make uninstall"; }
[ ! -e root ] || { find root; fail "make uninstall left something"; }

# Into folders that others have things in, without DESTDIR, with blanks in every name.
own="$PWD/o w n"
mkdir -p "$own/bin" "$own/share/doc/fal hpc" "$own/mod ules/fal_hpc" "$PWD/o" own
touch "$own/bin/other" "$own/share/doc/other" "$own/share/doc/fal hpc/thesis.txt" "$own/mod ules/fal_hpc/0.1.0" o/other
find "$own" o -type f | sort >before
plain=(make --no-print-directory -C "$TOP" "FLAVOUR=$FLAVOUR" DESTDIR= "PREFIX=$own" "DOCDIR=$own/share/doc/fal hpc"
  "MODULEDIR=$own/mod ules")
{ "${plain[@]}" install && "$own/bin/fal_data" --version && [ -e "$own/mod ules/fal_hpc/$version" ] &&
  "${plain[@]}" uninstall; } > log 2>&1 || { tail log; fail "PREFIX alone"; }
find "$own" o -type f -o -type l | sort | diff before - || fail "make uninstall left files, or took those of others"
[ ! -e "$own/share/fal_hpc" ] || fail "make uninstall left share/fal_hpc"
# A path that means another folder to each who reads it.
before=$(cd "$TOP" && find . -path ./build -prune -o -path ./.git -prune -o -print | sort | cksum)
if make --no-print-directory -C "$TOP" "FLAVOUR=$FLAVOUR" PREFIX=rel install > log 2>&1; then fail "a relative PREFIX"; fi
expect_line 'PREFIX=rel: an absolute path is needed' log
[ "$before" = "$(cd "$TOP" && find . -path ./build -prune -o -path ./.git -prune -o -print | sort | cksum)" ] ||
  fail "a relative PREFIX: something was written"

# ---- the archive -----------------------------------------------------------------------------------------------------
if git -C "$TOP" rev-parse HEAD >/dev/null 2>&1; then
  archive=$(make --no-print-directory -C "$TOP" -s dist) || fail "make dist"
  [ "$archive" = "build/fal_hpc-$version.tar.gz" ] || fail "make dist wrote $archive"
  tar -xzf "$TOP/$archive" || fail "the archive cannot be unpacked"
  [ "$(cd "fal_hpc-$version" && find . -type f | wc -l)" = "$(git -C "$TOP" ls-tree -r HEAD | wc -l)" ] ||
    fail "the archive lacks files"
else
  echo "skipped: make dist (no git repository)"
fi
exit 0
