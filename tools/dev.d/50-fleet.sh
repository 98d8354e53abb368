# A fleet of one machine: its daemons under mvm-devinit, with the same signatures as anywhere else.

# tests have a state of their own, beside a fleet that somebody uses
STATE=${MVM_DEV_STATE:-$DEV/state}
FLEET=$STATE/fleet
export MVM_CONFIG=$FLEET/cli.conf
LOCK=$FLEET/lock
NODE=n-dev
FLAKE=path:packaging/guest-image
MEMORY_NEEDED_MIB=1600
DISK_NEEDED_MIB=1500

fleet_runs() { [ -e "$LOCK" ] && ! flock -n "$LOCK" true; }

dev_up() {
    say "mvm: a fleet of one machine"
    # shellcheck disable=SC2086 # lists of words
    need_build_tools $PACKAGES_RUN
    build
    build_image
    build_runtime
    [ -s "$DEV/accelerator" ] || step "finding out whether KVM runs guests" try_kvm
    if fleet_runs && [ "$RUN/built" -nt "$FLEET/config" ]; then
        step "stopping the fleet of an older build" stop_fleet
    fi
    if ! fleet_runs; then
        check_room
        check_state
        [ -e "$STATE/trust/root.dsse" ] || step "making keys: operators, key service, coordinator" first_use
        offer_image
        write_configuration
        [ -s "$STATE/node-key.pub" ] || step "making the node's key" make_node_key
        step "starting key service, coordinator, hostd and agent" start_fleet
    fi
    step "signing what may run" grant_demo
    # last: with this document the node asks for the keys of all that the grants name
    [ -e "$STATE/node.published" ] || step "signing which key the node has" sign_node
    step "waiting for the microVM and the keys" await_demo
    introduce
}

# What no package brings: better said now than by the first microVM.
check_room() {
    local memory disk
    [ -c /dev/net/tun ] || die "there is no /dev/net/tun, which a microVM's network needs: sudo modprobe tun"
    # a node's mode is meant to let everyone in: what a tap may be used for is decided elsewhere
    if [ ! -r /dev/net/tun ] || [ ! -w /dev/net/tun ]; then
        die "/dev/net/tun excludes you, and Debian's own mode for it does not: sudo chmod 0666 /dev/net/tun"
    fi
    memory=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
    [ "$memory" -ge "$MEMORY_NEEDED_MIB" ] ||
        die "a fleet needs $MEMORY_NEEDED_MIB MiB of free memory, and $memory are free: close something and try again"
    disk=$(df -Pm "$DEV" | awk 'NR == 2 {print $4}')
    [ "$disk" -ge "$DISK_NEEDED_MIB" ] ||
        die "a fleet needs $DISK_NEEDED_MIB MiB of free disk, and $disk are free at $DEV"
}

# Of a fleet from before there was a key service, whose coordinator has tenants' keys: they cannot be moved.
check_state() {
    if [ -e "$STATE/trust/root.dsse" ] && [ ! -e "$STATE/keyd" ]; then
        die "the fleet in ${STATE#"$ROOT"/} is of an older build and has no key service: mv ${STATE#"$ROOT"/} ${STATE#"$ROOT"/}.old, and ./dev up makes a new one"
    fi
}

# A device node proves nothing: there are machines whose KVM opens, creates a VM, and then runs no stock guest. So a kernel is
# booted until it finds no root file system, which with KVM takes a second or two; a machine that is ten times slower is
# better served by emulation.
try_kvm() {
    local word=tcg console=$LOGS/kvm-console
    if [ -r /dev/kvm ] && [ -w /dev/kvm ] && [ ! -e /sys/module/kvm_pvm ] && # that one runs only guests that were made for it
        timeout 20 qemu-system-x86_64 -nodefaults -no-user-config -no-reboot -display none -machine q35 -accel kvm -cpu host -m 256M \
            -kernel "$IMAGE/vmlinux" -append "console=ttyS0 panic=-1" -serial "file:$console" </dev/null &&
        grep -q 'Unable to mount root fs' "$console"; then
        word=kvm
    fi
    printf '%s\n' "$word" >"$DEV/accelerator"
}

