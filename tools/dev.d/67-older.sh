# Packages of an older commit, and a machine that runs a fleet made with them: what it has kept must be readable by the present packages.

# The last commit before the tree was ordered anew and classes were renamed.
OLDER_COMMIT=b6293a9d6d5afaa85d76b0158a9823d28a257ce1
OLDER=$DEV/older
OLDER_WHY=$NODE_DIR/older.why

# build_older: the machine .dev/node/older. Without it, the suites that begin from it fail with the line in .dev/node/older.why.
build_older() {
    rm -f "$OLDER_WHY"
    if ! git cat-file -e "$OLDER_COMMIT^{commit}" 2>/dev/null; then
        rm -rf "$NODE_DIR"/older{,.key}
        say "this clone lacks the commit ${OLDER_COMMIT::7}, whose packages are to be upgraded; fetch it: git fetch --unshallow" |
            tee "$OLDER_WHY"
        return 1
    fi
    [ "$(cat "$OLDER/commit" 2>/dev/null)" = "$OLDER_COMMIT" ] ||
        step "building the packages of ${OLDER_COMMIT::7}" build_older_packages
    stage_older_ready
    layer older-ready "$(ready_key)" "installing the older product" provision booted older-ready
    stage_older
    layer older "$(further_key older-ready)" "making a fleet with it" provision older-ready older
    rm -rf "$NODE_DIR/stage"
}

# What would be made anew is gone at once, so that no suite begins from it.
drop_stale_older() {
    if [ "$(cat "$OLDER/commit" 2>/dev/null)" = "$OLDER_COMMIT" ]; then
        stage_older_ready
        if [ "$(layer_key older-ready)" = "$(ready_key)" ]; then
            stage_older
            [ "$(layer_key older)" != "$(further_key older-ready)" ] || return 0
        fi
    fi
    rm -rf "$NODE_DIR"/older{,.key}
}

# By that commit's own command, in a folder that is gone then. What is kept: the packages, and that commit's scripts that make a fleet.
build_older_packages() {
    local tree=$OLDER/tree
    rm -rf "$OLDER"
    mkdir -p "$tree"
    git archive "$OLDER_COMMIT" | tar -x -C "$tree"
    mkdir -p "$tree/.dev"
    ln -s "$DEV/tools" "$tree/.dev/tools" # the same Maven
    "$tree/dev" package
    mkdir -p "$OLDER/packages" "$OLDER/scripts"
    mv "$tree"/.dev/packages/*.deb "$OLDER/packages/"
    mv "$tree"/verify/node/machine/{suite.sh,provision,coordinator,fleet} "$tree"/verify/node/suites/fleet.sh "$tree"/verify/scenarios/tap.sh \
        "$OLDER/scripts/"
    rm -rf "$tree"
    printf '%s\n' "$OLDER_COMMIT" >"$OLDER/commit"
}

# As in `ready`, but for the packages.
stage_older_ready() {
    local stage=$NODE_DIR/stage
    rm -rf "$stage"
    mkdir -p "$stage/packages" "$stage/image" "$stage/vmm"
    ln -f "$OLDER"/packages/*.deb "$stage/packages/"
    stage_vmm "$stage/vmm"
    ln -f "$IMAGE/vmlinux" "$IMAGE/rootfs.cpio" "$IMAGE/digests" "$stage/image/"
    cp "$OLDER/scripts/provision" "$stage/"
}

# The older commit's scripts make the fleet. The present packages are there for the upgrade.
stage_older() {
    local stage=$NODE_DIR/stage
    rm -rf "$stage"
    mkdir -p "$stage/suites" "$stage/older" "$stage/present"
    cp "$OLDER"/scripts/{suite.sh,tap.sh} "$stage/"
    cp "$OLDER/scripts/fleet.sh" "$stage/suites/"
    cp "$OLDER"/scripts/{coordinator,fleet} "$stage/older/"
    cp "$NODE_MACHINE/older" "$stage/provision"
    ln -f "$PACKAGES"/*.deb "$stage/present/"
}
