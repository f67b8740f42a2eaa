#!/usr/bin/env bash
# make test-bare: what README promises a newcomer, on machines that have nothing: Debian 12 and 13 as debootstrap makes
# them, with git and make added, each in a folder of its own, with its own namespaces for mounts and processes. In each:
#   make demo, make test          in a clone of the committed tree, as README has them
#   the package of make deb       in another bare tree: installed by apt, a job from the data set to the report
#   packaging/apptainer.def       in a third, if it is of this Debian: its %post and %test commands
# Packages come from the mirror of this machine's apt sources (or BARE_MIRROR=URL), by its proxy settings; sources that
# ask for a password are not copied. Logs stay in build/bare, the trees do not. Needs root. The last line is "N passed,
# N failed, N skipped"; lines before it name what was skipped and why.
# Usage: scripts/test_bare.sh [SUITE ...]; environment: BARE_TEST=whole|unit|none, how much of the tests (a quarter of
# an hour and more, a minute beside their build, or none).
set -u
cd "$(dirname "$0")/.." || exit 1
top=$PWD; logs=$PWD/build/bare
suites=("$@"); [ $# -gt 0 ] || suites=(bookworm trixie)
for suite in "${suites[@]}"; do case $suite in *[!a-z]*) echo "$suite: no name of a Debian suite" >&2; exit 2;; esac; done
tests=${BARE_TEST:-whole}
passed=0; failed=0; skipped=0
ok() { passed=$((passed + 1)); echo "ok    $*"; }
fail() { failed=$((failed + 1)); echo "FAIL  $*"; }
skip() { skipped=$((skipped + 1)); echo "skip  $*"; }
finish() { echo "$passed passed, $failed failed, $skipped skipped"; [ $failed = 0 ]; exit; }
case $tests in whole | unit | none) ;; *) echo "BARE_TEST=$tests: use whole, unit or none" >&2; exit 2;; esac

# ---- what it takes ---------------------------------------------------------------------------------------------------
[ "$(id -u)" = 0 ] || { skip "bare: needs root: it makes system trees and enters them"; finish; }
command -v unshare >/dev/null || { skip "bare: unshare is not there (Debian: util-linux)"; finish; }
command -v apt-get >/dev/null || { skip "bare: apt-get is not there, whose sources name the mirror"; finish; }
if ! command -v debootstrap >/dev/null; then
  install="apt-get -q -y install --no-install-recommends debootstrap"
  { $install || { apt-get -q update && $install; }; } >/dev/null 2>&1 </dev/null
fi
command -v debootstrap >/dev/null ||
  { skip "bare: debootstrap is not there and cannot be installed"; finish; }
unshare --mount --pid --fork true 2>/dev/null ||
  { skip "bare: no namespaces for mounts and processes here"; finish; }

work=$(mktemp -d "${TMPDIR:-/var/tmp}/fal_bare.XXXXXX") || exit 1
# The mounts end with their namespace, and that with its first process, so nothing but the trees' own files is there to
# remove.
child=
# shellcheck disable=SC2317
clean() { # what ends may still write for a moment
  for _ in $(seq 100); do
    rm -rf --one-file-system "$work" 2>/dev/null
    [ -e "$work" ] || return
    sleep 0.1
  done
  echo "bare: $work could not be removed" >&2
}
trap clean EXIT
trap 'kill -KILL $child 2>/dev/null; exit 130' INT TERM HUP # unshare ignores others
apart() { # COMMAND...: with mounts and processes of its own; waited for in a way that lets signals in
  unshare --mount --pid --fork --kill-child "$@" </dev/null & child=$!
  wait "$child"; local code=$?
  child=; return $code
}
mkdir -p "$logs"

# Apt's proxy holds for debootstrap, too.
# shellcheck disable=SC2154
for scheme in http https; do
  proxy=; eval "$(apt-config shell proxy Acquire::$scheme::Proxy)"
  case $proxy in '' | DIRECT) continue;; esac
  printenv ${scheme}_proxy >/dev/null || export ${scheme}_proxy="$proxy"