first_use() {
    (
        umask 077
        remove_state "$STATE.new"
        mkdir -p "$STATE.new"/{hostd,agentd,coordinator,spool,keyd,keyd-keys/master}
        chmod 0755 "$STATE.new" "$STATE.new/spool"
        first_keys "$STATE.new"
        coordinator init --dir "$STATE.new/coordinator" --host localhost
        # for as long as the fleet may be down: while it is up, the agent renews it
        coordinator enrol --dir "$STATE.new/coordinator" --node "$NODE" --out "$STATE.new/agentd/credential" --days 365
        mv "$STATE.new/trust/state.key" "$STATE.new/coordinator/state.key"
        cp "$STATE.new/coordinator/fleet/token" "$STATE.new/token"
        cp "$STATE.new/trust/root.dsse" "$STATE.new/root.dsse"
        chmod 0644 "$STATE.new/root.dsse"
        as_fleet chown -R 1:1 "$STATE.new/coordinator"
        as_fleet chown -R 2:2 "$STATE.new/agentd"
        as_fleet chown -R 6:6 "$STATE.new/keyd" "$STATE.new/keyd-keys"
    )
    remove_state "$STATE"
    mv "$STATE.new" "$STATE"
}

# first_keys STATE: the key service makes its signing key, the first trust root names it, and the key service begins under that root.
first_keys() {
    local state=$1
    keyd_settings "$state" >"$state/keyd-first.conf"
    key_service make-signing-key --config "$state/keyd-first.conf" >"$state/keys.pub"
    mvm_offline trust init --dir "$state/trust" --keys-key "$state/keys.pub"
    key_service init --config "$state/keyd-first.conf" --root "$state/trust/root.dsse" --pin "$(cat "$state/trust/root.pin")"
    rm "$state/keyd-first.conf"
}

# as_fleet COMMAND...: with the ids that mvm-devinit gives the fleet. Root has them all; an ordinary user has those that
# /etc/subuid and /etc/subgid give it, and without any every daemon is that user, so there is nothing to do.
as_fleet() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif unshare --user --map-root-user --map-auto true 2>/dev/null; then
        unshare --user --map-root-user --map-auto "$@"
    fi
}

# What daemons have written may belong to ids that only the fleet has.
remove_state() { rm -rf "$1" 2>/dev/null || as_fleet rm -rf "$1"; }

coordinator() {
    "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData --enable-native-access=ALL-UNNAMED \
        -cp "$(class_path coordinator)" dev.mvm.coordinator.Main "$@"
}

key_service() {
    "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData --enable-native-access=dev.mvm.linux \
        -p "$RUN/lib/keyd" -m dev.mvm.keyd/dev.mvm.keyd.Main "$@"
}

mvm_offline() { MVM_CONFIG=/nonexistent "$ROOT/mvm" "$@"; }

# The node finds artefacts by their digest in its spool; hostd copies and checks them.
offer_image() {
    local kernel rootfs
    kernel=$(image_digest kernel)
    rootfs=$(image_digest rootfs)
    offer "$IMAGE/vmlinux" "${kernel#sha256:}"
    offer "$IMAGE/rootfs.cpio" "${rootfs#sha256:}"
    offer "$RUNTIME" "$(sha256sum "$RUNTIME" | cut -d ' ' -f 1)"
}

offer() {
    [ -e "$STATE/spool/$2" ] && return 0
    cp "$1" "$STATE/spool/.new"
    chmod 0444 "$STATE/spool/.new"
    mv "$STATE/spool/.new" "$STATE/spool/$2"
}

# The private half stays in hostd's own directory; what is printed is for the coordinator.
make_node_key() {
    (
        umask 077
        "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
            --enable-native-access=dev.mvm.linux -p "$RUN/lib/hostd-qemu" -m dev.mvm.hostd/dev.mvm.hostd.Main \
            make-node-key --config "$FLEET/hostd.conf" >"$STATE/node-key.new"
    )
    mv "$STATE/node-key.new" "$STATE/node-key.pub"
}

