# Command lines and names, in all programs: an option never becomes the value of another, words that lost their dashes are
# no files, ~ is the home folder, equal settings have one name, and locale, byte order marks and terminals change nothing.
. "$TOP/tests/cli/lib.sh"
"$BIN/fal_data" synth -o small.h5 --train 200 --test 60 --side 28 >/dev/null || fail "no data set"
hpc=$BIN/fal_hpc data=$BIN/fal_data query=$BIN/fal_query report=$BIN/fal_report bench=$BIN/fal_bench
listed() { expect_exit 0 "$hpc" small.h5 "$@" --list-trials; cut -d' ' -f4- out; }

# The next option is no value. What is forgotten here would start a job, overwrite a file, or be searched in a folder.
expect_exit 2 "$hpc" small.h5 --name --dry-run; expect_message fal_hpc '--name needs a value.*--name=--dry-run'
expect_exit 2 "$hpc" small.h5 --name --list-trials; expect_message fal_hpc '--name needs a value'
expect_exit 2 "$hpc" small.h5 --config --seeds 3; expect_message fal_hpc '--config needs a value'
expect_exit 2 "$hpc" small.h5 --output -np 4; expect_message fal_hpc '--output needs a value'
expect_exit 2 "$data" synth -o --train 100; expect_message fal_data '-o needs a value.*--output=--train'
expect_exit 2 "$data" partition small.h5 --plot --csv; expect_message fal_data '--plot needs a value'
expect_exit 2 "$query" small.h5 --strategy random --pool --budget 3; expect_message fal_query '--pool needs a value'
expect_exit 2 "$query" small.h5 --budget --pool p.csv --strategy random; expect_message fal_query '--budget needs a value'
expect_exit 2 "$report" . -o --csv; expect_message fal_report '-o needs a value'
expect_exit 2 "$report" . --threshold --csv; expect_message fal_report '--threshold needs a value'
expect_exit 2 "$bench" --json --threads 1; expect_message fal_bench '--json needs a value'
expect_exit 2 "$bench" --threads; expect_message fal_bench '--threads needs a value'
for f in outputs ./--train ./--csv ./-np; do [ ! -e $f ] || fail "$f was written"; done
listed --name=--dry-run >name; expect_line '^outputs/synth_--dry-run_logo_s1.h5$' name
expect_exit 0 "$hpc" small.h5 --partition-seed -1 --trial -1 --list-trials
expect_exit 0 "$hpc" --help; expect_line "^75 stopped, 76 waits for labels" out; expect_exit 0 "$bench" --threads 1 --help; expect_exit 3 "$hpc" -- --help; expect_message fal_hpc '--help: cannot open'

# Given twice, the last one counts.
listed --seeds 1-4 --seeds 7 >name; expect_line '_s7.h5$' name; [ "$(wc -l <name)" = 1 ] || fail "both lists"
expect_exit 0 "$data" partition small.h5 --clients 3 --clients 2; expect_line '^synth: 2 clients' out
expect_exit 0 "$query" small.h5 --strategy random --seed 1 --seed 2; cp out second
expect_exit 0 "$query" small.h5 --strategy random --seed 2; cmp out second || fail "fal_query: not the last seed"

# Words that are no files.
expect_exit 2 "$hpc" small.h5 alpha=0.1; expect_message fal_hpc 'looks like the option --alpha=0.1'
expect_exit 2 "$hpc" small.h5 -np 4; expect_message fal_hpc '-np: options are long.*mpirun'
expect_exit 2 "$hpc" small.h5 –alpha 0.1; expect_message fal_hpc 'another dash'
expect_exit 2 "$hpc" ""; expect_message fal_hpc 'an argument is empty'
expect_exit 2 "$hpc" small.h5 --output=; expect_message fal_hpc '--output: must not be empty'
expect_exit 2 "$hpc" small.h5 --dry-run no; expect_message fal_hpc 'write --dry-run=no'
expect_exit 2 "$data" partition small.h5 clients=3; expect_message fal_data 'looks like the option --clients=3'
expect_exit 2 "$data" info ""; expect_message fal_data 'an argument is empty'
expect_exit 2 "$data" synth -o ""; expect_message fal_data 'the value of -o is empty'
expect_exit 2 "$query" small.h5 strategy=random; expect_message fal_query 'looks like the option --strategy=random'
expect_exit 2 "$query" small.h5 --strategy random --pool=; expect_message fal_query 'the value of --pool is empty'
expect_exit 2 "$report" threshold=student; expect_message fal_report 'looks like the option --threshold=student'
expect_exit 2 "$report" ""; expect_message fal_report 'an argument is empty'
expect_exit 2 "$bench" --json ""; expect_message fal_bench 'the value of --json is empty'

