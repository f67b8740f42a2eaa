# --compat logo-code is its switches, explicit values win, and every switch changes what it is said to change.
. "$TOP/tests/cli/lib.sh"; . "$TOP/tests/cli/hpc_lib.sh"
"$BIN/fal_data" synth -o small.h5 --train 160 --test 40 --seed 5 >/dev/null
run() { local o=$1; shift; "$BIN/fal_hpc" small.h5 $short --output "$o" "$@" >out 2>err </dev/null || { cat out err; fail "$*"; }; }
short="--clients 2 --al-rounds 2 --fl-rounds 2 --local-epochs 1 --budget 10 --batch-size 8 --evaluate 1"
set="--local-lr-step batch --local-stop-augment --alfa-head global --ensemble probability --gcn-subset 10000 --kmeans-starts 10 --scaffold code --partition logo-code"

# Where values come from.
printf 'ensemble = logit\n' >some.ini
"$BIN/fal_hpc" small.h5 --compat logo-code --alfa-head own --config some.ini --show-config >config </dev/null || fail "--show-config"
for line in 'scaffold += code +# --compat logo-code' 'kmeans_starts += 10 +# --compat logo-code' \
  'local_stop_augment += yes +# --compat logo-code' 'alfa_head += own +# command line' 'ensemble += logit +# .*some.ini:1' \
  'momentum += 0.9 +# default'; do expect_line "^$line\$" config; done

# The same trial by the set and by the switches: name and digest.
some="--strategy alfa-mix:local --algorithm scaffold --local-only-epochs 4"
run set $some --compat logo-code; run switches $some $set
[ "$(ls set)" = "$(ls switches)" ] || { ls set switches; fail "other names"; }
[ "$(digest_of set/*.h5)" = "$(digest_of switches/*.h5)" ] || fail "the set is not its switches"
run set $some $set; expect_line "already complete" out # also from the one to the other

# Each switch: other choices or scores in the second AL round than with its default.
choices() { h5dump -d /queries "$1"/*.h5 | tail -n +3; }
while read -r what; do
  strategy=${what%% *}; options=${what#* }; general=${options%%|*}; switch=${options#*|}
  rm -rf usual other; run usual --strategy "$strategy" $general; run other --strategy "$strategy" $general $switch
  [ "$(choices usual)" != "$(choices other)" ] || fail "$switch changes nothing in $strategy"
done <<'LIST'
logo --local-only-epochs 12|--local-lr-step epoch
logo --clients 4 --al-rounds 3 --budget 12 --local-only-epochs 15 --local-only-stop 0.8|--local-stop-augment
alfa-mix:local --local-only-epochs 4|--alfa-head global
ensemble-logit:entropy --local-only-epochs 4|--ensemble logit
gcnal:global |--gcn-subset 30
logo --local-only-epochs 4|--kmeans-starts 1
random --alpha 0.3|--partition logo-code
entropy:global --algorithm scaffold --fl-rounds 4 --lr-milestone 0|--scaffold code
LIST
