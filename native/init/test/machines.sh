#!/usr/bin/env bash
# Boots images in machines of QEMU's and prints a TAP stream: machines.sh OUT IMAGE SCRATCH core|rest|hostile|CASE
# The machines are small, and there is one at a time. What is booted is what mkfs.erofs and veritysetup make, as the importer calls them.
set -uo pipefail

out=$1 kernel=$2/vmlinux work=$3 which=$4
SALT=be5a885a81f51e223b869a15709c935242eaab24802bc5b66b86fc2ec2361947
ID=i-0000002a
runtime=$out/runtime.cpio
tests=0
failed=0

tap() { # tap STATUS NAME
    tests=$((tests + 1))
    if [ "$1" -eq 0 ]; then echo "ok $tests - $2"; else
        echo "not ok $tests - $2"
        failed=1
        sed 's/^/# /' "$work/console"
    fi
}

# has LINE NAME: a line of the console. hasnt is its opposite.
has() { grep -qxF -e "$1" "$work/console"; tap $? "$2"; }
hasnt() { ! grep -qF -e "$1" "$work/console"; tap $? "$2"; }
ends() { has "mvm-init: end $1" "$2"; }
corrupt() { grep -qE '^mvm-init: end image_corrupt 125( |$)' "$work/console"; tap $? "$1"; }

# config ARGV [SIGNAL [VOLUME]]: /.mvm/config of a program that runs as a user.
config() {
    mkdir -p "$work/tree/.mvm"
    rm -f "$work/tree/.mvm/config"
    printf '{"format":"mvm-guest-config-1","argv":%s,"env":["PATH=/usr/bin:/","GREETING=a b\\u00e4"],"uid":1000,"gid":1001,"groups":[5],"cwd":"/srv/deep","stop_signal":%d%s}' \
        "$1" "${2:-15}" "${3:+,\"volume\":\"$3\"}" >"$work/tree/.mvm/config"
}

# tree: an image with the probe and what a hostile one would have besides.
tree() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree/etc" "$work/tree/elsewhere"
    chmod 755 "$work/tree"
    cp "$out/test/probe" "$work/tree/probe"
    cp "$out/test/probe" "$work/tree/root-probe"
    chmod 4755 "$work/tree/root-probe"
    echo old >"$work/tree/data"
    mkfifo -m 666 "$work/tree/pipe"
    ln -s /proc/1/mem "$work/tree/etc/resolv.conf"
}

# image: of the tree. Sets blocks and root.
image() {
    rm -f "$work/image"
    mkfs.erofs --quiet --all-root -T0 --mkfs-time -U 6d766d69-6d61-8765-8000-000000000001 "$work/image" "$work/tree" >"$work/log" 2>&1 ||
        cat "$work/log"
    blocks=$(($(stat -c %s "$work/image") / 4096))
    veritysetup format --no-superblock --format=1 --hash=sha256 --data-block-size=4096 --hash-block-size=4096 --salt=$SALT \
        --data-blocks=$blocks --hash-offset=$((blocks * 4096)) --root-hash-file="$work/root" "$work/image" "$work/image" >"$work/log"
    root=$(cat "$work/root")
}

words() { echo "mvm.disk=vda mvm.data_blocks=$blocks mvm.root_hash=$root mvm.id=$ID"; }

# machine WORDS [QEMU's arguments...]: until it ends. The console is in the file. The kernel says nothing in the middle of others' lines.
machine() {
    local words=$1 tsc
    shift
    tsc=$(awk '/^bogomips/ { print int($3 * 500 + .5); exit }' /proc/cpuinfo)
    timeout 120 nice -n 10 qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -bios qboot.rom -M q35 -m 192 -smp "${processors:-1}" \
        -accel tcg -serial stdio -kernel "$kernel" -initrd "$runtime" \
        -drive "if=none,id=i,file=$work/image,format=raw,readonly=on" -device virtio-blk-pci,drive=i "$@" -append "console=ttyS0 \
panic=-1 loglevel=1 mitigations=off no_timer_check cryptomgr.notests lsm= audit=0 tsc_early_khz=$tsc $words" </dev/null 2>"$work/qemu" |
        tr -d '\r' >"$work/console"
}

# shellcheck disable=SC2054 # the commas are QEMU's
PORT=(-device virtio-serial-pci -chardev "socket,id=c,path=$work/line,server=on,wait=off" -device virtserialport,chardev=c,name=mvm.ctl)
# shellcheck disable=SC2054 # as above
NET=(-netdev user,id=n,restrict=on -device virtio-net-pci,netdev=n)

