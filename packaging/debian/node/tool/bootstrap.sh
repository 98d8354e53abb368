# shellcheck shell=bash
# mvm-node bootstrap: everything is looked at before anything is changed. What is there already and right is left alone.

MANDATORY="node coordinator trust-root trust-pin firecracker firecracker-sha256 jailer jailer-sha256"
OPTIONS="$MANDATORY credential token-file enrolment coordinator-net node-key uplink seccomp-filter seccomp-filter-sha256"
SYSCTL=/etc/sysctl.d/60-mvm-node.conf
declare -A GIVEN=()
CHANGES=()

node_bootstrap() {
    local only_check=no
    while [ $# -gt 0 ]; do
        case $1 in
            --check)
                only_check=yes
                shift
                ;;
            --*)
                take_option "${1#--}" "$@"
                shift 2
                ;;
            *) wrong_usage "bootstrap: not an option: $1" ;;
        esac
    done
    local option
    for option in $MANDATORY; do
        [ -n "${GIVEN[$option]:-}" ] || wrong_usage "bootstrap: --$option is missing"
    done
    [ -n "${GIVEN[credential]:-}" ] || [ -n "${GIVEN[token-file]:-}" ] || wrong_usage "bootstrap: --credential or --token-file is missing"
    [ -z "${GIVEN[credential]:-}" ] || [ -z "${GIVEN[token-file]:-}" ] || wrong_usage "bootstrap: --credential and --token-file are two ways to one thing"
    [ -z "${GIVEN[token-file]:-}" ] || [ -n "${GIVEN[enrolment]:-}" ] || wrong_usage "bootstrap: --enrolment is missing: the coordinator's enrolment-listen"
    [ "$(id -u)" -eq 0 ] || refuse "this needs root"
    WORK=$(mktemp -d)
    trap 'rm -rf "$WORK"; close_room' EXIT
    validate
    write_wanted
    compare
    if [ ${#CHANGES[@]} -eq 0 ]; then
        printf 'nothing to change\n'
    else
        printf '%s\n' "${CHANGES[@]}"
    fi
    [ "$only_check" = no ] || return 0
    apply
}

take_option() {
    local name=$1
    [ $# -ge 3 ] || wrong_usage "bootstrap: --$name needs a value"
    case " $OPTIONS " in
        *" $name "*) ;;
        *) wrong_usage "bootstrap: no such option: --$name" ;;
    esac
    [ -z "${GIVEN[$name]:-}" ] || wrong_usage "bootstrap: --$name is given twice"
    [ -n "$3" ] || wrong_usage "bootstrap: --$name is empty"
    GIVEN[$name]=$3
}

# hostd reads it by the same rule (InterfaceName). `all` and `default` lie beside the interfaces' settings.
interface_name() { [[ $1 =~ ^[A-Za-z][A-Za-z0-9_.-]{0,14}$ && ! $1 =~ ^(all|default)$ ]]; }

