# shellcheck shell=bash
# mvm-node check: one line for each thing that has to be there. Each says what is so, and if that is not good, why it
# matters and what to do.

MISSING=0

good() { printf 'ok       %s\n' "$1"; }
note() { printf 'note     %s: %s; %s\n' "$1" "$2" "$3"; }

# missing WHAT WHY NEXT
missing() {
    printf 'MISSING  %s: %s; %s\n' "$1" "$2" "$3"
    MISSING=$((MISSING + 1))
}

node_check() {
    check_machine
    check_devices
    check_libraries
    check_programs
    check_ids
    check_room
    check_surroundings
    check_installation
    check_configuration
    if [ "$MISSING" -gt 0 ]; then
        printf 'mvm-node: %d missing\n' "$MISSING"
        return 1
    fi
    printf 'mvm-node: nothing is missing\n'
}

check_machine() {
    local controller absent=""
    if [ "$(uname -m)" = x86_64 ]; then
        good "architecture x86_64"
    else
        missing "architecture $(uname -m)" "this package is for x86_64" "use another machine"
    fi
    if [ ! -r /sys/kernel/security/lsm ] || grep -qw landlock /sys/kernel/security/lsm; then
        good "Landlock"
    else
        missing "Landlock is not among the kernel's security modules" "it closes abstract sockets of root's to mvm-hostd" \
            "boot Linux 6.12 or later, with landlock among lsm="
    fi
    if [ -d /run/systemd/system ]; then
        good "systemd is the first process"
    else
        missing "systemd is not the first process" "it starts daemons and microVMs and bounds them" "boot a system with systemd"
    fi
    if [ "$(stat -fc %T /sys/fs/cgroup 2>/dev/null)" != cgroup2fs ]; then
        missing "cgroup v2 is not mounted at /sys/fs/cgroup" "limits of microVMs are written there" \
            "boot without systemd.unified_cgroup_hierarchy=0"
        return 0
    fi
    for controller in cpu memory pids; do
        grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers || absent="$absent $controller"
    done
    if [ -z "$absent" ]; then
        good "cgroup v2 with cpu, memory and pids"
    else
        missing "cgroup v2 lacks$absent" "microVMs could not be limited" "boot without cgroup_disable="
    fi
}

# check_device PATH MODULE WHY
check_device() {
    if [ -c "$1" ]; then
        good "$1"
    else
        missing "$1 is not there" "$3" "modprobe $2"
    fi
}

check_devices() {
    if [ -c /dev/kvm ]; then
        good "/dev/kvm"
    else
        missing "/dev/kvm is not there" "Firecracker runs guests with it" \
            "enable virtualisation in the firmware, or nested virtualisation below"
    fi
    check_device /dev/net/tun tun "guests' networks need it"
    check_device /dev/fuse fuse "memory of sleeping guests is encrypted on its way"
    check_device /dev/loop-control loop "volumes are files"
    check_device /dev/mapper/control dm_mod "volumes are encrypted"
    if [ -d /sys/module/dm_crypt ] || modprobe -n -q dm_crypt; then
        good "dm-crypt"
    else
        missing "dm-crypt is not there" "volumes are encrypted" "install the kernel's modules"
    fi
}

check_libraries() {
    local name
    if [ -x "$JAVA" ] && "$JAVA" -version 2>&1 | grep -q 'version "25'; then
        good "Java 25"
    else
        missing "$JAVA is not Java 25" "the daemons run on it" "apt-get install openjdk-25-jre-headless"
    fi
    for name in libcrypto.so.3 libcryptsetup.so.12 libnftables.so.1 libseccomp.so.2; do
        if [ -e "/usr/lib/x86_64-linux-gnu/$name" ]; then
            good "$name"
        else
            missing "$name is not there" "mvm-hostd or mvm-netd loads it" "apt-get install --reinstall mvm-node and what it depends on"
        fi
    done
}

