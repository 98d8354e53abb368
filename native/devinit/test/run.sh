#!/usr/bin/env bash
# Runs the tests that OUT holds and prints one TAP stream. Each suite has namespaces of its own and leaves nothing.
#   run.sh OUT
# Suites run as root, as an ordinary user with subordinate ids, and as one without.
set -uo pipefail

here=$(dirname "$(readlink -f "$0")")
NOBODY=65534
FIRST=100000 # of the subordinate ids, as test/confine_test.c knows it

# Stage: a tmpfs with the programs, which an ordinary user can reach wherever OUT is, then on as that user.
if [ "${1-}" = --stage ]; then
    out=$2 program=$3 as=$4 user=$5 suite=$6
    mount -t tmpfs -o mode=755 stage /mnt
    cp "$out/test/"* "$out/$program" /mnt/
    mount -t tmpfs -o mode=1777 tmp /tmp
    mkdir -m 1777 /mnt/scratch
    run=("/mnt/$suite" "/mnt/${program##*/}" /mnt/daemon /mnt/scratch "$as")
    [ "$user" = yes ] || exec "${run[@]}"
    echo "$NOBODY:$FIRST:1100000" > /mnt/uids
    [ "$as" != mapped ] || cp /mnt/uids /mnt/gids
    : >> /mnt/gids # a user range without a group range counts as none
    for which in u g; do
        [ ! -e /etc/sub${which}id ] || mount --bind /mnt/${which}ids /etc/sub${which}id
    done
    exec setpriv --reuid $NOBODY --regid $NOBODY --groups 20 --inh-caps=-all "${run[@]}"
fi

out=$(readlink -f "$1")
log=$out/test.log
# shellcheck source=native/testlib/suites.sh
. "$here/../../testlib/suites.sh"

# suites NAME PROGRAM root|mapped|alone user|root|only SUITE...: each in namespaces of its own, where it is the first
# process, as an ordinary user, as root, or as root of a user namespace with this one id
suites() {
    local name=$1 program=$2 as=$3 user=no which flags=-mnpf
    [ "$4" != user ] || user=yes
    [ "$4" != only ] || flags=-Urmnpf
    shift 4
    for which in "$@"; do
        suite "$which $name" unshare $flags --kill-child --mount-proc \
            bash "$here/run.sh" --stage "$out" "$program" "$as" $user "${which}_test"
    done
}

export ASAN_OPTIONS=detect_leaks=0 # the leak detector needs a process that traces this one
suite "generated configurations, sanitized" "$out/asan/fuzz" 50000
if [ "$(id -u)" = 0 ]; then
    suites "as root" mvm-devinit root root config start confine supervise
    suites "as root, sanitized" asan/mvm-devinit root root config start confine supervise
    if [ -x "$(command -v newuidmap)" ] && [ -e /etc/subuid ] && [ -e /etc/subgid ]; then
        suites "as a user with ids" mvm-devinit mapped user start confine supervise
    else
        skip "as a user with ids" "no newuidmap"
    fi
    suites "as a user" mvm-devinit alone user start confine supervise
else
    skip "as root" "not root"
fi
suites "as root with one id" mvm-devinit alone only config start confine supervise
end_suites '== '
