#!/usr/bin/env bash
# Runs the tests that OUT holds and prints one TAP stream.
#   run.sh OUT
# With IMAGE, a folder with a guest's vmlinux, and OUT/runtime.cpio images are booted; with LONG=yes all of them. With KERNEL and AGENT the
# initramfs is built once more.
set -uo pipefail

here=$(dirname "$(readlink -f "$0")")
out=$(readlink -f "$1")
log=$out/test.log
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=native/testlib/suites.sh
. "$here/../../testlib/suites.sh"

# Lines with something to read, as docs/adr/0028 counts them.
budget() {
    local lines nothing_to_read='^[[:space:]]*(//.*|[][(){};,]*)$'
    lines=$(cat "$here"/../*.[ch] | grep -vcE "$nothing_to_read")
    [ "$lines" -le 900 ] || echo -n "not "
    printf 'ok 1 - the program has %d lines of code, and 900 at most\n1..1\n' "$lines"
}

# The same inputs of another age, by another user's mask, give the same bytes.
same_bytes() {
    local name
    cp "$out/mvm-init" "$scratch/init"
    cp "$AGENT" "$scratch/agent"
    chmod 700 "$scratch/init" "$scratch/agent"
    (umask 077 && "$here/../../../packaging/guest-image/build-runtime" "$KERNEL" "$scratch/init" "$scratch/agent" "$scratch/again" &&
        "$here/../../../packaging/guest-image/build-runtime" "$KERNEL" "$scratch/init" "$scratch/agent" "$scratch/again" /usr/sbin/mke2fs) >/dev/null
    for name in runtime runtime-volume; do
        cmp "$out/$name.cpio" "$scratch/again/$name.cpio" >&2 || echo -n "not "
        printf 'ok - %s has the same bytes again, %d of them\n' "$name" "$(stat -c %s "$out/$name.cpio")"
    done
    echo 1..2
}

machines() {
    local program
    for program in qemu-system-x86_64 mkfs.erofs veritysetup; do
        if [ ! -x "$(PATH=$PATH:/usr/sbin command -v $program)" ]; then
            skip "machines" "no $program"
            return
        fi
    done
    if [ ! -e "${IMAGE:-}/vmlinux" ] || [ ! -e "$out/runtime.cpio" ]; then
        skip "machines" "no kernel or initramfs: make runtime"
        return
    fi
    export PATH=$PATH:/usr/sbin
    [ -z "${KERNEL:-}" ] || suite "initramfs" same_bytes
    suite "machines" bash "$here/machines.sh" "$out" "$IMAGE" "$scratch" core
    [ "${LONG:-}" = yes ] || return 0
    suite "more machines" bash "$here/machines.sh" "$out" "$IMAGE" "$scratch" rest
    suite "hostile images" bash "$here/machines.sh" "$out" "$IMAGE" "$scratch" hostile
}

suite "budget" budget
suite "parsers" "$out/test/parser_test"
suite "parsers, sanitized" "$out/asan/parser_test"
suite "generated input, sanitized" "$out/asan/fuzz" 50000
machines
end_suites '== '
