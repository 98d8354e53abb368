#!/usr/bin/env bash
# Tests of mvm-reader-start; prints a TAP stream. Status: 0 all passed, 1 not.
#   run.sh OUT
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
out=$(readlink -f "$1")
# shellcheck source=verify/scenarios/tap.sh
. "$here/../../../verify/scenarios/tap.sh"
STEP=reader-start

# where an ordinary user reaches them, whose memory others of it may not write into
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cp "$out/mvm-reader-start" "$out/test/connected" "$out/test/reader" "$folder/"
ordinary=()
[ "$(id -u)" != 0 ] || ordinary=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# read_by PROGRAM WORD [COMMAND...]: what the reader says when PROGRAM, started by COMMAND, starts it, and hostd hangs up once it runs
read_by() {
    coproc CONNECTED { exec "${@:3}" "$folder/connected" "$1" "$folder/reader" "$2"; }
    local from=${CONNECTED[0]} to=${CONNECTED[1]} pid=$CONNECTED_PID
    said=$(head -n 6 <&"$from")
    exec {to}>&-
    wait "$pid"
    status=$?
}
answer() { sed -n "s/^$1 //p" <<<"$said"; }

for program in "$out/mvm-reader-start" "$out/asan/mvm-reader-start"; do
    export ASAN_OPTIONS=detect_leaks=0
    read_by "$program" end
    equal "a reader that ends by itself has its status told" 7 "$status"
    equal "the connection is meant for the reader" "$(answer pid)" "$(answer listen)"
    most=$(awk '$1 == "MemTotal:" {print int($2 * 1024 / 8) * 9 + 67108864}' /proc/meminfo)
    equal "its files have a bound, for good" "$most $most" "$(answer file)"
    equal "abstract sockets of others are closed to it" closed "$(answer "abstract sockets of others")"
    equal "and it signals no other" closed "$(answer "signals to others")"
    read_by "$program" abort
    equal "one that a signal ends, too" 134 "$status"
done
read_by "$folder/mvm-reader-start" end "${ordinary[@]}"
equal "the reader cannot write into its memory" closed "$(answer "parent's memory")"
# shellcheck disable=SC2016 # for the shell inside
read_by "$folder/mvm-reader-start" end bash -c 'ulimit -f 1 && exec "$@"' bash
equal "a lower bound stays" "1024 1024" "$(answer file)"
read_by "$out/test/impatient" stay
equal "one that stays is killed" 137 "$status"
check "and is gone" test ! -e "/proc/$(answer pid)"

said=$("$out/mvm-reader-start" /nowhere/program 2>&1 3</dev/null)
equal "a program that is not there is told" "1 mvm-reader-start: /nowhere/program: No such file or directory" "$? $said"
said=$("$out/mvm-reader-start" 2>&1)
equal "so is a missing one" "1 mvm-reader-start: usage: mvm-reader-start PROGRAM [ARGUMENT...]" "$? $said"
end_tap
