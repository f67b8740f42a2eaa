#!/usr/bin/env bash
# Completion for bash, from what the programs say of themselves. Usage: completion.sh BIN > FILE
# Each option becomes a word "NAME:WHAT": a file, a folder, the words that its value may be (FILE: or a path), or nothing
# that is known.
set -eu
bin=$1

options() { # of --help on standard input
  sed -n -E 's/^  (-., )?(--[a-z0-9-]+)( ([^ ]+).*| .*)?$/\2 \4/p' | while read -r name value; do
    case $value in
      *FILE*|*.h5*|*.npy*|PREFIX) echo "$name:file";;
      DIR) echo "$name:folder";;
      NAME,...) if [ "$name" = --strategy ]; then echo "$name:strategies"; else echo "$name:?"; fi;;
      *'|'*) echo "$name:$(tr '|' '\n' <<< "$value" | grep -v '^[A-Z]*$' | paste -sd, -)";;
      [A-Z]*) case $name:$value in
          --strategy:*) echo "$name:strategies";;
          --partition:*) echo "$name:dirichlet,iid,logo-code,shards:,site,FILE";;
          --progress:*) echo "$name:rounds,seconds:,none";;
          --by:*) echo "$name:site,partition";;
          --validation:*) echo "$name:drop,join";;
          --crop:*) echo "$name:centre";;
          *) echo "$name:?";;
        esac;;
      *) echo "$name";;
    esac
  done | sort -u | tr '\n' ' '
}
subcommands() { "$bin/$1" --help | sed -n "s/^  $1 \([a-z]*\) .*/\1/p" | sort -u | tr '\n' ' '; }

echo "# Completion of fal_hpc's programs for bash; made by packaging/completion.sh of $("$bin/fal_hpc" --version)."
echo "declare -A _fal_options=("
programs=()
for path in "$bin"/fal_*; do
  program=$(basename "$path")
  case $program in *.*) continue;; esac
  programs+=("$program")
  echo "  [$program]='$("$path" --help | options)--help --version '"
  for command in $(subcommands "$program"); do
    case $("$path" --help | grep -c "^  $program $command ") in 0) continue;; esac
    if "$path" "$command" --help > /dev/null 2>&1; then echo "  [$program $command]='$("$path" "$command" --help | options)'"; fi
  done
done
echo ")"
echo "declare -A _fal_commands=("
for program in "${programs[@]}"; do
  words=$(subcommands "$program")
  if [ "$("$bin/$program" --help | grep -c 'SUBCOMMAND --help')" -gt 0 ]; then echo "  [$program]='$words'"; fi
done
echo ")"
echo "_fal_strategies='$("$bin/fal_hpc" --list-strategies | sed -n '/^Diagnostics/q;s/^\([a-z][a-z:-]*\)  .*/\1/p' | grep -v -e '^strategy$' -e '^needs:' | tr '\n' ' ')'"
echo "_fal_kinds='$("$bin/fal_data" import --help | sed -n '/^kinds:/,/^$/s/^  \([a-z0-9]*\) .*/\1/p' | tr '\n' ' ')'"
cat <<'END'

# What the value of an option may be; the word at hand is $1, what it is $2.
_fal_value() {
  local IFS=$' \t\n' word words
  case $2 in
    file) mapfile -t COMPREPLY < <(compgen -f -- "$1");;
    folder) mapfile -t COMPREPLY < <(compgen -d -- "$1");;
    strategies) # several, with commas between
      local before=; [[ $1 == *,* ]] && before=${1%,*},
      mapfile -t COMPREPLY < <(compgen -P "$before" -W "$_fal_strategies" -- "${1##*,}");;
    '?') COMPREPLY=();;
    *) words=; for word in ${2//,/ }; do [ "$word" = FILE ] || words+="$word "; done
       mapfile -t COMPREPLY < <(compgen -W "$words" -- "$1"; [[ ,$2, == *,FILE,* ]] && compgen -f -- "$1");;
  esac
  return 0
}

_fal_complete() {
  local program=${1##*/} current before key entry first=1
  # Words are cut at = and : by the shell; here they are whole again.
  local line=${COMP_LINE:0:COMP_POINT} words
  case $line in *[\\\'\"]*) COMPREPLY=(); return 0;; esac # quoted names are the shell's own affair (bashdefault)
  read -r -a words <<< "$line"; [[ $line == *[[:space:]] ]] && words+=("")
  current=${words[-1]}; before=; [ ${#words[@]} -gt 1 ] && before=${words[-2]}
  key=$program
  if [ -n "${_fal_commands[$program]:-}" ]; then
    if [ ${#words[@]} -eq 2 ]; then
      mapfile -t COMPREPLY < <(compgen -W "${_fal_commands[$program]} --help --version" -- "$current"); return 0
    fi
    key="$program ${words[1]}"; first=2
    if [ "${words[1]}" = import ] && [ ${#words[@]} -eq 3 ] && [[ $current != -* ]]; then
      mapfile -t COMPREPLY < <(compgen -W "$_fal_kinds" -- "$current"); return 0
    fi
  fi
  local name=$before value=$current
  if [[ $current == --*=* ]]; then name=${current%%=*}; value=${current#*=}; fi
  for entry in ${_fal_options[$key]:-}; do
    if [[ $entry == *:* && ${entry%%:*} == "$name" && $name == --* ]]; then
      _fal_value "$value" "${entry#*:}"
      _fal_cut "$value"; return 0
    fi
  done
  if [[ $current == -* ]]; then
    local names=; for entry in ${_fal_options[$key]:-}; do names+="${entry%%:*} "; done
    mapfile -t COMPREPLY < <(compgen -W "$names" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
  _fal_cut "$current"
}
# The shell replaces only what stands behind the last : (or =) of the word, so that is all it may be given.
_fal_cut() {
  local i left
  if [[ $1 == *:* && $COMP_WORDBREAKS == *:* ]]; then
    left=${1%"${1##*:}"}
    for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$left"}; done
  fi
  return 0
}
END
echo "complete -o filenames -o bashdefault -F _fal_complete ${programs[*]}"
