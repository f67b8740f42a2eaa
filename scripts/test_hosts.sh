#!/usr/bin/env bash
# make test-hosts: one file per site on hosts of their own, as network and mount namespaces of this machine: a switch, a host
# per site that sees its own file alone, Open MPI over TCP between them. The result is that of the joined file; a host that is
# cut off ends the job in bounded time, and the same command goes on once it is back.
# Needs root, iproute2, util-linux and Open MPI 4. The last line is "N passed, N failed, N skipped".
# Usage: scripts/test_hosts.sh FOLDER OF PROGRAMS
set -u
top=$(cd "$(dirname "$0")/.." && pwd); BIN=$(cd "$1" && pwd)
passed=0; failed=0
ok() { passed=$((passed + 1)); echo "ok    $*"; }
fail() { failed=$((failed + 1)); echo "FAIL  $*"; }
skip() { echo "skipped: $*"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }
. "$top/scripts/mpi.sh"
mpi_environment
unset OMPI_MCA_orte_execute_quiet # what mpirun says of a host that is lost is looked for
[ "$(id -u)" = 0 ] || skip "test-hosts needs root: it makes network namespaces"
command -v ip >/dev/null || skip "test-hosts needs iproute2"
command -v unshare >/dev/null && command -v nsenter >/dev/null || skip "test-hosts needs unshare and nsenter (util-linux)"
[ "$(mpi_family)" = openmpi-4 ] || skip "test-hosts starts ranks as Open MPI 4 does, and mpirun is $(mpi_family)"

work=$(mktemp -d); names=fal$$
sites=(north south west); addresses=(10.211.77.1 10.211.77.2 10.211.77.3)
clean() {
  for pid in $(for host in "${sites[@]}" switch; do ip netns pids "$names$host" 2>/dev/null; done); do kill -KILL "$pid" 2>/dev/null; done
  for host in "${sites[@]}" switch; do ip netns del "$names$host" 2>/dev/null; done
  rm -rf "$work"
}
trap clean EXIT
make_hosts() {
  ip netns add "${names}switch" && ip -n "${names}switch" link add lan type bridge && ip -n "${names}switch" link set lan up || return 1
  for k in 0 1 2; do
    local host=$names${sites[$k]} port=port$k
    ip netns add "$host" && ip -n "$host" link add eth0 type veth peer name $port netns "${names}switch" &&
      ip -n "$host" address add "${addresses[$k]}/24" dev eth0 && ip -n "$host" link set eth0 up && ip -n "$host" link set lo up &&
      ip -n "${names}switch" link set $port master lan && ip -n "${names}switch" link set $port up || return 1
  done
}
make_hosts 2>"$work/log" || skip "network namespaces are not permitted: $(head -n 1 "$work/log")"
(unshare -m -u true) 2>/dev/null || skip "mount namespaces are not permitted"
cd "$work" || exit 1