# The operators say which key the node has; nobody else's word counts.
sign_node() {
    local key=$STATE/trust/node.key
    [ -e "$key" ] || key=$STATE/trust/grant.key # of a fleet that was made before that role
    if [ ! -s "$STATE/node.dsse" ]; then
        rm -f "$STATE/node.json" "$STATE/node.json.dsse"
        "$ROOT/mvm" node init "$NODE" "$STATE/node.json" --node-key "$STATE/node-key.pub" --pin "$(cat "$STATE/trust/root.pin")"
        "$ROOT/mvm" node sign "$STATE/node.json" --key "$key"
        mv "$STATE/node.json.dsse" "$STATE/node.dsse"
    fi
    "$ROOT/mvm" node publish "$STATE/node.dsse"
    touch "$STATE/node.published"
}

# free_port FIRST: the first port of the loopback from there on that nobody listens on.
free_port() {
    local port=$1
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        port=$((port + 1))
    done
    printf '%s\n' "$port"
}

write_configuration() {
    local agent_port operator_port pin
    mkdir -p "$FLEET"
    agent_port=$(free_port 7443)
    operator_port=$(free_port 7080)
    pin=$(cat "$STATE/trust/root.pin")
    cat >"$FLEET/coordinator.toml" <<EOF
mode = "dev"
state-dir = "$STATE/coordinator"
ready-file = "$STATE/coordinator/ready"
[agent]
listen = "127.0.0.1:$agent_port"
[operator]
listen = "127.0.0.1:$operator_port"
[trust]
root = "$STATE/root.dsse"
pin = "$pin"
state-key = "$STATE/coordinator/state.key"
[keyd]
socket = "/run/mvm/keyd/keyd.sock"
EOF
    keyd_settings "$STATE" >"$FLEET/keyd.conf"
    cat >"$FLEET/agentd.toml" <<EOF
node = "$NODE"
mode = "dev"
state-directory = "$STATE/agentd"
hostd-socket = "/run/mvm/hostd.sock"
trust-root = "$STATE/root.dsse"
trust-pin = "$pin"
coordinator = "localhost:$agent_port"
credential = "$STATE/agentd/credential"
EOF
    cat >"$FLEET/hostd.conf" <<EOF
node = $NODE
mode = dev
state-directory = $STATE/hostd
artefact-spool = $STATE/spool
trust-root = $STATE/root.dsse
trust-pin = $pin
service-sockets = /run/mvm
agent-uid = 2
EOF
    cat >"$FLEET/cli.conf" <<EOF
api = http://127.0.0.1:$operator_port
token-file = $STATE/token
# what mvm pool create takes in dev mode
kernel = $(image_digest kernel)
initramfs = sha256:$(sha256sum "$RUNTIME" | cut -d ' ' -f 1)
grant-key = $STATE/trust/grant.key
spool = $STATE/spool
EOF
    write_devinit >"$FLEET/config"
}

# keyd_settings STATE: the key service's. Where the fleet has one user id alone, the coordinator is user 0 like everybody.
keyd_settings() {
    cat <<EOF
mode = dev
state-directory = $1/keyd
runtime-directory = /run/mvm/keyd
coordinator-uid = $(fleet_has_ids && echo 1 || echo 0)
signing-key = $1/keyd-keys/signing.key
master = file:$1/keyd-keys/master
EOF
}

# Whether daemons have user ids of their own: as mvm-devinit finds out.
fleet_has_ids() {
    if [ "$(id -u)" -eq 0 ]; then
        [ "$(awk '{all += $3} END {print all}' /proc/self/uid_map)" -ge 4294967295 ]
    else
        unshare --user --map-root-user --map-auto true 2>/dev/null
    fi
}

# What every daemon's JVM has in common: small, quiet, nobody attaches, nothing is dumped.
java_arguments() {
    printf 'exec = %s\n' "$JAVA_HOME/bin/java"
    printf 'arg = %s\n' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -XX:+DisableAttachMechanism \
        -XX:-HeapDumpOnOutOfMemoryError -Xss512k "$@"
}

