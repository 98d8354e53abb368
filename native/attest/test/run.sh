#!/usr/bin/env bash
# Runs the tests that OUT holds and prints one TAP stream.
#   run.sh OUT
set -uo pipefail

here=$(dirname "$(readlink -f "$0")")
out=$(readlink -f "$1")
log=$out/test.log
# shellcheck source=native/testlib/suites.sh
. "$here/../../testlib/suites.sh"

suite "changed responses" "$out/test/fuzz"
suite "changed responses, sanitized" "$out/asan/fuzz"
suite "filter" "$out/test/filter_test"
if command -v swtpm >/dev/null; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    # claim: K9
    suite "process" "$out/test/process_test" "$out/mvm-attest" "$folder"
else
    skip "process" "no swtpm"
fi
end_suites '== ' 'mvm-attest: ' 'swtpm: '