# on.sh HOST COMMAND...: in the place of ssh. A host has its own name, of the folders under disks its own alone, and results of
# its own.
mkdir empty disks results
cat >on.sh <<END
#!/usr/bin/env bash
address=\$1; shift
case \$address in ${addresses[0]}) own=north;; ${addresses[1]}) own=south;; ${addresses[2]}) own=west;; *) exit 1;; esac
for site in ${sites[*]}; do [ \$site = \$own ] || masks="\$masks mount --bind $work/empty $work/disks/\$site;"; done
exec nsenter -m -t $$ ip netns exec $names\$own unshare -m -u sh -c "mount --make-rprivate /; \$masks mount --bind $work/disks/\$own/results $work/results; hostname \$own; cd $work; \$*"
END
chmod +x on.sh
for site in "${sites[@]}"; do mkdir -p "disks/$site/results"; done
"$BIN/fal_data" synth -o base.h5 --train 240 --test 51 --seed 5 --side 16 --classes 5 >/dev/null
"$BIN/fal_data" split base.h5 --by partition --partition dirichlet --alpha 0.5 --clients 3 -o parts >/dev/null
"$BIN/fal_data" join parts/*.h5 -o joined.h5 >/dev/null
files=()
for k in 0 1 2; do mv parts/synth_client$k.h5 "disks/${sites[$k]}/data.h5"; files+=("disks/${sites[$k]}/data.h5"); done

trial="--al-rounds 2 --fl-rounds 12 --local-epochs 1 --budget 8 --batch-size 16 --evaluate 2 --local-only-epochs 2 --progress seconds:0 --threads 1
  --algorithm scaffold --strategy logo --checkpoint-minutes 0"
# As docs/operations.md has it: a host that does not answer for 10 s is taken for lost.
lost="--mca oob_tcp_keepalive_time 4 --mca oob_tcp_keepalive_intvl 2 --mca oob_tcp_keepalive_probes 3"
on_hosts() { # COMMAND...: a rank per host, from the first one
  timeout -k 5 300 ./on.sh ${addresses[0]} mpirun -np 3 --host "$(IFS=,; echo "${addresses[*]}")" --mca plm_rsh_agent "$work/on.sh" \
    --mca btl tcp,self --mca btl_tcp_if_include eth0 --mca oob_tcp_if_include eth0 $lost --wdir "$work" "$@" </dev/null
}
hosts() { # FOLDER arguments...
  local output=$1; shift
  on_hosts "$BIN/fal_hpc" "${files[@]}" $trial --output "results/$output" "$@"
}
items() { for item in /model /queries /rounds /fl_rounds /clients; do "$BIN/fal_data" digest --item $item "$1"/*_s1.h5 | cut -d' ' -f1; done; }

"$BIN/fal_hpc" joined.h5 --partition site $trial --output whole >log 2>&1 </dev/null || { cat log; fail "the joined file"; }
hosts apart >log 2>&1; code=$?
if [ $code != 0 ]; then cat log; fail "three hosts: exit code $code"
elif [ "$(items whole)" != "$(items disks/north/results/apart)" ]; then fail "three hosts: another result than the joined file"
else ok "three hosts, one file each: the result of the joined file"; fi
if grep -aq "north, south, west" disks/north/results/apart/*_s1.h5; then ok "the results name three hosts"; else fail "the results do not name three hosts"; fi

# A host without its file says so.
mv disks/west/data.h5 disks/west/away.h5
hosts lacks >log 2>&1; code=$?
if [ $code = 3 ] && grep -q 'disks/west/data.h5: .*No such file.* (rank 2 on west)' log; then ok "a host that lacks its file says so"
else cat log; fail "a host that lacks its file: exit code $code"; fi
mv disks/west/away.h5 disks/west/data.h5

# A cable is drawn in the middle of an AL round, and put back.
: >log
hosts cut --fl-rounds 100 >log 2>&1 & pid=$!
for _ in $(seq 1500); do grep -q 'AL round 1, FL round [2-9][0-9]*/' log && break; kill -0 $pid 2>/dev/null || break; sleep 0.02; done
ip -n "${names}switch" link set port2 down
wait $pid; code=$?
if [ $code = 124 ] || [ $code = 137 ]; then cat log; fail "a host is cut off: the job hangs"
elif [ $code = 0 ]; then cat log; fail "a host is cut off: the job did not notice"
elif ! grep -qiE 'lost communication|daemon|failed|unreachable' log; then cat log; fail "a host is cut off: nothing is said"
else ok "a host is cut off: the job ends with code $code and says why"; fi
for _ in $(seq 600); do [ -z "$(ip netns pids "${names}west")" ] && break; sleep 0.1; done
if [ -z "$(ip netns pids "${names}west")" ]; then ok "nothing is left running on the host that was cut off"
else fail "processes are left on the host that was cut off"; fi
kept=$(cd disks; ls -d */results/cut/*.state | grep -v '\.prev\.state$' | sed 's#/.*client#:#; s#\.state##' | tr '\n' ' ')
if [ "$kept" = "north:_00 south:_01 west:_02 " ]; then ok "each site keeps its own client's state"
else fail "states of clients: $kept"; fi
ip -n "${names}switch" link set port2 up
hosts cut --fl-rounds 100 >log 2>&1; code=$?
"$BIN/fal_hpc" joined.h5 --partition site $trial --fl-rounds 100 --output long >log2 2>&1 </dev/null
if [ $code != 0 ]; then cat log; fail "after the cut: exit code $code"
elif ! grep -q 'going on in AL round' log; then cat log; fail "after the cut: it began anew"
elif [ "$(items long)" != "$(items disks/north/results/cut)" ]; then fail "after the cut: another result"
else ok "after the cut the same command goes on, to the same result"; fi
left=$(cd disks; ls -d */results/*/* | grep -v '^north/results/[a-z]*/[^/]*_s1.h5$')
if [ -z "$left" ]; then ok "the other hosts keep nothing of a trial that is complete"; else fail "left behind: $left"; fi

# Each host's results are its own disk: so are the files of --selftest then.
on_hosts env TMPDIR="$work/results" "$BIN/fal_hpc" --selftest >log 2>&1; code=$?
left=$(find disks -name 'fal_selftest*')
if [ $code != 0 ]; then cat log; fail "--selftest on three hosts: exit code $code"
elif ! grep -q '^PASS  3 ranks compute the same bits' log; then cat log; fail "--selftest on three hosts: not three ranks"
elif [ -n "$left" ]; then fail "--selftest on three hosts: left behind: $left"
else ok "--selftest on three hosts, whose disks are their own"; fi
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
