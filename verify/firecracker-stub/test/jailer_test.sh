#!/usr/bin/env bash
# The jailer, in namespaces of its own: what it refuses, and what becomes of the program.
#   jailer_test.sh OUT
# shellcheck disable=SC2317 # functions are called by their names
set -uo pipefail

out=$1 tests=0 bad=0
base=/mnt/jail
mount -t tmpfs -o mode=755 stage /mnt
mkdir "$base"
mkdir /mnt/qemu
cp "$out/jailer" "$out/firecracker" /mnt/
cp "$out/qemu/jailer" "$out/qemu/firecracker" /mnt/qemu/

check() { # NAME COMMAND...
    local name=$1 word=ok
    shift
    tests=$((tests + 1))
    "$@" || { word="not ok" bad=1; }
    echo "$word $tests - $name"
}

refuses() { # MESSAGE ARGUMENT...
    local message=$1 said
    shift
    said=$(/mnt/jailer "$@" 2>&1) && return 1
    [ "$said" = "$message" ] || { echo "# $said"; false; }
}

GOOD=(--exec-file /mnt/firecracker --uid 1879048200 --gid 1879048200 --chroot-base-dir "$base" --cgroup-version 2
    --parent-cgroup mvm-standin-none)

says_version() { [ "$(/mnt/jailer --version | head -n 1)" = "Jailer v1.16.1" ]; }
check "it says its version" says_version
check "an id is required" refuses "Failed to parse arguments: Argument 'id' required, but not found." "${GOOD[@]}"
check "an id is checked" refuses "Invalid instance ID: Invalid char (/) at position 1" --id a/b "${GOOD[@]}"
check "unknown arguments are refused" refuses "Failed to parse arguments: Found argument 'x' which wasn't expected, or isn't \
valid in this context." --id a "${GOOD[@]}" --x
check "an argument twice is refused" refuses "Failed to parse arguments: The argument '--id' was provided more than once." \
    --id a --id a "${GOOD[@]}"
check "an absolute cgroup is refused" refuses "Parent cgroup path is invalid. Path should not be absolute or contain '..' \
or '.'" --id a --exec-file /mnt/firecracker --uid 1 --gid 1 --chroot-base-dir "$base" --cgroup-version 2 --parent-cgroup /a
check "a cgroup above is refused" refuses "Parent cgroup path is invalid. Path should not be absolute or contain '..' \
or '.'" --id a --exec-file /mnt/firecracker --uid 1 --gid 1 --chroot-base-dir "$base" --cgroup-version 2 --parent-cgroup a/../..
check "a program that is not there is refused" refuses "Failed to canonicalize path /mnt/none: No such file or directory (os \
error 2)" --id a --exec-file /mnt/none --uid 1 --gid 1
check "a user that is no number is refused" refuses "Invalid uid: root" --id a --exec-file /mnt/firecracker --uid root --gid 1 \
    --chroot-base-dir "$base"
check "daemonize is refused" refuses "the stand-in does not daemonize" --id a "${GOOD[@]}" --daemonize

root=$base/firecracker/a/root
jailer=/mnt/jailer
jailed() { # ARGUMENT...: waits for the API socket; $pid
    rm -rf "$base/firecracker"
    exec 7< <(exec env -i X=1 "$jailer" --id a "${GOOD[@]}" "$@" -- --api-sock /run/api.sock 2>&1 8</dev/null)
    pid=$!
    until printf 'GET / HTTP/1.1\r\n\r\n' | socat - "UNIX-CONNECT:/proc/$pid/root/run/api.sock" >/mnt/answer 2>/dev/null; do
        kill -0 "$pid" || return 1
    done
}
status() { grep -qxP "$1" "/proc/$pid/status"; }
fds_are_its_own() { [ "$(readlink "/proc/$pid/fd/8")" != /dev/null ]; }
mounts() { [ "$(cut -d ' ' -f 5 "/proc/$pid/mountinfo")" = / ]; }
node() { [ "$(stat -c '%u %g %a %t:%T' "/proc/$pid/root/dev/$1")" = "1879048200 1879048200 600 $2" ]; }
folder() { [ "$(stat -c '%u %g %a' "/proc/$pid/root$1")" = "1879048200 1879048200 700" ]; }
limit() { grep -qP '^Max open files +2048 +2048' "/proc/$pid/limits"; }
arguments() {
    tr '\0' ' ' <"/proc/$pid/cmdline" |
        grep -qP '^/firecracker --id a --start-time-us \d+ --start-time-cpu-us \d+ --parent-cpu-time-us \d+ --api-sock /run/api.sock $'
}

check "the program runs and answers" jailed
check "it says who it is" grep -q '"id":"a","state":"Not started","vmm_version":"1.16.1"' /mnt/answer
check "user" status "Uid:\t1879048200\t1879048200\t1879048200\t1879048200"
check "group" status "Gid:\t1879048200\t1879048200\t1879048200\t1879048200"
check "no groups" status "Groups:\t *"
check "no capabilities" status "CapEff:\t0+"
check "system call filter" status "Seccomp:\t2"
check "no descriptors of others" fds_are_its_own
check "one mount" mounts
check "kvm" node kvm a:e8
check "tun" node net/tun a:c8
check "urandom" node urandom 1:9
for path in / /dev /dev/net /run; do check "folder $path" folder "$path"; done
check "limit of files" limit
check "arguments" arguments
check "empty environment" test ! -s "/proc/$pid/environ"
kill "$pid"
exec 7<&-
in_new_pid_ns() {
    jailed_pid=$(cat "$root/firecracker.pid")
    grep -qP "^NSpid:\t\d+\t1$" "/proc/$jailed_pid/status" && kill -9 "$jailed_pid"
}
rm -rf "$base/firecracker"
check "--new-pid-ns: the jailer ends" sh -c "/mnt/jailer --id a ${GOOD[*]} --new-pid-ns -- --api-sock /run/api.sock >/dev/null"
check "--new-pid-ns: the program is the first" in_new_pid_ns

jailer=/mnt/qemu/jailer GOOD[1]=/mnt/qemu/firecracker
check "for QEMU: the program runs and answers" jailed
has_usr() { grep -qP ' /usr ro,nosuid,nodev\b' "/proc/$pid/mountinfo" && [ "$(wc -l <"/proc/$pid/mountinfo")" = 2 ]; }
check "for QEMU: /usr is there, read-only, and nothing else" has_usr
kill "$pid"
echo "1..$tests"
exit $bad
