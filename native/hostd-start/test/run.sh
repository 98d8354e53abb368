#!/usr/bin/env bash
# Tests of mvm-hostd-start; prints a TAP stream. Status: 0 all passed, 1 not.
#   run.sh OUT
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
out=$(readlink -f "$1")
# shellcheck source=verify/scenarios/tap.sh
. "$here/../../../verify/scenarios/tap.sh"
STEP=hostd-start

# somebody outside of the domain who listens, and can get signals
folder=$(mktemp -d)
abstract=@mvm-hostd-start-${folder##*/}
trap 'kill "$outsider" 2>/dev/null; rm -rf "$folder"' EXIT
"$out/test/outside" "$abstract" "$folder/socket" "$folder/ready" &
outsider=$!
within "somebody outside of the domain listens" test -e "$folder/ready"

# asked COMMAND...: what the probe says when that starts it
asked() { "$@" "$out/test/probe" "$abstract" "$folder/socket" "$outsider"; }
answer() { sed -n "s/^$1 //p" <<<"$answers"; }

answers=$(MVM_ABSTRACT_SOCKET=$abstract asked env)
equal "without it, abstract sockets of others are open" yes "$(answer outside)"
equal "and signals" yes "$(answer signal)"
equal "and the memory of others of its user" yes "$(answer memory)"

for program in "$out/mvm-hostd-start" "$out/asan/mvm-hostd-start"; do
    answers=$(ASAN_OPTIONS=detect_leaks=0 asked "$program")
    equal "the status is the program's" 7 $?
    equal "abstract sockets of others are closed" EPERM "$(answer outside)"
    equal "so is the one that it was left, by which it sees that" EPERM "$(answer left)"
    equal "sockets in the file system are open" yes "$(answer path)"
    equal "others get no signal" EPERM "$(answer signal)"
    equal "it gets its own" yes "$(answer own-signal)"
    equal "memory of others of its user is closed" EACCES "$(answer memory)"
    equal "its own is open" yes "$(answer own-memory)"
    equal "its own abstract sockets are open" yes "$(answer own)"
    equal "it gets no new privileges" 1 "$(answer no-new-privs)"
done

for kernel in ENOSYS EOPNOTSUPP; do
    said=$(asked "$out/test/refusing" $kernel "$out/mvm-hostd-start" 2>&1)
    equal "on a kernel that answers $kernel nothing is started" 1 $?
    equal "and it says why" "mvm-hostd-start: Landlock: this kernel has no scopes for abstract sockets; boot Linux 6.12 or later, with landlock among lsm=" "$said"
done
said=$("$out/mvm-hostd-start" /nowhere/program 2>&1)
equal "a program that is not there is told" "1 mvm-hostd-start: /nowhere/program: No such file or directory" "$? $said"
said=$("$out/mvm-hostd-start" 2>&1)
equal "so is a missing one" "1 mvm-hostd-start: usage: mvm-hostd-start PROGRAM [ARGUMENT...]" "$? $said"
end_tap
