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

# with_agent BUILD TEST [VECTORS]: a test that plays the host of the agent of that build. Each run has its own folder, with a path that
# is short enough for sockets.
with_agent() {
    local build=$1 test=$2
    shift 2
    mkdir "$scratch/$build-$test"
    "$out/test/$test" "$out/$build/agent" "$scratch/$build-$test" "$@"
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
suite "programs" with_agent test exec_test
suite "programs, sanitized" with_agent asan exec_test
suite "sessions" with_agent test session_test "$vectors"
suite "sessions, sanitized" with_agent asan session_test "$vectors"
suite "workers" with_agent test hook_test
suite "workers, sanitized" with_agent asan hook_test
cd "$scratch" || exit 2 # for the agent's socket
suite "generated frames, sanitized" "$out/asan/fuzz" "$vectors" 20000
end_suites '== '
