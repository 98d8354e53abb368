# The node machine: a Debian 13 with systemd under QEMU, to test what needs a whole machine of its own. It is booted
# once, saved, and every use is a clone of that. verify/node/README.md tells more.

NODE_DIR=$DEV/node
NODE_MACHINE=verify/node/machine

# Whatever is built from is in its key; a layer whose key has not changed is used as it is.
node_key() { sha256sum | cut -d ' ' -f 1; }

contents() { find "$@" -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum; }

base_key() {
    {
        contents "$NODE_MACHINE"/{image,packages,init,files,agent} dist/image
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

# The machine as the suites find it, in .dev/node/booted. One process at a time makes it.
build_node() {
    local kernel
    # shellcheck disable=SC2086 # lists of words
    need_packages $PACKAGES_NODE
    mkdir -p "$NODE_DIR/tmp"
    exec 8>"$NODE_DIR/lock"
    flock 8
    [ -e "$DEV/kernel/unpacked" ] || step "fetching Debian's cloud kernel" dist/image/fetch-kernel "$DEV/kernel"
    kernel=$(dist/image/fetch-kernel "$DEV/kernel")
    layer base "$(base_key "$kernel")" "building a Debian machine" build_machine "$kernel"
    layer booted "$(booted_key)" "booting it and saving it" node boot "$NODE_DIR/base" "$NODE_DIR/booted"
    exec 8>&-
}

build_machine() {
    make -C "$NODE_MACHINE/agent" OUT="$DEV/native/machine"
    "$NODE_MACHINE/image" "$1" "$DEV/native/machine/mvm-test-agent" "$NODE_DIR/base"
}

# dev_node_shell [COMMAND]: in a clone that is gone afterwards. What it says about itself goes to standard error, so that
# the output is the command's.
dev_node_shell() {
    build_node >&2
    node run "$NODE_DIR/booted" "$@"
}