# Whatever is wrong ends here, before anything was changed. All that is used later is a copy of what was looked at.
validate() {
    local there
    [[ ${GIVEN[node]} =~ ^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$ ]] ||
        refuse "--node: want 1 to 63 of a-z, 0-9 and -, beginning with a letter, not ending in -"
    [[ ${GIVEN[coordinator]} =~ ^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\]):([1-9][0-9]{0,4})$ ]] || refuse "--coordinator: want HOST:PORT"
    [ "${BASH_REMATCH[2]}" -le 65535 ] || refuse "--coordinator: there is no port ${BASH_REMATCH[2]}"
    [[ ${GIVEN[coordinator-net]:-} =~ ^([0-9A-Fa-f:.]+(/[0-9]{1,3})?(,|$))*$ ]] ||
        refuse "--coordinator-net: want addresses or networks with a comma between two"
    REACHED=$(tr , ' ' <<<"${GIVEN[coordinator-net]:-$(coordinator_addresses "${GIVEN[coordinator]}")}")
    [ -n "$REACHED" ] || refuse "--coordinator: no address is known for ${GIVEN[coordinator]%:*}; --coordinator-net can say where it will be"
    [[ ${GIVEN[trust-pin]} =~ ^sha256:[0-9a-f]{64}$ ]] || refuse "--trust-pin: want sha256: and 64 hexadecimal digits, as root.pin has them"
    if [ -n "${GIVEN[uplink]:-}" ]; then
        interface_name "${GIVEN[uplink]}" ||
            refuse "--uplink: want the name of a network interface: 1 to 15 of A-Z, a-z, 0-9, -, _ and ., beginning with a letter"
        [ -e "/sys/class/net/${GIVEN[uplink]}" ] || refuse "--uplink: this machine has no interface ${GIVEN[uplink]}"
    fi
    case ${GIVEN[node-key]:-} in
        '' | host | file) ;;
        tpm2) has_tpm2 || refuse "--node-key: systemd finds no TPM 2.0 here: systemd-analyze has-tpm2 says what is missing" ;;
        *) refuse "--node-key: want tpm2, host or file" ;;
    esac
    validate_program firecracker
    validate_program jailer
    [ "$FIRECRACKER_VERSION" = "$JAILER_VERSION" ] ||
        refuse "firecracker is $FIRECRACKER_VERSION and jailer is $JAILER_VERSION: they belong together"
    if [ -n "${GIVEN[seccomp-filter]:-}${GIVEN[seccomp-filter-sha256]:-}" ]; then
        validate_filter
    else
        known_build "$FIRECRACKER_VERSION" "${GIVEN[firecracker-sha256]}" ||
            refuse "--firecracker: it is no release that this package or $RELEASES knows, and may have no system call filter of its own: take the project's program of release $FIRECRACKER_VERSION, or give --seccomp-filter"
    fi
    copy_of "${GIVEN[trust-root]}" root.dsse 1048576 "--trust-root"
    there=$(payload_digest "$WORK/root.dsse")
    [ "$there" = "${GIVEN[trust-pin]}" ] || refuse "--trust-root: its digest is $there, and the pin is ${GIVEN[trust-pin]}"
    validate_credential
    validate_this_machine
}

# With a token nothing is asked for yet: it is good once, and --check must not use it up.
validate_credential() {
    local name complaint
    mkdir "$WORK/credential"
    if [ -n "${GIVEN[token-file]:-}" ]; then
        [[ ${GIVEN[enrolment]} =~ ^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\]):([1-9][0-9]{0,4})$ ]] || refuse "--enrolment: want HOST:PORT"
        [ "${BASH_REMATCH[2]}" -le 65535 ] || refuse "--enrolment: there is no port ${BASH_REMATCH[2]}"
        copy_of "${GIVEN[token-file]}" token 1024 "--token-file"
        [[ $(<"$WORK/token") =~ ^([0-9a-f]{16})\.[A-Za-z0-9_-]{43}\.[0-9a-f]{64}$ ]] ||
            refuse "--token-file: that is no token, as mvm-coordinator enrol-token prints one"
        TOKEN_ID=${BASH_REMATCH[1]}
        return 0
    fi
    for name in key.pem cert.pem ca.pem; do
        copy_of "${GIVEN[credential]}/$name" "credential/$name" 65536 "--credential"
    done
    complaint=$(credential_complaint "$WORK/credential" "${GIVEN[node]}")
    [ -z "$complaint" ] || refuse "--credential: $complaint"
}

# A token that this machine has not used is used, also where there is a good credential: the coordinator may have revoked that one.
has_to_enrol() {
    [ -n "${GIVEN[token-file]:-}" ] || return 1
    [ "$TOKEN_ID" = "$(cat "$CREDENTIAL/enrolled-by" 2>/dev/null)" ] || return 0
    [ -n "$(credential_complaint "$CREDENTIAL" "${GIVEN[node]}")" ] && [ -z "$(renewed_until "${GIVEN[node]}")" ]
}

# The agent's program makes the key and asks, with the agent's rights; root takes what it prints.
enrol() {
    local complaint
    (
        cd /
        setpriv --reuid=mvm --regid=mvm --clear-groups --bounding-set=-all --no-new-privs \
            "$JAVA" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx96m -XX:-UsePerfData -XX:+DisableAttachMechanism \
            --illegal-native-access=deny -cp "$LIBRARY/agentd/*" dev.mvm.agentd.Main \
            enrol --node "${GIVEN[node]}" --coordinator "${GIVEN[enrolment]}" <"$WORK/token" >"$WORK/enrolled"
    ) || refuse "--token-file: this machine was not enrolled"
    awk -v dir="$WORK/credential" '/^-----BEGIN CERTIFICATE-----$/ { n++ }
        { print >(dir (n == 0 ? "/key.pem" : n == 1 ? "/cert.pem" : "/ca.pem")) }' "$WORK/enrolled"
    complaint=$(credential_complaint "$WORK/credential" "${GIVEN[node]}")
    [ -z "$complaint" ] || refuse "--token-file: the agent's program has printed no credential: $complaint"
    printf '%s\n' "$TOKEN_ID" >"$WORK/credential/enrolled-by"
}

