# A fleet in the machine that a suite runs in, as operators would make it: keys, a key service and a coordinator in hardened mode,
# and this machine as its node. To be sourced after suite.sh.

NODE=n-1
FLEET=/root/fleet
export MVM_CONFIG=$FLEET/cli.conf HOME=/root
COORDINATOR=/var/lib/mvm-coordinator
# shellcheck disable=SC2034 # suites use it
KEYD=/var/lib/mvm-keyd
KEYD_CONFIG=/etc/mvm/keyd.conf
KEYD_SOCKET=/run/mvm/keyd/keyd.sock
IMAGE=$SUITE_DIR/image
VMM=$SUITE_DIR/vmm

# In suites mvm is the installed command, and nothing of a checkout is there.
mvm() { command mvm "$@"; }

make_keys() {
    install -d -m 0755 /etc/mvm
    (
        umask 077
        mkdir -p "$FLEET"
        mvm-keyd prepare --with host | tail -n 1 >"$FLEET/keyd.pub"
        MVM_CONFIG=/nonexistent command mvm trust init --dir "$FLEET/trust" --keys-key "$FLEET/keyd.pub"
        mvm-coordinator init --dir "$COORDINATOR" --host localhost --host 127.0.0.1
        mvm-coordinator enrol --dir "$COORDINATOR" --node "$NODE" --out "$COORDINATOR/$NODE"
        mvm-coordinator enrol --dir "$COORDINATOR" --operator alice --out "$COORDINATOR/alice"
        mv "$COORDINATOR/$NODE" "$COORDINATOR/alice" "$FLEET/"
        chown -R root:root "$FLEET/$NODE" "$FLEET/alice"
        install -o mvm-coord -g mvm-coord -m 0600 "$FLEET/trust/state.key" "$COORDINATOR/state.key"
        rm "$FLEET/trust/state.key"
    )
}

make_key_service() {
    install -m 0644 "$FLEET/trust/root.dsse" /etc/mvm/keyd-root.dsse
    mvm-keyd init --config "$KEYD_CONFIG" --root /etc/mvm/keyd-root.dsse --pin "$(cat "$FLEET/trust/root.pin")"
    systemctl enable -q --now mvm-keyd
    until_true keyd_is serving
}

keyd_is() { [ "$(mvm-keyd status --config "$KEYD_CONFIG" | jq -r .state)" = "$1" ]; }

make_coordinator() {
    install -m 0644 "$FLEET/trust/root.dsse" /etc/mvm/root.dsse
    cat >/etc/mvm/coordinator.toml <<TOML
mode = "hardened"
state-dir = "$COORDINATOR"
[agent]
listen = "127.0.0.1:7443"
[operator]
listen = "127.0.0.1:7080"
[trust]
root = "/etc/mvm/root.dsse"
pin = "$(cat "$FLEET/trust/root.pin")"
state-key = "$COORDINATOR/state.key"
[keyd]
socket = "$KEYD_SOCKET"
TOML
    cat >"$MVM_CONFIG" <<CONF
api = https://127.0.0.1:7080
credential = $FLEET/alice
CONF
    # compiling for speed costs more than it gives in an emulated machine that lives for minutes
    mkdir -p /run/systemd/system/mvm-coordinator.service.d
    printf '[Service]\nEnvironment=JDK_JAVA_OPTIONS=-XX:TieredStopAtLevel=1\n' >/run/systemd/system/mvm-coordinator.service.d/emulated.conf
    systemctl daemon-reload
    systemctl enable -q --now mvm-coordinator
    until_true ask nodes
    mvm node list
}

# raw_key FILE: a pattern for grep -aP that finds the key in FILE as bytes. In parts of 8, but for those with a line feed,
# across which grep finds nothing.
raw_key() {
    od -An -v -tx1 "$1" | tr -d ' \n' | fold -w 16 | grep -vE '^(..)*0a' | sed 's/../\\x&/g' | paste -s -d '|'
}

# ask PATH [BODY]: the coordinator, as alice; a body is posted. What a suite has to have, and what it asks again and again
# until it is true, it does so: a JVM for each takes ten seconds of the processors that what is waited for needs. That the
# commands do the same is for the suite 20-life.
ask() { asked "$1" "${2:-}" -f; }
# asked PATH [BODY]: the same, and a refusal is told, too
asked() {
    curl -sS "${@:3}" --cacert "$FLEET/alice/ca.pem" --cert "$FLEET/alice/cert.pem" --key "$FLEET/alice/key.pem" \
        ${2:+-H "Content-Type: application/json" --data-binary "$2"} "https://127.0.0.1:7080/v1/$1"
}