# with_host COMMAND ARGUMENT... -- WORDS: a machine whose agent a host speaks to.
with_host() {
    local command=()
    while [ "$1" != -- ]; do command+=("$1") && shift; done
    rm -f "$work/line"
    machine "$2" "${PORT[@]}" &
    until [ -S "$work/line" ] || ! kill -0 $! 2>/dev/null; do :; done
    "$out/test/control" "$work/line" "${command[@]}" >"$work/said" 2>&1
    wait $!
    sed 's/^/# /' "$work/said"
    cat "$work/said" >>"$work/console"
}

# sees PREFIX EXPECTED: what the probe has found, a test each, and that it has found so much.
sees() {
    local line count=0
    while read -r line; do
        count=$((count + 1))
        [ "${line%%:*}" = yes ]
        tap $? "${line#*: }"
    done < <(sed -n "s/^$1: \(\(yes\|no\): .*\)/\1/p" "$work/console")
    [ "$count" -eq "$2" ]
    tap $? "it looked at $2 things"
}

# flip OFFSET: one bit of the image.
flip() {
    local byte
    byte=$(od -An -tu1 -j "$1" -N 1 "$work/image")
    # shellcheck disable=SC2059 # the form is the byte
    printf "\\x$(printf %02x $((byte ^ 4)))" | dd of="$work/image" bs=1 seek="$1" conv=notrunc status=none
}

# offset TEXT: where it is in the image.
offset() { LC_ALL=C grep -abo -m 1 -F -e "$1" "$work/image" | head -n 1 | cut -d: -f1; }

whole() {
    tree
    config '["probe","see"]'
    image
    machine "$(words) mvm.net=10.9.0.2/24,10.9.0.1 mvm.writable_mib=8" "${NET[@]}" "${PORT[@]}"
    has "mvm-init: started $ID" "the program starts"
    sees out 47
    has "out: by its name" "output by its name arrives"
    has "err: to its errors" "errors arrive"
    has 'out: a\x1b[2Jb\x5cc' "control bytes are shown as text"
    has 'out+ no end' "output without an end arrives"
    ends "exited 7" "the status is told"
}

agent() {
    tree
    config '["/probe","wait"]' 10
    image
    with_host both /probe inside -- "$(words)"
    sees in 6
    has "in: exit 0 5" "exec: status"
    has "out: signal 10" "the stop signal of the image arrives"
    ends "exited 3" "the status is told after a stop"
}

damaged_while_it_runs() {
    tree
    printf 'mark-%02048d' $(seq 64) >"$work/tree/long"
    config '["/probe","read","/long"]'
    image
    flip "$(offset "$(printf 'mark-%02048d' 40)")"
    machine "$(words)"
    has "out: reading" "the program starts"
    hasnt "out: read " "what is damaged is not read"
    corrupt "a bit of a file is another one: the machine ends at the read"
}

damaged() { # damaged OFFSET NAME: no program starts
    image
    flip "$1"
    machine "$(words)"
    hasnt "mvm-init: started" "$2: no program starts"
    corrupt "$2: the machine ends"
}

signals() {
    tree
    config '["/probe","fault"]'
    image
    machine "$(words)"
    ends "killed 139" "a signal is told"
    config '["/probe","ignore"]'
    image
    with_host both /probe inside -- "$(words) mvm.stop_seconds=1"
    ends "killed 137" "what ignores its stop signal is killed"
    config '["/probe","eat"]'
    image
    machine "$(words)"
    ends "oom 137" "want of memory is told apart"
}

layers() {
    tree
    config '["/root-probe","read-only"]'
    image
    machine "$(words) mvm.writable_mib=0"
    sees out 4
    ends "exited 0" "a root that is read-only"
}

# another_agent PROGRAM: a machine with this in the agent's place.
another_agent() {
    local runtime=$work/other/runtime.cpio
    "$(dirname "$0")/../../../packaging/guest-image/build-runtime" "$KERNEL" "$out/mvm-init" "$1" "$work/other" >"$work/log"
    machine "$(words)"
}

# One agent ends at once, the other is no program: its type (elf(5), e_type) is unknown.
agents_end() {
    [ -n "${KERNEL:-}" ] || return 0
    tree
    config '["/probe","ignore"]'
    image
    another_agent "$out/test/probe"
    ends "agent_failed 137" "without the agent the machine ends"
    cp "$out/test/probe" "$work/no-program"
    printf c | dd of="$work/no-program" bs=1 seek=16 conv=notrunc status=none
    another_agent "$work/no-program"
    hasnt "mvm-init: started" "an agent that cannot be executed: no program starts"
    ends "agent_failed 125 /usr/bin/mvm-guest: Exec format error" "an agent that cannot be executed: the machine ends"
}