# copy_of FILE NAME BYTES OPTION
copy_of() {
    [ -f "$1" ] || refuse "$4: there is no file $1"
    head -c "$(($3 + 1))" -- "$1" >"$WORK/$2"
    [ "$(stat -c %s "$WORK/$2")" -le "$3" ] || refuse "$4: $1 is too large to be one"
}

validate_program() {
    local name=$1 want=${GIVEN[$1-sha256]} found version
    [[ $want =~ ^[0-9a-f]{64}$ ]] || refuse "--$name-sha256: want 64 hexadecimal digits"
    copy_of "${GIVEN[$name]}" "$name" 67108864 "--$name"
    found=$(sha256_of "$WORK/$name")
    [ "$found" = "$want" ] || refuse "--$name: its sha256 is $found, and not $want"
    chmod 0700 "$WORK/$name"
    version=$(version_of "$WORK/$name" "${name^}")
    [ -n "$version" ] || refuse "--$name: it does not say that it is ${name^}, or is not for this machine"
    printf -v "${name^^}_VERSION" %s "$version"
}

# What seccompiler has compiled has no mark to know it by; its source is JSON, which Firecracker does not take.
validate_filter() {
    copy_of "${GIVEN[seccomp-filter]:-}" seccomp.bpf 1048576 "--seccomp-filter"
    [[ ${GIVEN[seccomp-filter-sha256]:-} =~ ^[0-9a-f]{64}$ ]] || refuse "--seccomp-filter-sha256: want 64 hexadecimal digits"
    [ "$(sha256_of "$WORK/seccomp.bpf")" = "${GIVEN[seccomp-filter-sha256]}" ] ||
        refuse "--seccomp-filter: its sha256 is $(sha256_of "$WORK/seccomp.bpf"), and not ${GIVEN[seccomp-filter-sha256]}"
    [ "$(tr -d '[:space:]' <"$WORK/seccomp.bpf" | head -c 1 | od -An -tx1)" != " 7b" ] ||
        refuse "--seccomp-filter: that is JSON: compile it, with seccompiler of Firecracker $FIRECRACKER_VERSION"
}

