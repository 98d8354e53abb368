#!/usr/bin/env bash
# Runs the tests that OUT holds and prints one TAP stream.
#   run.sh OUT RECORDING [IMAGE]
set -uo pipefail

here=$(dirname "$(readlink -f "$0")")
out=$(readlink -f "$1")
recording=$(readlink -f "$2")
log=$out/test.log
jail=$(mktemp -d /tmp/standin.XXXXXX) # short enough for sockets in it
trap 'rm -rf "$jail"' EXIT
# shellcheck source=native/testlib/suites.sh
. "$here/../../../native/testlib/suites.sh"

in_jail() { # TEST PROGRAM ARGUMENT...: in a fresh directory
    local test=$1 program=$2
    shift 2
    rm -rf "$jail/root"
    mkdir "$jail/root"
    "$out/test/$test" "$here/jail.sh" "$program" "$jail/root" "$@"
}

boots_image() { # IMAGE: without KVM, which not every machine has for guests
    rm -rf "$jail/root"
    mkdir -p "$jail/root/img"
    cp "$1/vmlinux" "$jail/root/img/vmlinux"
    cp "$1/rootfs.cpio" "$jail/root/img/g.cpio"
    WITHOUT_KVM=1 "$out/test/qemu_test" "$here/jail.sh" "$out/qemu/firecracker" "$jail/root"
}

suite "recorded exchanges" in_jail contract_test "$out/firecracker" "$recording"
suite "recorded exchanges, sanitized" in_jail contract_test "$out/asan/firecracker" "$recording" --no-seccomp
suite "behaviour" in_jail behaviour_test "$out/firecracker"
suite "behaviour, sanitized" in_jail behaviour_test "$out/asan/firecracker" --no-seccomp
suite "snapshots" in_jail snapshot_test "$out/firecracker"
suite "snapshots, sanitized" in_jail snapshot_test "$out/asan/firecracker" --no-seccomp
suite "filters" bash "$here/filter_test.sh" "$out/firecracker" "$here/filters"
suite "filters, sanitized" bash "$here/filter_test.sh" "$out/asan/firecracker" "$here/filters" refused
suite "altered requests, sanitized" in_jail fuzz "$out/asan/firecracker" "$recording" 3000
if [ -z "${3-}" ]; then
    skip "guest of QEMU" "no image"
elif [ ! -w /dev/net/tun ] || [ ! -x /usr/bin/qemu-system-x86_64 ]; then
    skip "guest of QEMU" "no tun device or no QEMU"
else
    suite "guest of QEMU" boots_image "$3"
fi
if [ "$(id -u)" = 0 ]; then
    suite "jailer" unshare --mount --net --pid --fork --kill-child --mount-proc -- \
        bash "$here/jailer_test.sh" "$out"
else
    skip "jailer" "not root"
fi
end_suites '== ' '20..-..-..T' '\[ '