damage() {
    tree
    printf 'mark-%02048d' $(seq 64) >"$work/tree/long"
    rm "$work/tree/root-probe"
    config '["/probe","read","/long"]'
    damaged 1024 "the superblock"
    image
    damaged $((blocks * 4096 + 100)) "the tree's root"
    damaged $(((blocks + 1) * 4096 + 8)) "the tree's leaf of the superblock"
    image
    damaged "$(($(offset $'\x7fELF') + 24))" "the program"
    image
    root=${root:0:63}$(echo "${root:63}" | tr 0-9a-f 1-9a-f0)
    machine "$(words)"
    hasnt "mvm-init: started" "another root hash: no program starts"
    corrupt "another root hash: the machine ends"
    image
    blocks=$((blocks - 1))
    machine "$(words)"
    hasnt "mvm-init: started" "another count of blocks: no program starts"
}

refusals() {
    tree
    config '["/missing"]'
    image
    machine "$(words)"
    ends "program_missing 127 /missing: No such file or directory" "no such program"
    config '["/x\nmvm-init: end exited 0"]'
    image
    machine "$(words)"
    ends "program_missing 127 /x?mvm-init: end exited 0: No such file or directory" "a program whose name has a line in it"
    config '["/data"]'
    image
    machine "$(words)"
    ends "program_invalid 126 /data: Permission denied" "a program that may not be executed"
    machine "$(words) mvm.more=1"
    ends "cmdline_invalid 125 unknown word mvm.more" "a word that is not known"
    config '["/probe","see"]' 15 /data
    image
    machine "$(words) mvm.volume=vdb"
    ends "volume_invalid 125 /dev/vdb: No such file or directory" "a volume that is not there"
    machine "mvm.disk=vdc mvm.data_blocks=$blocks mvm.root_hash=$root mvm.id=$ID"
    ends "disk_missing 125 /dev/vdc: No such file or directory" "an image that is not there"
    machine "$(words) mvm.net=10.9.0.2/24,10.9.0.1"
    ends "network_failed 125 10.9.0.2/24,10.9.0.1: No such device" "a network that is not there"
    rm "$work/tree/.mvm/config"
    image
    machine "$(words)"
    ends "config_missing 125 /image/.mvm/config: No such file or directory" "an image without a config"
    echo '{}' >"$work/tree/.mvm/config"
    image
    machine "$(words)"
    ends "config_invalid 125 /image/.mvm/config" "an image with another config"
    ln -sf /probe "$work/tree/.mvm/config"
    image
    machine "$(words)"
    ends "config_missing 125 /image/.mvm/config: Too many levels of symbolic links" "an image with a link as its config"
    config '["/probe","see"]'
    echo file >"$work/tree/proc"
    image
    machine "$(words)"
    ends "root_invalid 125 /proc: File exists" "an image whose /proc is a file"
}

volumes() {
    # shellcheck disable=SC2054 # as above
    local volume=(-drive "if=none,id=v,file=$work/volume,format=raw,cache=unsafe" -device virtio-blk-pci,drive=v)
    tree
    rm "$work/tree/data"
    config '["/probe","volume"]'
    image
    rm -f "$work/volume"
    truncate -s 32M "$work/volume"
    machine "$(words) mvm.volume=vdb" "${volume[@]}"
    ends "volume_unplaced 125 /dev/vdb" "a volume that the image has no place for"
    config '["/probe","volume"]' 15 /data
    image
    machine "$(words) mvm.volume=vdb" "${volume[@]}"
    ends "volume_unformatted 125 /dev/vdb" "a new volume without mke2fs in the archive"
    runtime=$out/runtime-volume.cpio
    machine "$(words) mvm.volume=vdb" "${volume[@]}"
    has "out: yes: the volume can be written" "a volume of zeros is formatted, and belongs to the program's user"
    has "out: yes: without devices of its own" "devices of a volume count for nothing"
    has "out: no: what was written before" "a new volume is empty"
    machine "$(words) mvm.volume=vdb" "${volume[@]}"
    has "out: yes: what was written before" "a volume that has been used is kept"
    dd if=/dev/urandom of="$work/volume" bs=1M count=1 conv=notrunc status=none
    sha256sum "$work/volume" >"$work/sum"
    machine "$(words) mvm.volume=vdb" "${volume[@]}"
    ends "volume_invalid 125 /dev/vdb: Invalid argument" "a volume with anything else is refused"
    sha256sum --quiet -c "$work/sum" >"$work/log" 2>&1
    tap $? "and left as it is"
}

# shellcheck source=native/init/test/hostile.sh
. "$(dirname "$0")/hostile.sh"
case $which in
    core)
        whole
        agent
        damaged_while_it_runs
        ;;
    rest)
        signals
        agents_end
        layers
        damage
        refusals
        volumes
        ;;
    hostile)
        links
        configs
        volumes_links
        agents_view
        removed_config
        outputs
        ;;
    *) "$which" ;;
esac
echo "1..$tests"
exit $failed