# credential_complaint DIR NODE: what is wrong with it, or nothing.
credential_complaint() {
    local dir=$1 name names
    for name in key.pem cert.pem ca.pem; do
        [ -s "$dir/$name" ] || {
            echo "there is no $name"
            return 0
        }
    done
    if ! openssl x509 -in "$dir/cert.pem" -noout 2>/dev/null; then
        echo "cert.pem is no certificate"
    elif ! openssl verify -CAfile "$dir/ca.pem" "$dir/cert.pem" >/dev/null 2>&1; then
        echo "cert.pem is not by ca.pem, or has expired"
    elif names=$(openssl x509 -in "$dir/cert.pem" -noout -ext subjectAltName 2>/dev/null) &&
        ! [[ ${names//[$'\n ']/,}, =~ ,URI:spiffe://mvm/node/$2, ]]; then
        echo "cert.pem is not for the node $2"
    elif [ "$(openssl x509 -in "$dir/cert.pem" -noout -pubkey 2>/dev/null)" != "$(openssl pkey -in "$dir/key.pem" -pubout 2>/dev/null </dev/null)" ]; then
        echo "key.pem is not the key of cert.pem"
    fi
}

# renewed_until NODE: when the certificate ends that the agent has renewed, if it is the node's and good now. The file is the
# agent's own, so it is read with the agent's rights, and not for long.
renewed_until() {
    local certificate names
    certificate=$(timeout 10 setpriv --reuid=mvm --regid=mvm --clear-groups head -c 65536 "$AGENTD_STATE/renewed/credential.pem" 2>/dev/null |
        openssl x509 2>/dev/null) || return 0
    names=$(openssl x509 -noout -ext subjectAltName 2>/dev/null <<<"$certificate") || return 0
    [[ ${names//[$'\n ']/,}, =~ ,URI:spiffe://mvm/node/$1, ]] || return 0
    openssl x509 -noout -checkend 0 >/dev/null 2>&1 <<<"$certificate" || return 0
    openssl x509 -noout -enddate <<<"$certificate" | sed 's/^notAfter=//'
}

# A node stays who it is: its registry and its keys belong to a name and to a root.
validate_this_machine() {
    local key now names user
    [ -d /run/systemd/system ] || refuse "systemd is not the first process here"
    for key in node trust-pin; do
        now=$(setting "$CONFIGURATION/hostd.conf" "$key")
        [ -z "$now" ] || [ "$now" = "${GIVEN[$key]}" ] ||
            refuse "this machine is a node with $key $now; another one begins with: apt-get purge mvm-node"
    done
    names=$( (overlapping /etc/subuid && overlapping /etc/subgid && taken passwd && taken group) | sort -u | tr '\n' ' ')
    [ -z "$names" ] || refuse "ids of microVMs ($FIRST_ID to $LAST_ID) belong to ${names% }: mvm-node check says more"
    for user in mvm mvm-netd; do
        id "$user" >/dev/null 2>&1 || refuse "there is no user $user: systemd-sysusers mvm-node.conf"
    done
}

write_wanted() {
    cat >"$WORK/hostd.conf" <<EOF
node = ${GIVEN[node]}
mode = hardened
state-directory = $HOSTD_STATE
artefact-spool = $SPOOL
trust-root = $CONFIGURATION/root.dsse
trust-pin = ${GIVEN[trust-pin]}
service-sockets = /run/mvm-root
agent-uid = $(id -u mvm)
agent-cgroup = /system.slice/mvm-agentd.service
firecracker = $FIRECRACKER_VERSION
EOF
    KEPT=$(wanted_key "${GIVEN[node-key]:-}")
    # for this version alone: with another Firecracker it has to be given again
    [ ! -e "$WORK/seccomp.bpf" ] || printf 'seccomp-filter = %s\n' "$FIRECRACKER_VERSION" >>"$WORK/hostd.conf"
    if [ -n "${GIVEN[uplink]:-}" ]; then
        printf 'uplink = %s\n' "${GIVEN[uplink]}" >>"$WORK/hostd.conf"
        printf '# guests whose pool has egress leave by %s, and answers come in by it\nnet/ipv4/conf/%s/forwarding = 1\n' \
            "${GIVEN[uplink]}" "${GIVEN[uplink]}" >"$WORK/sysctl"
    fi
    cat >"$WORK/agentd.toml" <<EOF
node = "${GIVEN[node]}"
mode = "hardened"
state-directory = "$AGENTD_STATE"
hostd-socket = "/run/mvm/hostd.sock"
trust-root = "$CONFIGURATION/root.dsse"
trust-pin = "${GIVEN[trust-pin]}"
coordinator = "${GIVEN[coordinator]}"
credential = "$CREDENTIAL"
EOF
    # the agent reaches nothing else
    printf '[Service]\nIPAddressAllow=%s\n' "$REACHED" >"$WORK/reached.conf"
    printf '%s  %s\n' "${GIVEN[firecracker-sha256]}" "$LIBRARY/firecracker" "${GIVEN[jailer-sha256]}" "$LIBRARY/jailer" \
        ${GIVEN[seccomp-filter]:+"${GIVEN[seccomp-filter-sha256]}" "$LIBRARY/seccomp.bpf"} >"$WORK/programs.sha256"
}

# differs WANTED THERE MODE OWNER:GROUP
differs() { ! cmp -s "$1" "$2" || [ "$(stat -c '%a %U:%G' "$2")" != "${3#0} $4" ]; }

# wanted FILE THERE MODE OWNER:GROUP: a change, if that is not so already.
wanted() {
    if [ ! -e "$2" ]; then
        CHANGES+=("create   $2")
    elif differs "$@"; then
        CHANGES+=("replace  $2")
    fi
}

# each_file COMMAND: calls it for every file with what is wanted, where, mode, owner and group. Each place is in a directory of root's.
each_file() {
    "$1" "$WORK/firecracker" "$LIBRARY/firecracker" 0755 root:root
    "$1" "$WORK/jailer" "$LIBRARY/jailer" 0755 root:root
    [ ! -e "$WORK/seccomp.bpf" ] || "$1" "$WORK/seccomp.bpf" "$LIBRARY/seccomp.bpf" 0644 root:root
    "$1" "$WORK/root.dsse" "$CONFIGURATION/root.dsse" 0644 root:root
    "$1" "$WORK/programs.sha256" "$CONFIGURATION/programs.sha256" 0644 root:root
    if [ -e "$WORK/credential/key.pem" ]; then # with a token there is none before it was used
        "$1" "$WORK/credential/key.pem" "$CREDENTIAL/key.pem" 0640 root:mvm
        "$1" "$WORK/credential/cert.pem" "$CREDENTIAL/cert.pem" 0640 root:mvm
        "$1" "$WORK/credential/ca.pem" "$CREDENTIAL/ca.pem" 0640 root:mvm
    fi
    [ ! -e "$WORK/credential/enrolled-by" ] || "$1" "$WORK/credential/enrolled-by" "$CREDENTIAL/enrolled-by" 0640 root:mvm
    "$1" "$WORK/agentd.toml" "$CONFIGURATION/agentd.toml" 0644 root:root
    "$1" "$WORK/reached.conf" "$REACHED_CONF" 0644 root:root
    [ ! -e "$WORK/sysctl" ] || "$1" "$WORK/sysctl" "$SYSCTL" 0644 root:root
    "$1" "$WORK/hostd.conf" "$CONFIGURATION/hostd.conf" 0644 root:root # last: with it this is a node
}

compare() {
    local unit now
    each_file wanted
    ! has_to_enrol || CHANGES+=("enrol    ${GIVEN[node]}, by the token")
    [ -e "$WORK/seccomp.bpf" ] || [ ! -e "$LIBRARY/seccomp.bpf" ] || CHANGES+=("remove   $LIBRARY/seccomp.bpf")
    now=$(key_at_rest)
    if [ -z "$now" ]; then
        CHANGES+=("make     the node's key, $(what_follows "$KEPT")")
    elif [ "$now" != "$KEPT" ]; then
        CHANGES+=("keep     the node's key otherwise, $(what_follows "$KEPT")")
    fi
    for unit in "${UNITS[@]}"; do
        systemctl is-enabled -q "$unit" 2>/dev/null || CHANGES+=("enable   $unit")
        systemctl is-active -q "$unit" 2>/dev/null || CHANGES+=("start    $unit")
    done
}

# put FILE THERE MODE OWNER:GROUP: as a whole or not at all.
put() {
    differs "$@" || return 0
    install -D -m "$3" -o "${4%:*}" -g "${4#*:}" "$1" "$2.new"
    sync "$2.new"
    mv -T "$2.new" "$2"
    WRITTEN=yes
}

apply() {
    WRITTEN=no
    systemd-tmpfiles --create mvm-node.conf
    install -d -m 0750 -o root -g mvm "$CREDENTIAL"
    ! has_to_enrol || enrol
    each_file put
    [ -e "$WORK/seccomp.bpf" ] || rm -f "$LIBRARY/seccomp.bpf"
    [ ! -e "$WORK/sysctl" ] || /usr/lib/systemd/systemd-sysctl "$SYSCTL"
    printf 'public key of this node, for mvm node init %s FILE --node-key KEYFILE:\n' "${GIVEN[node]}"
    keep_key "$KEPT"
    systemctl daemon-reload
    # without a TPM the last has nothing to listen for, and that is no failure
    systemctl -q enable "${UNITS[@]}" mvm-attest.socket
    systemctl start "${UNITS[@]}" mvm-attest.socket || refuse "not everything starts: mvm-node check says more, and journalctl -u mvm-hostd -u mvm-agentd"
    # what runs already has read older files
    [ "$WRITTEN" = no ] || systemctl restart mvm-hostd.service mvm-agentd.service
    systemctl start --no-block mvm-cache.service
    printf 'mvm-node: %s is a node of the fleet at %s\n' "${GIVEN[node]}" "${GIVEN[coordinator]}"
}