done

# mirror SUITE: the first of this machine's sources that has it.
# shellcheck disable=SC2016
mirror() {
  local uri
  for uri in ${BARE_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u)}; do
    case $uri in
      http://* | https://* | file:*)
        if /usr/lib/apt/apt-helper download-file "${uri%/}/dists/$1/Release" "$work/Release" >/dev/null 2>&1; then
          echo "${uri%/}"; return
        fi;;
    esac
  done
}

# as_here TREE: names, proxies and certificates of this machine, also for apt.
as_here() {
  cp -L /etc/resolv.conf /etc/hosts "$1/etc/" 2>/dev/null
  apt-config dump | grep -E '^Acquire::(http|https|ftp|Check-|Retries|ForceIPv|Languages)' \
    >"$1/etc/apt/apt.conf.d/90here"
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d" # no service is started
  chmod +x "$1/usr/sbin/policy-rc.d"
  if [ -s /etc/ssl/certs/ca-certificates.crt ]; then
    mkdir -p "$1/etc/ssl/certs"
    [ -e "$1/etc/ssl/certs/ca-certificates.crt" ] || cp -L /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
  fi
}

# inside TREE COMMAND: by its shell, as root, with nothing of this environment but where the network is.
inside() {
  local tree=$1 name path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  local keep=("PATH=$path" HOME=/root LC_ALL=C.UTF-8 TERM=dumb)
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    if printenv "$name" >/dev/null; then keep+=("$name=$(printenv "$name")"); fi
  done
  # shellcheck disable=SC2016
  apart bash -c '
    mount -t proc proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --rbind /dev "$1/dev" &&
      mount -t tmpfs -o mode=1777 shm "$1/dev/shm" || exit 125
    tree=$1; command=$2; shift 2
    exec chroot "$tree" /usr/bin/env -i "$@" /bin/bash -c "$command"' bare "$tree" "$2" "${keep[@]}"
}

minutes() { awk -v s="$1" 'BEGIN { printf "%.1f min", s / 60 }'; }
# step NAME TREE COMMAND: its log in build/bare/NAME.log; says how long it took.
step() {
  local name=$1 start=$SECONDS; shift
  if inside "$@" >"$logs/$name.log" 2>&1; then ok "$name ($(minutes $((SECONDS - start))))"; return 0; fi
  tail -n 40 "$logs/$name.log"; fail "$name: see build/bare/$name.log"; return 1
}

# ---- the steps of one Debian -----------------------------------------------------------------------------------------
# make demo, with the time at which it said what: packages until the first file is compiled, then the build, the job.
demo() {
  local suite=$1 tree=$2 log=$logs/$1-demo.log start=$SECONDS built job stamp line
  rm -f "$work/said"; mkfifo "$work/said"
  while IFS= read -r line; do echo "$((SECONDS - start)) $line"; done <"$work/said" >"$log" & stamp=$!
  inside "$tree" 'cd /root/fal_hpc && make demo && echo "demo: done"' >"$work/said" 2>&1
  wait $stamp
  built=$(sed -n '/^[0-9]*   CC /{s/ .*//p;q}' "$log"); job=$(sed -n '/^[0-9]* \$ /{s/ .*//p;q}' "$log")
  if tail -n 1 "$log" | grep -q 'demo: done$' && [ -n "$built" ] && [ -n "$job" ]; then
    ok "$suite-demo (packages $(minutes "$built"), build $(minutes $((job - built)))," \
      "job $(minutes $((SECONDS - start - job))))"
  else
    tail -n 40 "$log"; fail "$suite-demo: see build/bare/$suite-demo.log"; return 1
  fi
}

make_test() {
  local suite=$1 tree=$2
  case $tests in
    whole) step "$suite-test" "$tree" 'cd /root/fal_hpc && make test';;
    unit) step "$suite-test" "$tree" 'cd /root/fal_hpc && make deps && make test-units';;
    none) skip "$suite-test: BARE_TEST=none"; return;;
  esac
  tail -n 1 "$logs/$suite-test.log" | sed 's/^/      /'
}

