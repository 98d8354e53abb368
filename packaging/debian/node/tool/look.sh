# shellcheck shell=bash
# mvm-node look: what mvm-hostd checks of its host at each start and cannot see itself. mvm-look.service runs this before hostd.
#
# Prints a line for each thing: its name, `good` or `wrong`, what was found, and what to do; separated by tabs.

CGROUPS=/sys/fs/cgroup
KERNEL_MODULES=/sys/module
LIBRARIES=/usr/lib/x86_64-linux-gnu
DEVICE_MAPPER=/dev/mapper/control
ACCOUNTS=/etc
HOSTD_SOCKET=/run/mvm/hostd.sock
ADVISORIES=$PARTS/advisories

node_look() {
    look_at cgroups look_cgroups "boot with systemd.unified_cgroup_hierarchy=1, with the controllers cpu, memory and pids"
    look_at jailer "look_program jailer" "put the release that hostd.conf names there: run mvm-node bootstrap"
    look_at firecracker "look_program firecracker" "put the release that hostd.conf names there: run mvm-node bootstrap"
    look_at advisories look_advisories "run mvm-node bootstrap with a newer release"
    look_at fuse look_fuse "load fuse: modprobe fuse"
    look_at device-mapper look_device_mapper "load dm_mod, and dm_crypt: modprobe dm_crypt"
    look_at nftables look_nftables "install the package libnftables1"
    look_at hostd "look_socket $HOSTD_SOCKET 660" "clear the path; systemctl restart mvm-hostd.socket"
    look_at launch "look_service launch" "clear the path; systemctl restart mvm-launch.socket"
    look_at netd "look_service netd" "clear the path; systemctl restart mvm-netd.socket"
    look_at guestd "look_service guestd" "clear the path; systemctl restart mvm-guestd.socket"
    look_at sealer "look_service sealer" "clear the path; systemctl restart mvm-sealer.socket"
    look_at volume "look_service volume" "clear the path; systemctl restart mvm-volume.socket"
    look_at "key at rest" look_node_key "run mvm-node bootstrap"
    look_at room look_room "remove what is not needed there"
    look_at "user ids" look_ids "take that range from its owner: it belongs to microVMs"
}

# look_at NAME COMMAND NEXT: COMMAND prints what it found, and fails if that is not as it must be.
look_at() {
    local found word=good
    # shellcheck disable=SC2086 # a command and its words
    found=$($2) || word=wrong
    printf '%s\t%s\t%s\t%s\n' "$1" $word "$(printf '%s' "$found" | tr -c '[:print:]' '?')" "$3"
}

look_cgroups() {
    local controller there
    if ! there=$(cat "$CGROUPS/cgroup.controllers" 2>/dev/null); then
        echo "no access to $CGROUPS/cgroup.controllers"
        return 1
    fi
    echo "$there"
    for controller in cpu memory pids; do
        [[ " $there " == *" $controller "* ]] || return 1
    done
}

# look_program NAME: it is root's alone, and of the version that hostd was told. It is not executed for that: a build has its version in its
# text, and the VMM is asked once more when a microVM starts.
look_program() {
    local file=$LIBRARY/$1 version
    version=$(setting "$CONFIGURATION/hostd.conf" firecracker)
    if [ ! -e "$file" ]; then
        echo "$file is not there"
        return 1
    fi
    if ! safely_owned "$file"; then
        echo "$file is not root's alone"
        return 1
    fi
    if [ -z "$version" ] || ! grep -aqF -e "$version" "$file"; then
        echo "$file is not of version $version"
        return 1
    fi
    echo "$version"
}

# look_advisories: whether one is known against the version that hostd was told. A version with a suffix comes before the one without.
look_advisories() {
    local version first last text
    version=$(setting "$CONFIGURATION/hostd.conf" firecracker)
    while read -r first last text; do
        case $first in '#'* | '') continue ;; esac
        if dpkg --compare-versions "${version//-/\~}" ge "$first" && dpkg --compare-versions "${version//-/\~}" le "$last"; then
            echo "$version has $text"
            return 1
        fi
    done <"$ADVISORIES"
    echo "no advisory names $version"
}

look_device_mapper() {
    if [ ! -c "$DEVICE_MAPPER" ]; then
        echo "$DEVICE_MAPPER is not there"
        return 1
    fi
    if [ ! -e "$KERNEL_MODULES/dm_crypt" ]; then
        echo "without dm_crypt"
        return 1
    fi
    echo "with dm_crypt"
}

# look_nftables: what netd makes the packet filter with. Whether the kernel takes part, netd finds out.
look_nftables() {
    if [ ! -e "$LIBRARIES/libnftables.so.1" ]; then
        echo "libnftables.so.1 is missing"
        return 1
    fi
    echo "libnftables.so.1 is there"
}

look_fuse() {
    if [ ! -c /dev/fuse ]; then
        echo "/dev/fuse is not there"
        return 1
    fi
    echo there
}

look_service() { look_socket "$(setting "$CONFIGURATION/hostd.conf" service-sockets)/$1.sock" 600; }

# look_socket PATH MODE: who connects there reaches the socket that root has made, and no replacement.
look_socket() {
    if [ ! -S "$1" ] || [ "$(stat -c '%u %a' "$1")" != "0 $2" ]; then
        echo "$1 is not root's own socket"
        return 1
    fi
    echo "$1"
}

# A plain file is no fault: a node from before there was a choice has one.
look_node_key() { what_follows "$(key_at_rest)"; }

look_room() {
    local free
    free=$(df -Pm "$HOSTD_STATE" | awk 'NR == 2 {print $4}')
    echo "$free MiB are free in $HOSTD_STATE"
    [ "$free" -ge 256 ]
}

look_ids() {
    local name taken
    for name in passwd group subuid subgid; do
        taken=$(first_taken "$ACCOUNTS/$name")
        if [ -n "$taken" ]; then
            echo "$ACCOUNTS/$name has $taken"
            return 1
        fi
    done
    # those of a domain, which are in no file
    for name in passwd group; do
        taken=$(taken $name | head -n 1)
        if [ -n "$taken" ]; then
            echo "the name service has $taken in $name"
            return 1
        fi
    done
    echo "$FIRST_ID to $LAST_ID are microVMs' alone"
}

# first_taken FILE: the first id in it and whose, of a line that has ids of microVMs; nothing if no line has.
first_taken() {
    local column=3 count=1
    [ -e "$1" ] || return 0
    case $1 in
        */sub?id) column=2 count=\$3 ;;
    esac
    awk -F : -v first="$FIRST_ID" -v last="$LAST_ID" \
        "\$$column ~ /^[0-9]+\$/ && \$$column <= last && \$$column + $count > first {print \$$column \" of \" \$1; exit}" "$1"
}
