# shellcheck shell=bash
# What mvm-node check says of users and their numbers, with the words of check.sh.

check_ids() {
    local file names
    for file in /etc/subuid /etc/subgid; do
        names=$(overlapping "$file" | tr '\n' ' ')
        if [ -z "$names" ]; then
            good "$file leaves microVMs their ids"
        else
            missing "$file gives ids of microVMs to ${names% }" "those users could act as a microVM's" \
                "move the range away from $FIRST_ID to $LAST_ID"
        fi
    done
    for file in passwd group; do
        names=$(taken "$file" | tr '\n' ' ')
        if [ -z "$names" ]; then
            good "the name service leaves microVMs their ids ($file)"
        else
            missing "the name service has ${names% } ($file) among the ids of microVMs" "a microVM would run as that" \
                "renumber it, or move the range of the domain, away from $FIRST_ID to $LAST_ID"
        fi
    done
    check_user mvm "the agent"
    check_user mvm-netd "what makes tenants' networks"
}

# check_user USER WHO: it is there, and reaches nothing by a group.
check_user() {
    local groups
    if ! id "$1" >/dev/null 2>&1; then
        missing "there is no user $1" "$2 runs as it" "systemd-sysusers mvm-node.conf"
        return 0
    fi
    groups=$(id -Gn "$1")
    if [ "$groups" = "$1" ]; then
        good "user $1, in no group but its own"
    else
        missing "user $1 is in $groups" "$2 must not reach what those groups reach" "gpasswd --delete $1 GROUP"
    fi
}