create_tenant() { ask tenants "{\"tenant\": \"$1\"}"; }
publish() { ask grants "{\"envelope\": \"$(base64 -w 0 "$1")\"}"; }
# scale POOL COUNT
scale() { ask "pools/$1:scale" "{\"running\": $2}"; }
# change INSTANCE VERB [MEMBER]
change() {
    local said
    # who is told to try again does
    until said=$(asked "instances/$1:change" "{\"verb\": \"$2\"${3:+, $3}}" --fail-with-body); do
        [[ $said == *'"reason":"busy"'* ]] || break
        sleep "$AGAIN"
    done
    printf '%s\n' "$said"
    [[ $said == *'"address":'* ]] # an instance, and not what is wrong
}
warm_and_resume() { change "$1" WARM && change "$1" RESUME; }

# until_true COMMAND...: what ends the wait is the condition; the limit bounds a hang.
until_true() {
    local deadline=$((SECONDS + PATIENCE))
    until "$@" >/dev/null 2>"$FLEET/last-try"; do
        if [ $SECONDS -ge $deadline ]; then
            cat "$FLEET/last-try" >&2
            echo "never true: $*" >&2
            return 1
        fi
        sleep "$AGAIN"
    done
}

# The caches of classes that a node has a while after its bootstrap. They fit whatever its configuration is, so they are made
# once for all suites, before there is one.
make_caches() {
    sed 's/^ *//' >/etc/mvm/hostd.conf <<CONF
        node = n-0
        mode = hardened
        state-directory = /var/lib/mvm-hostd
        artefact-spool = /var/spool/mvm
        trust-root = /etc/mvm/root.dsse
        trust-pin = $(cat "$FLEET/trust/root.pin")
        service-sockets = /run/mvm-root
        agent-uid = $(id -u mvm)
CONF
    systemctl start mvm-hostd.socket
    systemctl start mvm-cache
    systemctl stop mvm-hostd.socket
    rm /etc/mvm/hostd.conf
}

# The stand-in is no release, but puts on a filter of its own; a program that MVM_FIRECRACKER names is one that its user answers for.
named_build() {
    local line
    line="$("$VMM/firecracker" --version | sed -nE 's/^Firecracker v?([0-9].*)/\1/p' | head -n 1) $(uname -m) $(sha256sum "$VMM/firecracker" | cut -d ' ' -f 1)"
    grep -qsxF "$line" /etc/mvm/releases || printf '%s\n' "$line" >>/etc/mvm/releases
}

bootstrap() {
    named_build
    mvm-node bootstrap --node "$NODE" --coordinator localhost:7443 \
        --trust-root "$FLEET/trust/root.dsse" --trust-pin "$(cat "$FLEET/trust/root.pin")" --credential "$FLEET/$NODE" \
        --firecracker "$VMM/firecracker" --firecracker-sha256 "$(sha256sum "$VMM/firecracker" | cut -d ' ' -f 1)" \
        --jailer "$VMM/jailer" --jailer-sha256 "$(sha256sum "$VMM/jailer" | cut -d ' ' -f 1)" "$@"
}

make_node() {
    make_identity
    sign_node
}
make_identity() {
    bootstrap | tee "$FLEET/bootstrap.log"
    identity_line "$FLEET/bootstrap.log" >"$FLEET/node-key.pub"
}
# the line of a bootstrap that names the node's identity key
identity_line() { grep -E '^[A-Za-z0-9+/=]{43,44} .*ed25519:[0-9a-f]{64}$' "$1"; }

sign_node() {
    mvm node init "$NODE" "$FLEET/node.json" --node-key "$FLEET/node-key.pub" --pin "$(cat "$FLEET/trust/root.pin")" &&
        mvm node sign "$FLEET/node.json" --key "$FLEET/trust/node.key" &&
        { mvm node publish "$FLEET/node.json.dsse" || show_threads; }
}
# After a call that had no response: what the coordinator's threads do is in its journal then. Status: 1.
show_threads() {
    systemctl kill -s QUIT mvm-coordinator
    return 1
}

# the node's own key, as hostd is given it
# shellcheck disable=SC2034 # suites use it
NODE_KEY=/run/credentials/mvm-hostd.service/node

image_digest() { sed -n "s/^$1 //p" "$IMAGE/digests"; }

# Nothing carries artefacts to nodes yet: they are put where the agent would put them.
offer_image() {
    local file digest
    for file in kernel:vmlinux rootfs:rootfs.cpio; do
        digest=$(image_digest "${file%:*}")
        install -o mvm -g mvm -m 0444 "$IMAGE/${file#*:}" "/var/spool/mvm/${digest#sha256:}"
    done
    spool_revision
}

spool_revision() {
    revision
    install -o mvm -g mvm -m 0444 "$FLEET/revision.json" "/var/spool/mvm/$(sha256sum "$FLEET/revision.json" | cut -d ' ' -f 1)"
}

# What pools boot: a file for grants.
revision() {
    [ -e "$FLEET/revision.json" ] || mvm revision make "$FLEET/revision.json" --kernel "$(image_digest kernel)" \
        --initramfs "$(image_digest rootfs)" --flake path:image --lock "$(image_digest kernel)" >/dev/null
}

