#!/usr/bin/env bash
# Runs the tests that OUT holds and prints one TAP stream.
#   run.sh OUT VECTORS
set -uo pipefail

here=$(dirname "$(readlink -f "$0")")
out=$(readlink -f "$1")
vectors=$(readlink -f "$2")
log=$out/test.log
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=native/testlib/suites.sh
. "$here/../../testlib/suites.sh"

# Each run has its own folder, with a path that is short enough for sockets.
behaviour() {
    mkdir "$scratch/$1"
    "$out/test/behaviour_test" "$out/$1/agent" "$vectors" "$scratch/$1"
}

# What docs/adr/0028 allows: lines with something to read.
budget() {
    local lines nothing_to_read='^[[:space:]]*(//.*|[][(){};,]*)$'
    lines=$(cat "$here"/../*.[ch] | grep -vcE "$nothing_to_read")
    [ "$lines" -le 1000 ] || echo -n "not "
    printf 'ok 1 - the program has %d lines of code, and 1,000 at most\n1..1\n' "$lines"
}

suite "budget" budget
suite "vectors" "$out/test/vectors_test" "$vectors"
suite "vectors, sanitized" "$out/asan/vectors_test" "$vectors"
suite "machine" "$out/test/machine_test"
suite "failures" "$out/test/failure_test" "$scratch"
suite "behaviour" behaviour test
suite "behaviour, sanitized" behaviour asan
cd "$scratch" || exit 2 # for the agent's socket
suite "generated frames, sanitized" "$out/asan/fuzz" "$vectors" 20000
end_suites '== '