# As somebody has it who did not build it: only what the package says it needs.
# shellcheck disable=SC2016
package_job='
  set -e
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update; apt-get -q -y install --no-install-recommends /root/fal-hpc_*.deb
  cd /root
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  export PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
  export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
  fal_hpc --version
  fal_hpc --selftest
  mpirun -np 3 fal_hpc --selftest
  fal_data synth -o small.h5 --train 400 --test 150 --side 28
  mpirun -np 4 fal_hpc small.h5 --clients 4 --strategy logo,random --seeds 1-2 --al-rounds 2 --budget 12 --fl-rounds 3 \
    --local-epochs 1 --local-only-epochs 3
  fal_report outputs -o report
  grep -q "</html>" report/report.html
  apt-get -q -y remove fal-hpc
  [ -z "$(find /usr -name "fal_*")" ]'

package() {
  local suite=$1 tree=$2
  step "$suite-deb-build" "$work/$suite" 'export DEBIAN_FRONTEND=noninteractive; cd /root/fal_hpc &&
    apt-get -q -y install --no-install-recommends dpkg-dev debhelper && make deb' || return 0
  cp "$work/$suite/root/fal_hpc/build/deb/"fal-hpc_*.deb "$tree/root/"
  step "$suite-deb-job" "$tree" "$package_job"
}

# section NAME: of the Apptainer recipe.
section() { awk -v name="%$1" '/^%/ { on = $1 == name; next } on' packaging/apptainer.def; }
apptainer() {
  local suite=$1 tree=$2 wanted
  wanted=$(sed -n 's/^From: debian:\([0-9]*\).*/\1/p' packaging/apptainer.def)
  case $(cat "$tree/etc/debian_version") in
    "$wanted" | "$wanted".*) ;;
    *) return;; # tried in its own
  esac
  recipe=tried
  git clone -q --no-hardlinks "$top" "$tree/opt/fal_hpc" || { fail "$suite-apptainer: git clone"; return; }
  { echo "set -e"; section post; section test; } >"$tree/root/recipe.sh"
  step "$suite-apptainer" "$tree" 'sh /root/recipe.sh'
}

run_suite() {
  local suite=$1 from start=$SECONDS
  from=$(mirror "$suite")
  [ -n "$from" ] || { skip "$suite: no mirror of this machine's apt sources that is reached has it"; return; }
  local log=$logs/$suite-tree.log
  if ! apart debootstrap --variant=minbase --include=git,make "$suite" "$work/$suite" "$from" >"$log" 2>&1; then
    skip "$suite: debootstrap: $(grep -m 1 '^[EW]: ' "$log" || tail -n 1 "$log")"
    rm -rf --one-file-system "${work:?}/$suite"; return
  fi
  as_here "$work/$suite"
  echo "$suite: Debian $(cat "$work/$suite/etc/debian_version"), bare tree in $(minutes $((SECONDS - start)))"
  cp -a "$work/$suite" "$work/$suite.bare"
  git clone -q --no-hardlinks "$top" "$work/$suite/root/fal_hpc" || { fail "$suite: git clone"; return; }
  if demo "$suite" "$work/$suite"; then
    make_test "$suite" "$work/$suite"
    cp -a "$work/$suite.bare" "$work/$suite.user"
    package "$suite" "$work/$suite.user"
  fi
  rm -rf --one-file-system "${work:?}/$suite" "$work/$suite.user"
  apptainer "$suite" "$work/$suite.bare"
  rm -rf --one-file-system "${work:?}/$suite.bare"
}
recipe=
for suite in "${suites[@]}"; do run_suite "$suite"; done
[ -n "$recipe" ] || skip "apptainer: the recipe is of another Debian than $(IFS=,; echo "${suites[*]}")"
finish
