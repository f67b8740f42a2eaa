# One file per site, each where no other rank can see it: the job runs, no rank opens another's file, and nothing of an image
# is in what rank 0 writes.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"; . "$TOP/tests/cli/sites_lib.sh"
need_h5py
mkdir empty here
unshare -m sh -c 'mount --make-rprivate / && mount --bind empty here' 2>/dev/null || skip "mount namespaces are not permitted"
site_files sites
for site in north south west; do mkdir hosts.$site; mv sites/$site.h5 hosts.$site; done
site_files="hosts.north/north.h5 hosts.south/south.h5 hosts.west/west.h5"
trial="$short --budget 8 --local-only-epochs 2 --strategy logo --algorithm scaffold"; trial=${trial/--clients 4/}

# rank.sh PROGRAM...: on the rank's own machine, that has its own sites alone; what it opens is noted
cat >rank.sh <<'END'
#!/usr/bin/env bash
rank=${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-}}
[ -n "$rank" ] || { echo "rank.sh: which rank is this?" >&2; exit 1; }
for site in north south west; do
  case " $(eval echo \$own_$rank) " in *" $site "*) ;; *) masks="$masks mount --bind empty hosts.$site &&";; esac
done
trace=; [ -z "$traced" ] || trace="strace -f -qq -e trace=open,openat,openat2 -e signal=none -o trace.$rank"
exec unshare -m sh -c "mount --make-rprivate / && $masks exec $trace \"\$@\"" sh "$@"
END
chmod +x rank.sh
alone() { # NP FOLDER ...: as ranks, each on a machine of its own
  local np=$1 folder=$2; shift 2
  timeout -k 5 $((5 * limit)) mpirun -np "$np" ./rank.sh "$BIN/fal_hpc" $site_files $trial --output "$folder" "$@" </dev/null
}
export own_0 own_1 own_2 traced=

ranks 1 joined.h5 --partition site $trial --output whole >out 2>&1 || { cat out; exit 1; }
own_0=north own_1=south own_2=west; alone 3 apart3 >out 2>&1 || { cat out; exit 1; }
same_items whole apart3
own_0="north south" own_1=west; alone 2 apart2 >out 2>&1 || { cat out; exit 1; }
same_items whole apart2
# A rank that lacks its file says which one it would need, and where; on one machine with the others' alone, too.
own_0="north south" own_1=south; expect_exit 3 alone 2 lacks
expect_line '^fal_hpc: hosts.west/west.h5: .*No such file.* \(rank 1 on ' err
[ ! -e lacks ] || fail "a refused job made its folder"

# Nothing of an image in results and checkpoints: neither pixels nor checksums, and no name but what the command says.
own_0=north own_1=south own_2=west
(alone 3 stopped --fl-rounds 400 --checkpoint-minutes 0 >out 2>&1 </dev/null) & pid=$!
for _ in $(seq $((50 * limit))); do [ ! -f "$(ls stopped/*.ckpt.h5 2>/dev/null)" ] || break; kill -0 $pid 2>/dev/null || break; sleep 0.02; done
touch stopped/STOP; wait $pid; [ $? = 75 ] || { cat out; fail "not stopped"; }
"$PYTHON" - joined.h5 apart3/*.h5 stopped/*.h5 <<'END' || fail "something of an image is in what rank 0 wrote"
import hashlib, sys, h5py
with h5py.File(sys.argv[1]) as f:
    images = [i.tobytes() for part in ("train", "test") for i in f[part + "/images"][:]]
def contents(path): # as they are stored, and unpacked
    yield open(path, "rb").read()
    arrays = []
    with h5py.File(path) as f:
        f.visititems(lambda name, item: arrays.append(item[()].tobytes()) if isinstance(item, h5py.Dataset) else None)
    yield from arrays
assert len(sys.argv) >= 4, sys.argv
for path in sys.argv[2:]:
    for have in contents(path):
        for image in images:
            digest = hashlib.sha256(image).digest()
            for trace in (image[:24], image[-24:], digest[:8], digest.hex()[:8].encode()):
                assert trace not in have, (path, trace)
END

# A site that lost its client's state cannot go on from the checkpoint, and says so.
[ "$(ls stopped/*.state | grep -c 'client_0[012]\.state$')" = 3 ] || { ls stopped; fail "not a state for each client"; }
rm stopped/*.client_01*.state
expect_exit 3 alone 3 stopped --fl-rounds 400
expect_line '^fal_hpc: stopped/.*\.client_01\.state: does not hold the client.s state after FL round [0-9]+ of AL round 1, .* \(rank 1 on ' err

# No rank as much as opens another's file, even where it could.
command -v strace >/dev/null || skip "strace is not there: only masks were tried"
timeout -k 5 20 strace -f -qq -o trace.0 true 2>/dev/null || skip "strace is not permitted: only masks were tried"
sed -i 's/^  case .*/  :/' rank.sh; traced=yes # all files are there
own_0=north own_1=south own_2=west
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" # which stops the other threads as strace does: not both at once
alone 3 traced >out 2>&1 || { cat out; exit 1; }
same_items whole traced
opened() { grep -o 'hosts\.[a-z]*/' "trace.$1" | sort -u | tr -d '\n'; }
[ "$(opened 0) $(opened 1) $(opened 2)" = "hosts.north/ hosts.south/ hosts.west/" ] || fail "opened: $(opened 0) $(opened 1) $(opened 2)"
