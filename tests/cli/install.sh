# make install: the tree, manual pages without a complaint, completion in bash, and nothing left by uninstall.
. "$TOP/tests/cli/lib.sh"
make=(make --no-print-directory -C "$TOP" "FLAVOUR=$FLAVOUR" "DESTDIR=$PWD/root" PREFIX=/opt/fal)
"${make[@]}" install > log 2>&1 || { tail log; fail "make install"; }
for f in bin/fal_hpc share/man/man1/fal_data.1 share/doc/fal_hpc/operations.md share/fal_hpc/jobs/array.sbatch \
    share/bash-completion/completions/fal_report share/doc/fal_hpc/examples/read_results.py; do
  [ -e "root/opt/fal/$f" ] || fail "make install did not put $f"
done
version=$(root/opt/fal/bin/fal_hpc --version | cut -d' ' -f2)
grep -q 'set root /opt/fal$' "root/opt/fal/share/modulefiles/fal_hpc/$version" || fail "the modulefile has another prefix"

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
mkdir -p here/folder && touch here/data.h5
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
END
diff expected completed || fail "completion"

"${make[@]}" uninstall > log 2>&1 || { tail log; fail "make uninstall"; }
[ ! -e root ] || { find root; fail "make uninstall left something"; }