# hostd also has the second compiler: without it a SHA-256 over an artefact runs at a tenth of its speed. It is held back
# while everything starts. The heap begins small, for what one request needs is little, and memory that was needed for a
# while is given back; its few threads share malloc(3)'s one arena.
hostd_arguments() {
    local cache
    mapfile -t cache < <(cache_of hostd)
    java_arguments -XX:TieredStopAtLevel=4 -XX:CompileThresholdScaling=4 -Xmx64m -Xms12m -Xmn2m \
        "-Dmvm.accelerator=$(cat "$DEV/accelerator" 2>/dev/null || printf tcg)" \
        -XX:TrimNativeHeapInterval=10000 -XX:+ExitOnOutOfMemoryError "${cache[@]}" \
        --enable-native-access=dev.mvm.linux \
        -p "$RUN/lib/hostd-qemu" --add-modules dev.mvm.hostd.qemu -m dev.mvm.hostd/dev.mvm.hostd.Main "$@"
}

# As the package's unit has it.
keyd_arguments() {
    local cache
    mapfile -t cache < <(cache_of keyd)
    java_arguments -Xmx128m -Xms8m -Xmn2m -XX:TrimNativeHeapInterval=10000 -XX:+ExitOnOutOfMemoryError "${cache[@]}" \
        --enable-native-access=dev.mvm.linux -p "$RUN/lib/keyd" -m dev.mvm.keyd/dev.mvm.keyd.Main "$@"
}

# netd is a user of its own, but where /dev/net/tun excludes other users than root: then that is root, with netd's capability.
netd_user() { [ "$(stat -c %a /dev/net/tun)" = 666 ] && echo 5 || echo 0; }

# Its heap holds the packet filter as the kernel reads it back, for a moment.
netd_arguments() {
    local cache
    mapfile -t cache < <(cache_of netd)
    java_arguments -Xmx40m -Xms4m -XX:TrimNativeHeapInterval=10000 -XX:+ExitOnOutOfMemoryError "${cache[@]}" \
        --enable-native-access=dev.mvm.linux -p "$RUN/lib/netd" -m dev.mvm.netd/dev.mvm.netd.Main
}

# There is one for each tenant that has a microVM.
guestd_arguments() {
    local cache
    mapfile -t cache < <(cache_of guestd)
    java_arguments -Xmx56m "${cache[@]}" --enable-native-access=dev.mvm.linux \
        -p "$RUN/lib/guestd" -m dev.mvm.guestd/dev.mvm.guestd.Main
}

# A sealer lives for one snapshot, so it has to start quickly; what it works hardest at is libcrypto's. The methods that
# are inlined are part of every call of it, and a few bytes too long to be so by themselves.
sealer_arguments() {
    local cache
    mapfile -t cache < <(cache_of sealer)
    java_arguments -Xmx32m -Xms8m -Xmn2m -XX:CompileCommand=quiet \
        -XX:CompileCommand=inline,jdk.internal.foreign.AbstractMemorySegmentImpl::equals \
        -XX:CompileCommand=inline,jdk.internal.foreign.abi.SharedUtils::checkNative \
        "${cache[@]}" --enable-native-access=dev.mvm.linux \
        -p "$RUN/lib/sealer" -m dev.mvm.sealer/dev.mvm.sealer.Main
}

