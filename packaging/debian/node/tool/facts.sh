# shellcheck shell=bash
# shellcheck disable=SC2034 # the parts share these
# What both check and bootstrap know about a node, and questions that have an answer and no effect.

LIBRARY=/usr/lib/mvm
CONFIGURATION=/etc/mvm
HOSTD_STATE=/var/lib/mvm-hostd
# the agent's own, and so full of whatever it likes: root neither reads nor writes below it
AGENTD_STATE=/var/lib/mvm-agentd
# what the agent shows the coordinator: root's files, which the agent can read
CREDENTIAL=/etc/mvm/credential
SPOOL=/var/spool/mvm
# the operator's own list of builds of Firecracker, in the form of the package's
RELEASES=/etc/mvm/releases
JAVA=/usr/lib/jvm/java-25-openjdk-amd64/bin/java
UNITS=(mvm-launch.socket mvm-netd.socket mvm-guestd.socket mvm-sealer.socket mvm-volume.socket mvm-hostd.socket mvm-hostd.service mvm-agentd.service mvm-guests.service)

# the user and group numbers of microVMs: one for each place in each tenant's network
FIRST_ID=1879048192
LAST_ID=1880096767

# lets the agent send packets beyond this machine
REACHED_CONF=/etc/systemd/system/mvm-agentd.service.d/coordinator.conf

refuse() {
    printf 'mvm-node: %s\n' "$*" >&2
    exit 1
}

sha256_of() { sha256sum -- "$1" | cut -d ' ' -f 1; }

# version_of FILE NAME: as `Firecracker v1.16.1` and `Jailer v1.16.1` say it; empty if it says something else.
version_of() { { timeout 10 "$1" --version 2>/dev/null </dev/null || true; } | sed -nE "s/^$2 v?([0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?)\$/\1/p" | head -n 1; }

# payload_digest FILE: the digest that pins a signed document, of the bytes that are signed.
payload_digest() {
    tr -d '\n' <"$1" | sed -nE 's/.*"payload" *: *"([A-Za-z0-9+/=]+)".*/\1/p' | { base64 -d 2>/dev/null || true; } |
        sha256sum | sed -E 's/^([0-9a-f]{64}).*/sha256:\1/'
}

# coordinator_addresses HOST:PORT: where it is now, and the resolvers that say so if it has a name.
coordinator_addresses() {
    local host=${1%:*}
    host=${host#[}
    host=${host%]}
    {
        # without -A what it says depends on whether any interface has an IPv6 address at that moment
        getent -A ahosts "$host" | sed 's/[ %].*//' || true
        [[ $host =~ ^([0-9.]+|.*:.*)$ ]] || sed -n 's/^nameserver  *\([0-9A-Fa-f:.]*\).*/\1/p' /etc/resolv.conf 2>/dev/null || true
    } | sort -u | tr '\n' ' ' | sed 's/ $//'
}

# setting FILE KEY: the value in a file of `key = value` lines, without quotes; empty if it or the file is not there.
setting() {
    [ -e "$1" ] || return 0
    sed -nE "s/^$2 *= *\"?([^\"]*)\"?\$/\1/p" "$1" | head -n 1
}

# overlapping FILE: lines NAME:FIRST:COUNT of subordinate ids that contain ids of microVMs.
overlapping() {
    [ -e "$1" ] || return 0
    awk -F : -v first="$FIRST_ID" -v last="$LAST_ID" '$2 <= last && $2 + $3 > first {print $1}' "$1"
}

# taken passwd|group: names of users or groups whose number is a microVM's, of all that the name service lists and of those that it
# has only when asked: domains give out whole ranges, so a few numbers all over the range are asked for.
taken() {
    local step=$(((LAST_ID - FIRST_ID) / 63)) numbers
    mapfile -t numbers < <(seq "$FIRST_ID" "$step" "$LAST_ID")
    # which fails if one of them has no user
    { getent "$1" || true; getent "$1" "${numbers[@]}" "$LAST_ID" || true; } |
        awk -F : -v first="$FIRST_ID" -v last="$LAST_ID" '$3 >= first && $3 <= last {print $1}' | sort -u
}

# safely_owned FILE: root's, and nobody else can write it or replace it.
safely_owned() {
    local path=$1
    [ -f "$path" ] && [ ! -L "$path" ] || return 1
    while :; do
        [ "$(stat -c %u "$path")" -eq 0 ] || return 1
        [ -z "$(find "$path" -maxdepth 0 -perm /022)" ] || return 1
        [ "$path" != / ] || return 0
        path=$(dirname "$path")
    done
}

# known_build VERSION SHA256: a build of Firecracker that has a system call filter of its own, by the package's list or by this machine's.
known_build() {
    local line
    line="$1 $(uname -m) $2"
    grep -qsxF "$line" "$LIBRARY/node/releases" || { safely_owned "$RELEASES" && grep -qxF "$line" "$RELEASES"; }
}

# microVMs that run now, a unit each
machines() { systemctl list-units --no-legend --plain --state=active 'mvm-launch@*.service' 2>/dev/null | cut -d ' ' -f 1; }

node_status() {
    local unit
    for unit in "${UNITS[@]}"; do
        printf '%-22s %s\n' "$unit" "$(systemctl is-active "$unit" 2>/dev/null || true)"
    done
    printf '%-22s %s\n' "microVMs" "$(machines | grep -c . || true)"
}
