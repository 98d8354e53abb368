#!/usr/bin/env bash
# Runs the tests that OUT holds and prints one TAP stream.
#   run.sh OUT VECTORS
set -uo pipefail

here=$(dirname "$(readlink -f "$0")")

# Inside, in mount and process namespaces of its own: /srv is empty.
if [ "${1-}" = --inside ]; then
    shift
    mount -t tmpfs srv /srv
    exec "$@"
fi

out=$(readlink -f "$1")
vectors=$(readlink -f "$2")
log=$out/test.log
# shellcheck source=native/testlib/suites.sh
. "$here/../../testlib/suites.sh"

in_a_machine() {
    local tsc
    tsc=$(awk '/^bogomips/ { print int($3 * 500 + .5); exit }' /proc/cpuinfo)
    timeout 600 qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -M q35 -m 768 -smp 2 -accel tcg \
        -cpu max -serial stdio -kernel "$out/kernel/vmlinux" -initrd "$out/machine.cpio" -append "console=ttyS0 panic=-1 \
quiet mitigations=off no_timer_check cryptomgr.notests lsm= audit=0 tsc_early_khz=$tsc" < /dev/null | tr -d '\r'
}

suite "requests" "$out/test/request_test" "$vectors"
suite "requests, sanitized" "$out/asan/request_test" "$vectors"
suite "verbs" "$out/test/verbs_test"
suite "verbs, sanitized" "$out/asan/verbs_test"
suite "filter" "$out/test/filter_test"
if [ "$(id -u)" = 0 ]; then
    suite "process" unshare -mpf --kill-child --mount-proc bash "$here/run.sh" --inside \
        "$out/test/process_test" "$out/mvm-volume"
else
    skip "process" "not root"
fi
if [ ! -x /usr/bin/qemu-system-x86_64 ]; then
    skip "device-mapper in a machine" "no QEMU"
elif [ ! -e "$out/kernel/vmlinux" ]; then
    skip "device-mapper in a machine" "no kernel: make kernel"
else
    suite "device-mapper in a machine" in_a_machine
fi
end_suites '== ' 'mvm-volume: '
