#!/usr/bin/env bash
# Runs the tests that OUT holds and prints one TAP stream. Each suite has namespaces of its own and leaves nothing.
#   run.sh OUT VECTORS
# Suites run as root, as root of a user namespace with all ids mapped, and as an ordinary user with only its own id.
set -uo pipefail

here=$(dirname "$(readlink -f "$0")")
NOBODY=65534
MAPPED="--map-users 0,0,65536 --map-users 1879048192,1879048192,1048576
        --map-groups 0,0,65536 --map-groups 1879048192,1879048192,1048576 --setuid 0 --setgid 0"

# Inside: /mnt holds the programs; the rest of the command line is the suite.
if [ "${1-}" = --inside ]; then
    shift
    [ "$1" != --probe ] || { shift; mount --bind /mnt/probe /usr/bin/qemu-system-x86_64; }
    [ "$1" != --stores ] || { shift; mount -t tmpfs srv /srv; mount -t tmpfs lib /var/lib; }
    exec "$@"
fi
# Stage: a tmpfs with the programs, which an ordinary user can reach wherever OUT is, then on as that user.
if [ "${1-}" = --stage ]; then
    out=$2 as=$3
    shift 3
    mount -t tmpfs -o mode=755 stage /mnt
    cp "$out"/mvm-launch "$out"/mvm-launch-dev "$out"/test/* "$here/run.sh" /mnt/
    [ ! -e "$out/kernel/vmlinux" ] || cp "$out/kernel/vmlinux" /mnt/
    mkdir /mnt/scratch
    if mknod -m 666 /mnt/tun c 10 200 2> /dev/null; then mount --bind /mnt/tun /dev/net/tun; fi
    # shellcheck disable=SC2086 # several words on purpose
    case $as in
    root) exec unshare -mnpf --kill-child --mount-proc bash /mnt/run.sh --inside "$@" ;;
    mapped) exec unshare -U $MAPPED -mnpf --kill-child --mount-proc bash /mnt/run.sh --inside "$@" ;;
    user)
        chown $NOBODY /mnt/scratch
        exec setpriv --reuid $NOBODY --regid $NOBODY --clear-groups --inh-caps=-all \
            unshare -Urmnpf --kill-child --mount-proc bash /mnt/run.sh --inside "$@"
        ;;
    self) exec unshare -mnpf --kill-child --mount-proc bash /mnt/run.sh --inside "$@" ;;
    esac
fi

out=$(readlink -f "$1")
vectors=$(readlink -f "$2")
log=$out/test.log
# shellcheck source=native/testlib/suites.sh
. "$here/../../testlib/suites.sh"

# Runs the suite as each kind of user that this user can be.
as_each() {
    local name=$1 as
    shift
    if [ "$(id -u)" = 0 ]; then
        for as in root mapped user; do
            suite "$name as $as" unshare -m bash "$here/run.sh" --stage "$out" "$as" "$@"
        done
    else
        skip "$name as root" "not root"
        suite "$name as user" unshare -Urm bash "$here/run.sh" --stage "$out" self "$@"
    fi
}

# Returns whether QEMU runs with this machine's KVM outside of any jail.
kvm_word() {
    echo '{"execute":"qmp_capabilities"} {"execute":"quit"}' | timeout 60 qemu-system-x86_64 -M q35 -accel kvm -cpu host \
        -nodefaults -no-user-config -display none -S -qmp stdio > /dev/null 2>&1 && echo kvm
}

in_a_machine() {
    local tsc
    tsc=$(awk '/^bogomips/ { print int($3 * 500 + .5); exit }' /proc/cpuinfo)
    timeout 600 qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -M q35 -m 512 -smp 2 -accel tcg \
        -cpu max -serial stdio -kernel "$out/kernel/vmlinux" -initrd "$out/machine.cpio" -append "console=ttyS0 panic=-1 \
quiet mitigations=off no_timer_check cryptomgr.notests lsm= audit=0 tsc_early_khz=$tsc" < /dev/null | tr -d '\r'
}

# claim: L1
suite "request parser" "$out/test/request_test" "$vectors"
# claim: L1
suite "request parser, sanitized" "$out/asan/request_test" "$vectors"
# claim: L1
suite "generated requests, sanitized" "$out/asan/fuzz" "$vectors" 200000
# claim: L4
suite "limits, sanitized" "$out/asan/limits_test"
suite "QEMU's command line, sanitized" "$out/asan/command_test"
if [ -x /usr/bin/qemu-system-x86_64 ]; then
    # claim: L1 L2, as root
    as_each "dev launcher" --probe /mnt/dev_test /mnt/mvm-launch-dev /mnt/impatient /mnt/scratch
else
    skip "dev launcher" "no QEMU"
fi
if [ "$(id -u)" = 0 ]; then
    # claim: L3
    suite "production launcher up to the cgroup" unshare -m bash "$here/run.sh" --stage "$out" root \
        --stores /mnt/production_test /mnt/mvm-launch
else
    skip "production launcher up to the cgroup" "not root"
fi
if [ ! -x /usr/bin/qemu-system-x86_64 ]; then
    skip "machines" "no QEMU"
elif [ ! -e "$out/kernel/vmlinux" ]; then
    skip "machines" "no kernel: make kernel"
else
    # claim: L3 L4 L6
    suite "production launcher in a machine" in_a_machine
    # claim: L2, as root
    # shellcheck disable=SC2046 # a word or none
    as_each "dev launcher with QEMU" /mnt/qemu_test /mnt/mvm-launch-dev /mnt/vmlinux /mnt/guest.cpio $(kvm_word)
fi
end_suites '== ' 'mvm-launch: ' 'qemu-system-x86_64: terminating'