# One setting, one name; those of plain values are the ones of version 0.1.0.
same() { # NAME arguments...
  local name=$1; shift
  listed "$@" >name; [ "$(cat name)" = "outputs/$name" ] || { cat name; fail "$*: not $name"; }
}
same synth_al_rounds-2_logo_s1.h5 --al-rounds 2
same synth_al_rounds-2_logo_s1.h5 --al_rounds=+02
same synth_alpha-0.5_lr-0.1_logo_s1.h5 --alpha .50 --lr 1e-01
same synth_alpha-inf_logo_s1.h5 --alpha INFINITY
same synth_partition-shards-2_logo_s1.h5 --partition shards:002
same synth_logo_s1.h5 --strategy logo:entropy
same synth_evaluate-7_entropy-global_s1.h5 --strategy entropy --evaluate 07
same synth_a-b_logo_s1.h5 --name "a b"
expect_exit 2 "$hpc" small.h5 --al-rounds 0x2; expect_exit 2 "$hpc" small.h5 --alpha 0x1p-3
expect_exit 2 "$hpc" small.h5 --strategy entropy,entropy:global --list-trials; expect_message fal_hpc 'listed twice'
for locale in de_DE.UTF-8 tr_TR.UTF-8 C.UTF-8 C; do
  { (export LC_ALL=$locale; listed --alpha 0.25 --name INI >name); } 2>/dev/null # bash may not know the locale
  [ "$(cat name)" = outputs/synth_alpha-0.25_INI_logo_s1.h5 ] || { cat name; fail "locale $locale"; }
done
listed --name größe >a; listed --name grösse >b; listed --name gr----e >c; listed --name 中 >d; listed --name 文 >e
[ "$(sort -u a b c d e | wc -l)" = 5 ] || { cat a b c d e; fail "different labels share a name"; }
[ "$(cat c)" = outputs/synth_gr----e_logo_s1.h5 ] || fail "the name of an ASCII label changed"

# The configuration file of the texts is one.
sed -n '/^INI files (/,/^A line goes on/s/^    //p' "$TOP/docs/operations.md" >texts.ini; printf 'alpha = 1\n' >common.ini
expect_line '^ +badge:global' texts.ini; listed --config texts.ini >name; [ "$(wc -l <name)" = 12 ] || { cat name; fail "texts.ini"; }
expect_line '/runs/synth_alpha-1_badge-global_s4.h5$' name

# The home folder, wherever the shell left the ~.
export HOME=$PWD/home; mkdir home; cp small.h5 home
printf 'output = ~/res\nname = x\n' >home.ini
same_path() { listed "${@:2}" >name; [ "$(cat name)" = "$1" ] || { cat name; fail "$*"; }; }
same_path "$HOME/res/synth_x_logo_s1.h5" --config home.ini
same_path "$HOME/res/synth_logo_s1.h5" --output=~/res
same_path "$HOME/res/synth_logo_s1.h5" --output '~/res//'
same_path "$HOME/synth_logo_s1.h5" --output '~'
expect_exit 2 "$hpc" small.h5 --output '~bob/x'; expect_message fal_hpc 'only ~/ is known'
expect_exit 0 "$data" info '~/small.h5'
expect_exit 0 "$query" '~/small.h5' --strategy random --output=~/q; [ -s home/q.query.csv ] || fail "no ~/q.query.csv"
expect_exit 2 "$report" . -o '~bob/x'; expect_message fal_report 'only ~/ is known'
expect_exit 2 env -u HOME "$query" small.h5 --strategy random -o '~/x'; expect_message fal_query 'HOME is not set'
env -u HOME "$hpc" small.h5 --output '~/x' >out 2>err; code=$?
if ! grep -q 'did not start, see above: it needs PATH and HOME' err; then # Open MPI 5 itself cannot do without
  [ $code = 2 ] || fail "no HOME"; expect_message fal_hpc 'HOME is not set'
fi
[ -z "$(find . -name '~*')" ] || fail "a folder called ~"
expect_exit 2 "$query" small.h5 --strategy random -o home/; expect_message fal_query 'is a folder'
long=$(printf 'n%.0s' $(seq 70))
expect_exit 2 "$data" import idx small.h5 -o "${long}1.h5"; expect_message fal_data '--name'
exit 0
