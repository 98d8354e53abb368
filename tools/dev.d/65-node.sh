# The node machine: a Debian 13 with systemd under QEMU, to test what needs a whole machine of its own. It is booted
# once, saved, and every use is a clone of that. verify/machine/README.md tells more.

NODE_DIR=$DEV/node
NODE_MACHINE=verify/machine

# Whatever is built from is in its key; a layer whose key has not changed is used as it is.
node_key() { sha256sum | cut -d ' ' -f 1; }

contents() { find "$@" -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum; }

base_key() {
    {
        contents "$NODE_MACHINE"/{image,packages,init,files,agent} packaging/guest-image
        basename "$1"/usr/lib/modules/*
    } | node_key
}

# A saved machine goes on only under the QEMU that has saved it.
booted_key() {
    {
        layer_key base
        contents "$NODE_MACHINE/driver"
        qemu-system-x86_64 --version
        grep -m 1 '^bogomips' /proc/cpuinfo
    } | node_key
}

layer_key() { cat "$NODE_DIR/$1.key" 2>/dev/null || true; }

# layer NAME KEY TEXT COMMAND...: makes it unless it is there with this key.
layer() {
    local name=$1 key=$2 text=$3
    shift 3
    if [ -d "$NODE_DIR/$name" ] && [ "$(layer_key "$name")" = "$key" ]; then
        return 0
    fi
    rm -rf "$NODE_DIR/$name" "$NODE_DIR/$name.key"
    step "$text" "$@"
    printf '%s\n' "$key" >"$NODE_DIR/$name.key"
}

node() { TMPDIR=$NODE_DIR/tmp PYTHONDONTWRITEBYTECODE=1 "$NODE_MACHINE/driver/node" "$@"; }

# Four machines: .dev/node/booted has Debian only, .dev/node/ready the product too, .dev/node/coordinator runs a coordinator,
# and .dev/node/fleet is its node and runs an instance. One process at a time makes them. A fifth, .dev/node/older, is in 67-older.sh.
build_booted() {
    local kernel
    # shellcheck disable=SC2086 # lists of words
    need_packages $PACKAGES_NODE
    [ -e "$DEV/kernel/unpacked" ] || step "fetching Debian's cloud kernel" packaging/guest-image/fetch-kernel "$DEV/kernel"
    kernel=$(packaging/guest-image/fetch-kernel "$DEV/kernel")
    layer base "$(base_key "$kernel")" "building a Debian machine" build_machine "$kernel"
    layer booted "$(booted_key)" "booting it and saving it" boot_machine
}

# What was made from an older one goes first.
boot_machine() {
    rm -rf "$NODE_DIR"/{older,older-ready,fleet,coordinator,ready}{,.key}
    node boot "$NODE_DIR/base" "$NODE_DIR/booted"
}

build_machine() {
    if [ "$(id -u)" -ne 0 ]; then
        unshare --user --map-root-user --map-auto true ||
            die "a machine has files of many users: $(id -un) needs ids in /etc/subuid and /etc/subgid"
    fi
    rm -rf "$NODE_DIR"/{older,older-ready,fleet,coordinator,ready,booted}{,.key}
    make -C "$NODE_MACHINE/agent" OUT="$DEV/native/machine"
    "$NODE_MACHINE/image" "$1" "$DEV/native/machine/mvm-test-agent" "$NODE_DIR/base"
}

build_ready() {
    local stage=$NODE_DIR/stage
    need_build_tools
    step "building the guest's agent" make -C native/guest OUT="$DEV/native/guest" all
    build_image
    rm -rf "$stage"
    mkdir -p "$stage/packages" "$stage/image" "$stage/vmm" "$stage/attack"
    stage_packages "$stage/packages"
    stage_vmm "$stage/vmm"
    stage_attack "$stage/attack"
    ln -f "$IMAGE/vmlinux" "$IMAGE/rootfs.cpio" "$IMAGE/digests" "$stage/image/"
    cp "$NODE_MACHINE/provision" "$stage/"
    cp "$stage/vmm/name" "$NODE_DIR/vmm-name"
    layer ready "$(ready_key)" "installing the product in it" provision_ready
    rm -rf "$stage"
}

ready_key() {
    {
        layer_key booted
        cd "$NODE_DIR/stage"
        contents .
    } | node_key
}

provision_ready() { provision booted ready; }

# provision FROM INTO: by what is in the stage.
provision() {
    tar -C "$NODE_DIR/stage" --owner=0 --group=0 --numeric-owner -cf "$NODE_DIR/stage.tar" .
    node provision "$NODE_DIR/$1" "$NODE_DIR/$2" "$NODE_DIR/stage.tar"
    rm "$NODE_DIR/stage.tar"
}

build_coordinator() { further coordinator ready "making a coordinator in it"; }

build_fleet() {
    build_coordinator
    further fleet coordinator "making a fleet in it"
}

# further NAME FROM TEXT: by the script of that name.
further() {
    stage_further "$1"
    layer "$1" "$(further_key "$2")" "$3" provision "$2" "$1"
    rm -rf "$NODE_DIR/stage"
}

stage_further() {
    local stage=$NODE_DIR/stage
    rm -rf "$stage"
    mkdir -p "$stage/suites"
    cp "$NODE_MACHINE/suite.sh" verify/scenarios/tap.sh "$stage/"
    cp verify/machine/suites/fleet.sh "$stage/suites/"
    cp "$NODE_MACHINE/$1" "$stage/provision"
}

# What is signed in it lasts for days, not for weeks, so that a day is in its key.
further_key() { { layer_key "$1" && contents "$NODE_DIR/stage" && date +%F; } | node_key; }

# What would be made anew is gone at once, so that nobody begins from it.
drop_stale_fleet() {
    local name from=ready
    for name in coordinator fleet; do
        stage_further "$name"
        [ "$(layer_key "$name")" = "$(further_key "$from")" ] || rm -rf "$NODE_DIR/$name"{,.key}
        from=$name
    done
    rm -rf "$NODE_DIR/stage"
}

# The function packages builds them and says where they are, after what it says about building.
stage_packages() {
    declare -F packages >/dev/null || return 0
    packages | tee "$NODE_DIR/packages" | { grep --line-buffered -v '[.]deb$' || true; }
    grep '[.]deb$' "$NODE_DIR/packages" | while read -r path; do
        ln -f "$path" "$1/"
    done
    rm "$NODE_DIR/packages"
}

# Firecracker and its jailer are no part of Debian or of this repository: who has them names them. Without them the
# stand-ins take their place, which boot no kernel.
stage_vmm() {
    if [ -n "${MVM_FIRECRACKER:-}${MVM_JAILER:-}" ]; then
        [ -x "${MVM_FIRECRACKER:-}" ] && [ -x "${MVM_JAILER:-}" ] ||
            die "MVM_FIRECRACKER and MVM_JAILER go together, and each names a program"
        cp "$MVM_FIRECRACKER" "$1/firecracker"
        cp "$MVM_JAILER" "$1/jailer"
        printf '%s, guest: %s under KVM, which is emulated\n' "$("$1/firecracker" --version | head -n 1)" \
            "$(basename "$DEV"/kernel/unpacked/usr/lib/modules/*)" >"$1/name"
    elif [ -e verify/firecracker-stub/Makefile ]; then
        step "building the stand-ins for Firecracker" make -C verify/firecracker-stub OUT="$DEV/native/standin" all
        cp "$DEV/native/standin/firecracker" "$DEV/native/standin/jailer" "$1/"
        cp "$DEV/native/standin/small/firecracker" "$1/small"
        # these say that they are stand-ins, and what their guest is
        "$1/firecracker" --version | grep . | paste -s -d , | sed 's/,\([^ ]\)/, \1/g' >"$1/name"
    else
        printf 'none\n' >"$1/name"
    fi
    # for pools whose grant has the flag strict
    [ ! -e verify/firecracker-stub/test/filters ] || cp verify/firecracker-stub/test/filters/deny-221.bpf "$1/seccomp.bpf"
}

# Programs that take a part's place and attack what they find there.
stage_attack() {
    local out=$DEV/native/attack
    step "building the programs that attack" make -C verify/attack/native OUT="$out" JAVA_HOME="$JAVA_HOME"
    cp "$out"/agent "$out"/vmm-* "$out"/reader-* "$out"/hostd-probe.jar "$1/"
}

# with_node_lock COMMAND...: one build at a time. The lock is not the command's: what it leaves running would keep the lock.
with_node_lock() {
    mkdir -p "$NODE_DIR/tmp"
    exec 8>"$NODE_DIR/lock"
    flock 8
    "$@" 8>&-
    exec 8>&-
}

# dev_node_shell [COMMAND]: in a clone that is gone afterwards, with the product if that has been built. What it says
# about itself goes to standard error, so that the output is the command's.
dev_node_shell() {
    with_node_lock build_booted >&2
    if [ -e "$NODE_DIR/ready.key" ]; then
        node run "$NODE_DIR/ready" "$@"
    else
        node run "$NODE_DIR/booted" "$@"
    fi
}