# grant TENANT POOL [OPTION...]: what the tenant may be, signed by the operator's key; a later one replaces it. MAX is how many instances.
grant() {
    local tenant=$1 pool=$2 version net file
    shift 2
    version=$(($(cat "$FLEET/$tenant.version" 2>/dev/null || echo 0) + 1))
    [ -s "$FLEET/$tenant.net" ] || create_tenant "$tenant" | jq .net_id >"$FLEET/$tenant.net"
    net=$(cat "$FLEET/$tenant.net")
    file=$FLEET/$tenant-$version.json
    revision
    mvm grant init "$tenant" "$file" --grant-version "$version" --net "$net" --pool "$pool" --revision "$FLEET/revision.json" \
        --vcpus 1 --mem 128 --max "${MAX:-4}" --flag exec --sealed-key disk:volume --sealed-key snap:snapshot --keys-to-node "$NODE" "$@" &&
        mvm grant sign "$file" --key "$FLEET/trust/grant.key" &&
        publish "$file.dsse" >/dev/null &&
        echo "$version" >"$FLEET/$tenant.version"
}

# What the VMM itself says it allows its guest in a second: bytes and requests of the volume, bytes and packets in, bytes and packets out.
vmm_limits() {
    curl -fsS --unix-socket "/proc/$(vmm_pid "$1")/root/io/api.sock" http://localhost/vm/config |
        jq -r '[(.drives[0].rate_limiter, (.["network-interfaces"][0] | .rx_rate_limiter, .tx_rate_limiter)) | .bandwidth.size, .ops.size]
            | map(. // "none" | tostring) | join(" ")'
}
# disk_limit INSTANCE MIB REQUESTS: the line of io.max
disk_limit() {
    printf '%s rbps=%s wbps=%s riops=%s wiops=%s\n' "$(lsblk -dno MAJ:MIN "/dev/mapper/mvm-${1##*/}" | tr -d ' ')" \
        $(($2 << 20)) $(($2 << 20)) "$3" "$3"
}

# This machine as the coordinator's node.
make_fleet() { make_node && offer_image; }

# running POOL COUNT: that many are, and healthy; and the coordinator does not say so from memory: the node is there, and
# its hostd answers.
running() {
    ask "instances?tenant=${1%/*}&pool=${1#*/}" |
        jq -e --argjson count "$2" '[.instances[] | select(.state == "Running")] | length == $count and all(.healthy)' &&
        node_is '.link == "connected"' && ask "nodes/$NODE:verifyNetworks" '{}'
}
# instance POOL N: the address of the Nth.
instance() { ask "instances?tenant=${1%/*}&pool=${1#*/}" | jq -r --argjson n "$2" '.instances[$n - 1].address // ""'; }
state() { ask "instances/$1" | jq -r .state; }
# node_is FILTER: whether it is true of the node, of jq's kind.
node_is() { ask nodes | jq -e --arg node "$NODE" ".nodes[] | select(.node == \$node) | $1"; }

# The process that makes tenants' networks for hostd, the newest of them: one of an earlier hostd may still be ending.
netd_pid() { pgrep -n -u mvm-netd -x java; }

# The process, the unit and the cgroup of an instance's VMM.
vmm_pid() { pgrep -f -- "^/firecracker --id ${1##*/} " || true; }
vmm_cgroup() { sed 's/^0:://' "/proc/$(vmm_pid "$1")/cgroup"; }
vmm_unit() { vmm_cgroup "$1" | sed 's|.*/\(mvm-launch@[^/]*\)/.*|\1|'; }

# The sealer at work: its cgroup and its process, a child of what has started it. There is one at a time here.
# shellcheck disable=SC2034 # suites look at it
at_work() {
    group=$(compgen -G '/sys/fs/cgroup/mvm.slice/mvm-readers.slice/mvm-sealer@*.service' | head -n 1)
    sealer=
    local starter
    [ -n "$group" ] && read -r starter 2>/dev/null <"$group/cgroup.procs" && sealer=$(pgrep -P "$starter")
}
# catch WHEN HOW: as soon as WHEN is true, the sealer is held by HOW
catch() {
    local deadline=$((SECONDS + PATIENCE))
    until at_work && "$1" && "$2"; do
        [ $SECONDS -lt $deadline ] || return 1
    done
    at_work # and it is there still
}
# caught NAME WHEN HOW: in this shell, which is to know who was caught
caught() { if catch "$2" "$3"; then pass "$1"; else fail "$1" "no sealer was caught"; fi; }
freeze() { echo 1 >"$group/cgroup.freeze"; }
thaw() { echo 0 >"$group/cgroup.freeze"; }
no_sealer() { ! compgen -G '/sys/fs/cgroup/mvm.slice/mvm-readers.slice/mvm-sealer@*.service'; }