check_programs() {
    local program name version first=""
    for program in firecracker jailer; do
        name=${program^}
        if [ ! -e "$LIBRARY/$program" ]; then
            missing "$LIBRARY/$program is not there" "microVMs are started with it" "mvm-node bootstrap puts it there"
            continue
        fi
        version=$(version_of "$LIBRARY/$program" "$name")
        if ! safely_owned "$LIBRARY/$program"; then
            missing "$LIBRARY/$program can be changed by others than root" "it runs as root" "mvm-node bootstrap puts it there again"
        elif [ -z "$version" ]; then
            missing "$LIBRARY/$program does not say its version" "it is not what its name says" "mvm-node bootstrap with the right file"
        elif [ -n "$first" ] && [ "$first" != "$version" ]; then
            missing "jailer $version and firecracker $first" "they belong together" "mvm-node bootstrap with both of one release"
        else
            good "$program $version"
        fi
        first=${first:-$version}
    done
    if [ -e "$CONFIGURATION/programs.sha256" ]; then
        if sha256sum --status --check "$CONFIGURATION/programs.sha256" 2>/dev/null; then
            good "firecracker, jailer and filter are what was installed"
        else
            missing "firecracker, jailer or filter is not what was installed" "their digests differ from $CONFIGURATION/programs.sha256" \
                "mvm-node bootstrap with the right files"
        fi
    fi
    if [ -e "$LIBRARY/firecracker" ] && [ "$(setting "$CONFIGURATION/hostd.conf" seccomp-filter)" != "$first" ]; then
        if known_build "$first" "$(sha256_of "$LIBRARY/firecracker")"; then
            good "firecracker has a system call filter of its own"
        else
            missing "firecracker is no release that this package or $RELEASES knows" "it may have no system call filter of its own" \
                "mvm-node bootstrap with the project's program, or with --seccomp-filter"
        fi
    fi
    if [ -e "$CONFIGURATION/hostd.conf" ] && [ "$(setting "$CONFIGURATION/hostd.conf" firecracker)" != "$first" ]; then
        missing "hostd.conf says firecracker $(setting "$CONFIGURATION/hostd.conf" firecracker)" "what is installed is ${first:-nothing}" \
            "mvm-node bootstrap writes both"
    fi
}

# check_free PATH MIB WHY
check_free() {
    local free
    [ -d "$1" ] || return 0
    free=$(df -Pm "$1" | awk 'NR == 2 {print $4}')
    if [ "$free" -ge "$2" ]; then
        good "$1 has $free MiB free"
    else
        missing "$1 has $free MiB free" "$3 needs $2" "make room"
    fi
}

check_room() {
    local memory
    check_free "$HOSTD_STATE" 2048 "an artefact with its copy"
    check_free "$SPOOL" 1024 "an artefact"
    check_own_file_system
    memory=$(awk '/^MemTotal:/ {print int($2 / 1024)}' /proc/meminfo)
    if [ "$memory" -ge 1500 ]; then
        good "memory of $memory MiB"
    else
        missing "memory of $memory MiB" "the daemons need 1 GiB, and each microVM its own" "use a larger machine"
    fi
}

# Volumes and snapshots grow, and the blocks that a file system keeps for root are theirs, too: the kernel writes them as root.
check_own_file_system() {
    local state=$HOSTD_STATE
    [ -d "$state" ] || state=$(dirname "$state")
    if [ "$(df -P "$state" | awk 'NR == 2 {print $6}')" != / ]; then
        good "$HOSTD_STATE is not on the root file system"
    else
        note "$HOSTD_STATE is on the root file system" "guests can fill it by their volumes" "mount a file system of its own there"
    fi
}

# check_socket UNIT PATH MODE: what is there is the unit's, if anything is. A unit that is not active is told of elsewhere.
check_socket() {
    if systemctl is-active -q "$1"; then
        [ ! -S "$2" ] || [ "$(stat -c '%u %a' "$2")" != "0 $3" ] || return 0
    else
        [ -e "$2" ] || return 0
    fi
    missing "$2 is not the socket of $1" "who connects there does not get to it" "rm -rf $2; systemctl restart $1"
}

check_surroundings() {
    if [ "$(timedatectl show -p NTPSynchronized --value 2>/dev/null)" = yes ]; then
        good "the clock is synchronised"
    else
        note "the clock is not synchronised" "signatures expire by it, and one that runs behind keeps old ones" "systemctl enable --now systemd-timesyncd, or chrony"
    fi
    if [ "$(cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null || echo 0)" = 1 ]; then
        note "br_netfilter sends bridged packets through iptables" "other rules of this machine then decide about guests' packets" \
            "sysctl net.bridge.bridge-nf-call-iptables=0, if nothing else needs it"
    fi
    if [ "$(cat /sys/kernel/mm/ksm/run 2>/dev/null || echo 0)" = 1 ]; then
        note "the kernel merges equal pages (ksm)" "tenants can tell what others have in memory" "echo 0 >/sys/kernel/mm/ksm/run"
    fi
    check_socket mvm-hostd.socket /run/mvm/hostd.sock 660
    check_socket mvm-launch.socket /run/mvm-root/launch.sock 600
    check_socket mvm-netd.socket /run/mvm-root/netd.sock 600
    check_socket mvm-guestd.socket /run/mvm-root/guestd.sock 600
    check_socket mvm-sealer.socket /run/mvm-root/sealer.sock 600
    check_socket mvm-volume.socket /run/mvm-root/volume.sock 600
    [ ! -e /dev/tpmrm0 ] || check_socket mvm-attest.socket /run/mvm/attest.sock 660
}