write_devinit() {
    cat <<EOF
[fleet mvm]
lock = $LOCK
log = $FLEET/log
status = $FLEET/status
ready-seconds = 120
EOF
    # homes are closed to other users, and daemons are others
    printf 'bind = %s\n' "$RUN" "$STATE" "$JAVA_HOME"
    cat <<EOF

[directory $STATE/hostd]
mode = 0700
user = 0
group = 0

[directory $STATE/coordinator]
mode = 0700
user = 1
group = 1

[directory $STATE/agentd]
mode = 0700
user = 2
group = 2

[directory $STATE/keyd]
mode = 0700
user = 6
group = 6

[directory $STATE/keyd-keys]
mode = 0700
user = 6
group = 6

# its sockets get the coordinator's group
[directory /run/mvm/keyd]
mode = 2755
user = 6
group = 1

[daemon keyd]
$(keyd_arguments run --config "$FLEET/keyd.conf")
env = MALLOC_ARENA_MAX=1
user = 6
group = 6
network = private
hide = $STATE/hostd
hide = $STATE/agentd
hide = $STATE/coordinator
hide = $STATE/trust
hide = $STATE/spool
hide = -/run/mvm/launch.sock
hide = -/run/mvm/netd.sock
hide = -/run/mvm/guestd.sock
hide = -/run/mvm/hostd.sock
hide = -/run/mvm/sealer.sock
hide = -/dev/net/tun
hide = -/dev/kvm

[daemon coordinator]
$(java_arguments -Xmx128m --illegal-native-access=deny --enable-native-access=ALL-UNNAMED -cp "$(class_path coordinator)" \
        dev.mvm.coordinator.Main serve --config "$FLEET/coordinator.toml")
user = 1
group = 1
network = host
ready = exec
after = keyd
hide = $STATE/keyd
hide = $STATE/keyd-keys
hide = $STATE/hostd
hide = $STATE/agentd
hide = $STATE/trust
hide = -/run/mvm/launch.sock
hide = -/run/mvm/netd.sock
hide = -/run/mvm/guestd.sock
hide = -/run/mvm/hostd.sock
hide = -/run/mvm/sealer.sock

[daemon launch]
exec = $RUN/bin/mvm-launch-dev
user = 0
group = 0
network = host
capability = chown
capability = dac_override
capability = kill
capability = setgid
capability = setuid
capability = setpcap
capability = sys_admin
ready = exec

[daemon netd]
$(netd_arguments)
env = MALLOC_ARENA_MAX=1
user = $(netd_user)
group = $(netd_user)
network = private
capability = net_admin
ready = exec
hide = $STATE/hostd
hide = $STATE/agentd
hide = $STATE/coordinator
hide = $STATE/keyd
hide = $STATE/keyd-keys
hide = /run/mvm/keyd
hide = $STATE/trust
hide = $STATE/spool
hide = -/run/mvm/launch.sock
hide = -/run/mvm/netd.sock
hide = -/run/mvm/guestd.sock
hide = -/run/mvm/sealer.sock
hide = -/run/mvm/hostd.sock
hide = -/dev/kvm

[daemon guestd]
$(guestd_arguments)
user = 3
group = 3
network = host
ready = exec
hide = $STATE/hostd
hide = $STATE/agentd
hide = $STATE/coordinator
hide = $STATE/keyd
hide = $STATE/keyd-keys
hide = /run/mvm/keyd
hide = $STATE/trust
hide = -/run/mvm/launch.sock
hide = -/run/mvm/netd.sock
hide = -/run/mvm/guestd.sock
hide = -/run/mvm/sealer.sock
hide = -/run/mvm/hostd.sock
hide = -/dev/net/tun
hide = -/dev/kvm

[daemon hostd]
$(hostd_arguments --config "$FLEET/hostd.conf")
env = MALLOC_ARENA_MAX=1
user = 0
group = 0
network = private
capability = kill
hide = $STATE/keyd
hide = $STATE/keyd-keys
hide = /run/mvm/keyd
hide = $STATE/trust
hide = $STATE/coordinator
hide = $STATE/agentd
hide = -/dev/net/tun

[daemon agentd]
$(java_arguments -Xmx96m -Xms12m -Xmn4m -XX:TrimNativeHeapInterval=10000 --illegal-native-access=deny \
    -cp "$(class_path agentd)" dev.mvm.agentd.Main --config "$FLEET/agentd.toml")
user = 2
group = 2
network = host
ready = exec
after = coordinator
after = hostd
hide = $STATE/hostd
hide = $STATE/keyd
hide = $STATE/keyd-keys
hide = /run/mvm/keyd
hide = $STATE/trust
hide = $STATE/coordinator
hide = -/run/mvm/launch.sock
hide = -/run/mvm/netd.sock
hide = -/run/mvm/sealer.sock
hide = -/run/mvm/guestd.sock
hide = -/dev/net/tun
hide = -/dev/kvm

[daemon sealer]
$(sealer_arguments)
user = 4
group = 4
network = host
ready = exec
hide = $STATE/hostd
hide = $STATE/keyd
hide = $STATE/keyd-keys
hide = /run/mvm/keyd
hide = $STATE/trust
hide = $STATE/coordinator
hide = $STATE/agentd
hide = $STATE/spool
hide = -/run/mvm/launch.sock
hide = -/run/mvm/netd.sock
hide = -/run/mvm/hostd.sock
hide = -/run/mvm/sealer.sock
hide = -/run/mvm/guestd.sock
hide = -/dev/net/tun
hide = -/dev/kvm

[socket hostd]
path = /run/mvm/hostd.sock
type = stream
mode = 0660
user = 0
group = 2
daemon = hostd

[socket launch]
path = /run/mvm/launch.sock
type = seqpacket
mode = 0600
user = 0
group = 0
daemon = launch
accept = yes

[socket netd]
path = /run/mvm/netd.sock
type = seqpacket
mode = 0600
user = 0
group = 0
daemon = netd
accept = yes

[socket guestd]
path = /run/mvm/guestd.sock
type = seqpacket
mode = 0600
user = 0
group = 0
daemon = guestd
accept = yes

[socket sealer]
path = /run/mvm/sealer.sock
type = seqpacket
mode = 0600
user = 0
group = 0
daemon = sealer
accept = yes
EOF
}

