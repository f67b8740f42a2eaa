# One file per site, and people label: sites without a single label, and one with some.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"; . "$TOP/tests/cli/oracle_lib.sh"; . "$TOP/tests/cli/sites_lib.sh"
need_h5py
site_files sites; truth=joined.h5
trial="$short --budget 8 --al-rounds 3 --fl-rounds 2 --local-only-epochs 2 --strategy logo --initial stored"; trial=${trial/--clients 4/}
people keep joined.h5 open.h5 170 1,2 # site 0 has rows 0 to 99, site 1 up to 179, site 2 the rest
"$BIN/fal_data" split open.h5 -o open >/dev/null || fail "split"
site_files="open/joined_site0.h5 open/joined_site1.h5 open/joined_site2.h5"
"$BIN/fal_data" constants $site_files >/dev/null || fail "constants"

until_done 1 one open.h5 --partition site $trial
until_done 3 apart $site_files $trial
same_items one apart
results=$(results_of apart)

# Each site's own row stands beside the row of all files, and finds the image that people saw.
"$PYTHON" - "$results" $site_files <<'END' || fail "the sites' own rows"
import glob, hashlib, os, sys, h5py
with h5py.File(sys.argv[1]) as f:
    queries, rows, sites = f["queries"][:], f["site_rows"][:], f["sites"][:]
    assert [n.decode() for n in f.attrs["identity_site_names"]] == ["joined_site0", "joined_site1", "joined_site2"]
    assert list(sites["first_row"]) == [0, 100, 180] and list(sites["images"]) == [100, 80, 60], sites
    assert (queries["image"] - sites["first_row"][queries["client"]] == rows).all()
pictures = {int(os.path.basename(p).split("_")[1]): os.path.basename(p)[:-4].split("_")[2]
            for p in glob.glob(sys.argv[1][:-3] + ".query/round_*/client_*/images/*.png")}
assert pictures
for query, row in zip(queries, rows):
    if query["image"] in pictures:
        with h5py.File(sys.argv[2 + query["client"]]) as f:
            digest = hashlib.sha256(f["train/images"][row].tobytes()).hexdigest()
        assert digest.startswith(pictures[query["image"]]), query
END
# Without people a site that has no label takes no part, and is told so.
expect_exit 3 ranks 2 $site_files $trial --output none; expect_line 'client 0 of 3 would hold no image with a label' err