check_installation() {
    local changed unit
    # documents may have been left out on purpose
    changed=$(dpkg --verify mvm-node 2>/dev/null | awk '$NF !~ /^.usr.share./ {print $NF}' | tr '\n' ' ')
    if [ -z "$changed" ]; then
        good "files of the package are as installed"
    else
        missing "changed since they were installed: ${changed% }" "units and programs are what bounds a daemon" \
            "apt-get install --reinstall mvm-node"
    fi
    for unit in "${UNITS[@]}" mvm-launch@.service mvm-netd@.service mvm-guestd@.service mvm-sealer@.service mvm-volume@.service mvm-attest.socket mvm-attest@.service mvm-look.service mvm.slice mvm-readers.slice; do
        if [ -e "/etc/systemd/system/$unit" ]; then
            missing "/etc/systemd/system/$unit stands before the package's" "what it leaves out, a daemon may do" "rm it; systemctl daemon-reload"
        elif [ -n "$(find "/etc/systemd/system/$unit.d" ! -type d ! -path "$REACHED_CONF" 2>/dev/null)" ]; then
            note "/etc/systemd/system/$unit.d changes $unit" "what it takes away, a daemon may do" "read it: systemctl cat $unit"
        fi
    done
}

# check_reach HOST:PORT: whether the agent may send packets to it. What is a network is not looked into.
check_reach() {
    local reached address
    reached=" $(sed -n 's/^IPAddressAllow=//p' "$REACHED_CONF" 2>/dev/null) "
    for address in $(coordinator_addresses "$1"); do
        case $address$reached in
            127.* | ::1* | *" $address "* | */*) ;;
            *)
                missing "the agent may not send packets to $address" "the coordinator $1 is there now, or who says where it is" \
                    "mvm-node bootstrap as before, or with --coordinator-net"
                return 0
                ;;
        esac
    done
    good "the agent may send packets to the coordinator, and to no other host"
}

check_configuration() {
    local hostd=$CONFIGURATION/hostd.conf agentd=$CONFIGURATION/agentd.toml key unit digest
    if [ ! -e "$hostd" ] || [ ! -e "$agentd" ]; then
        missing "this machine is not a node yet" "$hostd or $agentd is not there" "mvm-node bootstrap"
        return 0
    fi
    for key in node mode trust-root trust-pin; do
        if [ "$(setting "$hostd" "$key")" != "$(setting "$agentd" "$key")" ]; then
            missing "hostd.conf and agentd.toml have different values of $key" "they are one node" "mvm-node bootstrap writes both"
        fi
    done
    for key in "$hostd" "$agentd" "$CONFIGURATION/root.dsse"; do
        if safely_owned "$key"; then
            good "$key belongs to root"
        else
            missing "$key can be changed by others than root" "it decides what is believed" "chown root:root and chmod 0644 it and its directory"
        fi
    done
    digest=$(payload_digest "$CONFIGURATION/root.dsse")
    if [ "$digest" = "$(setting "$hostd" trust-pin)" ]; then
        good "the trust root is the pinned one"
    else
        missing "the trust root is $digest" "pinned is $(setting "$hostd" trust-pin)" "bring root.dsse with that digest"
    fi
    check_node_key
    if [ "$(setting "$agentd" credential)" != "$CREDENTIAL" ]; then
        missing "the credential is in $(setting "$agentd" credential)" "the agent could put another in its place" \
            "mvm-node bootstrap with a token of mvm-coordinator enrol-token installs one in $CREDENTIAL"
    elif [ -n "$(renewed_until "$(setting "$hostd" node)")" ]; then
        good "credential of $(setting "$hostd" node), which the agent has renewed, until $(renewed_until "$(setting "$hostd" node)")"
    elif [ -n "$(credential_complaint "$CREDENTIAL" "$(setting "$hostd" node)")" ]; then
        missing "credential" "$(credential_complaint "$CREDENTIAL" "$(setting "$hostd" node)")" \
            "mvm-node bootstrap with a token of mvm-coordinator enrol-token installs one"
    else
        good "credential of $(setting "$hostd" node)"
    fi
    check_reach "$(setting "$agentd" coordinator)"
    for unit in "${UNITS[@]}"; do
        if systemctl is-active -q "$unit"; then
            good "$unit is active"
        else
            missing "$unit is not active" "the node does not run without it" "journalctl -u $unit says why; systemctl start $unit"
        fi
    done
}

check_node_key() {
    local kept
    kept=$(key_at_rest)
    if [ "$kept" = file ] && [ "$(stat -c '%u %a %s' "$KEY_FILE")" != "0 600 32" ]; then
        missing "$KEY_FILE is no key of root's alone" "tenants' keys are sealed for it" "chown root: and chmod 0600 it, or bring it back"
    elif [ -z "$kept" ]; then
        missing "there is no node key" "tenants' keys are sealed for it" "mvm-node bootstrap makes one"
    elif [ "$kept" = file ]; then
        note "node key" "$(what_follows file)" "mvm-node bootstrap with --node-key host or tpm2 encrypts it"
    else
        good "node key: $(what_follows "$kept")"
    fi
}