start_fleet() {
    "$RUN/bin/mvm-devinit" start "$FLEET/config"
    until_true 60 "the coordinator does not answer; see ${FLEET#"$ROOT"/}/log/coordinator.log" "$ROOT/mvm" node list
}

# until_true SECONDS COMPLAINT COMMAND...
until_true() {
    local deadline=$((SECONDS + $1)) complaint=$2
    shift 2
    until "$@" >/dev/null 2>"$LOGS/last-try"; do
        if [ $SECONDS -ge $deadline ]; then
            cat "$LOGS/last-try"
            printf '%s\n' "$complaint"
            return 1
        fi
        sleep 0.2
    done
}

# Two tenants with a pool each; the first gets one microVM, unless somebody has said otherwise since.
grant_demo() {
    grant_tenant demo web
    grant_tenant rival api
    [ -e "$STATE/demo-scaled" ] && return 0
    "$ROOT/mvm" pool scale demo/web --running 1 --sleeping 4
    touch "$STATE/demo-scaled"
}

# grant_tenant TENANT POOL: a grant for the image as it is now, signed by the operator's key. A first one has this pool alone; each
# further one is the grant in force with this pool's revision changed, so that pools that somebody has added stay.
grant_tenant() {
    local tenant=$1 pool=$2 file=$STATE/grants/$1-next.json version wanted
    wanted="$(image_digest kernel) $(image_digest rootfs) disk:volume snap:snapshot"
    mkdir -p "$STATE/grants"
    # grants last 90 days; one that has been used for 60 is replaced
    if [ "$(cat "$STATE/grants/$tenant.image" 2>/dev/null)" = "$wanted" ] &&
        [ -z "$(find "$STATE/grants/$tenant.image" -mtime +60)" ]; then
        return 0
    fi
    rm -f "$file" "$STATE/grants/$tenant-in-force.dsse"
    demo_revision
    # those that an older build has written lack that member: they have no effect
    if grep -q '"runtimes"' "$STATE/grants/$tenant-$(cat "$STATE/grants/$tenant.version" 2>/dev/null).json" 2>/dev/null; then
        next_grant "$tenant" "$pool" "$file"
    else
        first_grant "$tenant" "$pool" "$file"
    fi
    version=$(sed -n 's/^ *"version" *: *\([0-9]*\).*/\1/p' "$file" | head -n 1)
    mv "$file" "$STATE/grants/$tenant-$version.json"
    file=$STATE/grants/$tenant-$version.json
    rm -f "$file.dsse"
    "$ROOT/mvm" grant sign "$file" --key "$STATE/trust/grant.key"
    "$ROOT/mvm" grant publish "$file.dsse"
    printf '%s\n' "$version" >"$STATE/grants/$tenant.version"
    printf '%s\n' "$wanted" >"$STATE/grants/$tenant.image"
}

