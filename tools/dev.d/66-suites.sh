# The suites of verify/machine/suites: which there are, what they are given, where they run.

# dev_node_test [NAME]: all suites, or those whose name has NAME in it.
dev_node_test() {
    local began=$SECONDS names status=0
    mapfile -t names < <(node_suites "${1:-}")
    [ ${#names[@]} -gt 0 ] || die "no suite has '${1:-}' in its name; they are in verify/machine/suites"
    mkdir -p "$REPORTS"
    rm -f "$REPORTS"/node-*
    set +e # and not `||`, under which whatever fails within would go on
    (
        set -e
        build_and_run "${names[@]}"
    )
    status=$?
    set -e
    tell_vmm
    say "  took $((SECONDS - began)) s; reports are in .dev/check"
    count_suites || status=1
    return $status
}

# node_suites NAME [KIND]: those whose name has NAME in it; of them all, or those that ./dev check runs (`check`), or those that only
# --long runs (`long`).
node_suites() {
    local path kind
    for path in verify/machine/suites/[0-9]*; do
        [ -e "$path" ] || continue
        [[ ${path##*/} == *"$1"* ]] || continue
        kind=check
        ! grep -qx '# long' "$path" || kind=long
        [ "${2:-$kind}" != $kind ] || basename "$path"
    done
}

# begin_from NAME...: the machines that these suites begin from.
begin_from() {
    local name
    for name in "$@"; do
        sed -n 's/^# from: //p' "verify/machine/suites/$name" | grep . || echo ready
    done | sort -u
}

# All of it, within ./dev check.
test_node() {
    local names kind=check
    [ "$LONG" = no ] || kind=
    mapfile -t names < <(node_suites "" $kind)
    build_and_run "${names[@]}"
}

# build_and_run NAME...: the machines, and the suites that are named. An emulated machine has one processor and this one has more, so
# what is still to be made of the last machines is made while suites run that begin without them.
build_and_run() {
    local making status=0 machines
    machines=$(begin_from "$@")
    with_node_lock build_booted
    with_node_lock build_ready
    with_node_lock drop_stale_fleet
    case $machines in *older*) with_node_lock drop_stale_older ;; esac
    prepare_suites
    : >"$NODE_DIR/making"
    make_aside "$machines" >"$NODE_DIR/making.log" 2>&1 &
    making=$!
    node suites "$NODE_DIR" "$REPORTS" "$NODE_DIR/suites.tar" "$@" || status=1
    wait $making || status=1
    cat "$NODE_DIR/making.log"
    return $status
}

# make_aside MACHINES: those of them that are made after `ready`.
make_aside() {
    trap 'rm "$NODE_DIR/making"' EXIT
    case $1 in
        *fleet*) with_node_lock build_fleet ;;
        *coordinator*) with_node_lock build_coordinator ;;
    esac
    case $1 in *older*) with_node_lock build_older ;; esac
}

prepare_suites() {
    make -s -C verify/attack/native OUT="$DEV/native/attack" all
    stage_capabilities
    stage_volumes
    tar --owner=0 --group=0 --numeric-owner -cf "$NODE_DIR/suites.tar" -C "$ROOT/verify/machine" suites -C "$ROOT/$NODE_MACHINE" suite.sh \
        -C "$ROOT/verify/scenarios" tap.sh -C "$DEV/native" attack capabilities volumes
}

# Which VMM the suites had: a stand-in shows less than the real one.
tell_vmm() {
    [ ! -e "$NODE_DIR/vmm-name" ] || say "  VMM in the node machine: $(cat "$NODE_DIR/vmm-name")"
}

count_suites() {
    local report
    for report in "$REPORTS"/node-*.tap; do
        awk -v suite="$(basename "$report" .tap)" -f tools/dev.d/tap.awk "$report"
    done | awk -F '\t' '{count[$1]++} $1 == "skipped" {print "  skipped  " $2 ": " $3}
        END {print count["passed"] + 0 " passed, " count["failed"] + 0 " failed, " count["skipped"] + 0 " skipped"
            exit count["failed"] > 0 || count["passed"] == 0}'
}

# What the suite of capabilities runs and reads, against the jars that are in the package, and the document that it compares.
stage_capabilities() {
    local out=$DEV/native/capabilities
    need_jdk
    make -s -C verify/machine/capabilities OUT="$out" JAVA_HOME="$JAVA_HOME" NETD="$PACKAGES/mvm-node/usr/lib/mvm/netd"
    cp verify/machine/capabilities/*.{sh,awk} docs/security/capabilities.md "$out/"
}

# hostd's tests of volumes, and the classes under test, for a machine that has a device-mapper.
stage_volumes() {
    local out=$DEV/native/volumes cycle=process/hostd/daemon/target/test-classes/dev/mvm/hostd/VolumeCycle.class classes n=0
    need_jdk
    if [ ! -e "$cycle" ] || [ -n "$(find foundation protocol process/hostd/daemon -name '*.java' -newer "$cycle" -print -quit)" ]; then
        need_maven
        step "compiling hostd's tests" mvn_here -pl process/hostd/daemon -am test-compile
        touch "$cycle"
    fi
    rm -rf "$out"
    for classes in process/hostd/daemon/target/{classes,test-classes} $(find foundation protocol -path '*/target/classes' -prune) protocol/trust/authoring/target/test-classes; do
        mkdir -p "$out/$((n += 1))"
        cp -r "$classes/." "$out/$n/"
        rm -f "$out/$n/module-info.class"
    done
    cp "$PACKAGES"/mvm-node/usr/lib/mvm/hostd/jackson-core-*.jar "$out/"
}