# first_grant TENANT POOL FILE: the first, or the first after those of an older build.
first_grant() {
    local net=$STATE/grants/$1.net version=0
    if [ ! -e "$net" ]; then
        "$ROOT/mvm" tenant create "$1" --json | sed -n 's/.*"net_id" *: *\([0-9]*\).*/\1/p' >"$STATE/grants/net.new"
        [ -s "$STATE/grants/net.new" ] || return 1
        mv "$STATE/grants/net.new" "$net"
    fi
    [ ! -e "$STATE/grants/$1.version" ] || version=$(cat "$STATE/grants/$1.version")
    "$ROOT/mvm" grant init "$1" "$3" --grant-version $((version + 1)) --net "$(cat "$net")" --pool "$2" \
        --revision "$STATE/grants/revision.json" --vcpus 1 --mem 128 --max 10 --flag exec --flag logs \
        --sealed-key disk:volume --sealed-key snap:snapshot --keys-to-node "$NODE"
}

# next_grant TENANT POOL FILE: the first of a grant's runtimes is the demo's, those of added pools follow.
next_grant() {
    local before=$STATE/grants/$1-in-force.dsse
    "$ROOT/mvm" grant get "$1" "$before"
    "$ROOT/mvm" grant edit "$before" "$3" --set "pools.$2.revisions.0=sha256:$(sha256sum "$STATE/grants/revision.json" | cut -d ' ' -f 1)" \
        --set "runtimes.0.kernel=$(image_digest kernel)" --set "runtimes.0.initramfs=$(image_digest rootfs)"
}

# What the demo's pools boot, and what its node is given of it.
demo_revision() {
    local file=$STATE/grants/revision.json
    rm -f "$file"
    "$ROOT/mvm" revision make "$file" --kernel "$(image_digest kernel)" --initramfs "$(image_digest rootfs)" --flake "$FLAKE" --lock "$(image_lock)"
    offer "$file" "$(sha256sum "$file" | cut -d ' ' -f 1)"
}

# The demo image is built from this checkout, not from a flake; its two digests stand for the lock.
image_lock() { printf 'sha256:%s\n' "$(sha256sum "$IMAGE/digests" | cut -d ' ' -f 1)"; }

await_demo() {
    until_true 180 "no microVM is healthy, or its node has no keys; ./mvm doctor says more, logs are in ${FLEET#"$ROOT"/}/log" demo_healthy
}

demo_healthy() {
    local wanted healthy
    wanted=$("$ROOT/mvm" pool info demo/web --json | sed -n '/"desired"/,/}/s/.*"running" *: *\([0-9]*\).*/\1/p')
    healthy=$("$ROOT/mvm" instance list demo/web | grep -c ' healthy$' || true)
    [ "${healthy:-0}" -ge "${wanted:-1}" ] && node_has_keys
}

# Without them an instance neither sleeps nor wakes.
node_has_keys() { "$ROOT/mvm" node info | grep -q '^keys  *period '; }

introduce() {
    local first
    say ""
    "$ROOT/mvm" instance list
    first=$("$ROOT/mvm" instance list demo/web | awk '$2 == "Running" {print $1; exit}')
    say ""
    say "  ./mvm instance exec ${first:-demo/web/i-...} -- cat /proc/version"
    say "  ./mvm instance console ${first:-demo/web/i-...}"
    say "  ./mvm instance sleep ${first:-demo/web/i-...}, and wake"
    say "  ./mvm pool scale demo/web --running 2"
    say "  ./mvm doctor        what is limited here, and why"
    say "  logs                ${FLEET#"$ROOT"/}/log"
    say "  ./dev down          stops it"
}

stop_fleet() {
    fleet_runs || return 0
    kill -TERM "$(cat "$LOCK")"
    # the lock is let go when nothing is left
    timeout 90 flock "$LOCK" true
}

dev_down() {
    if fleet_runs; then
        step "stopping the fleet" stop_fleet
    else
        say "no fleet runs"
    fi
}

dev_clean() {
    dev_down
    remove_state "$STATE"
    remove_state "$NODE_DIR"
    rm -rf "$DEV"
    find . -name target -type d -path '*/target' -prune -exec rm -rf {} +
}
