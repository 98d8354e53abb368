# The parts of 40-capabilities that are about netd. To be sourced after parts.sh.

# It says so itself, and hostd does not run without it.
netd_refuses() {
    local set line
    set=$(systemctl show -P CapabilityBoundingSet mvm-netd@probe | tr a-z A-Z)
    equal "netd has one" CAP_NET_ADMIN "$set"
    drop_in mvm-hostd.service Restart=no
    drop_in mvm-netd@.service CapabilityBoundingSet= AmbientCapabilities=
    hostd_ends "without $set"
    line=$(said -u 'mvm-netd@*' | grep -o 'mvm-netd: was started .*' | tail -n 1)
    matches "netd says why" 'NET_ADMIN' "$line"
    row "\`mvm-netd@\`" "\`$set\`" "its check of itself" "netd does not serve, and hostd ends" "\`$line\`"
    drop_in mvm-netd@.service "CapabilityBoundingSet=CAP_NET_ADMIN CAP_KILL" "AmbientCapabilities=CAP_NET_ADMIN CAP_KILL"
    hostd_ends "with one more"
    equal "netd says the same" "$line" "$(said -u 'mvm-netd@*' | grep -o 'mvm-netd: was started .*' | tail -n 1)"
    undo mvm-netd@.service
    undo mvm-hostd.service
    check "hostd starts again with what netd needs" systemctl restart mvm-hostd
}

hostd_ends() {
    since_now
    systemctl restart mvm-hostd || true # it may be there before its netd has ended
    within "$1 of netd's hostd ends" hostd_has_failed
    matches "$1 hostd says for want of what" 'no network without mvm-netd' "$(said -u mvm-hostd)"
}
hostd_has_failed() { [ "$(systemctl show -P ActiveState mvm-hostd)" = failed ]; }

# Another program in the place of netd: its own classes, in its own unit. Its standard output is a file, which netd may not write.
operations_of_netd() {
    local pid name otherwise taken began ended result calls
    systemctl stop mvm-agentd # for the rest
    install -m 0644 "$WATCH/netd-operations.jar" /usr/lib/mvm/netd/netd-operations.jar # where netd sees it
    drop_in mvm-netd@.service Type=oneshot RemainAfterExit=yes SystemCallFilter=capset LimitFSIZE=infinity "StandardOutput=file:$FLEET/operations" ExecStart= \
        "ExecStart=/usr/lib/jvm/java-25-openjdk-amd64/bin/java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --illegal-native-access=deny \
--enable-native-access=ALL-UNNAMED -cp /usr/lib/mvm/netd/* NetdOperations"
    watch_anew
    systemctl start mvm-netd@probe
    check "all that netd does was tried" grep -qx complete "$FLEET/operations"
    pid=$(systemctl show -P ExecMainPID mvm-netd@probe)
    check "and nothing of it was lost" watched "$ASKED.operations"
    systemctl stop mvm-netd@probe
    undo mvm-netd@.service
    rm /usr/lib/mvm/netd/netd-operations.jar
    awk -F '\t' -v pid="$pid" '$2 == pid' "$ASKED.operations" >"$ASKED.netd"
    granted "$ASKED.netd" "$pid" "$pid" >"$FLEET/tried"
    equal "netd's life has nothing that was not tried" "" "$(comm -23 "$FLEET/life" "$FLEET/tried")"
    while IFS=$'\t' read -r _ name otherwise taken began ended result; do
        if [ "$taken" = - ]; then
            equal "with it: $name" "done" "$result"
        elif [ "$result" != "done" ]; then
            calls=$(awk -F '\t' -v from="$began" -v to="$ended" -v cap="$taken" \
                '$1 + 0 >= from + 0 && $1 + 0 <= to + 0 && $4 == cap && $5 == "denied" {print $6}' "$ASKED.netd" | sort -u | paste -s -d , | sed 's/,/, /g')
            # for settings of interfaces the kernel asks without a word, and answers as to anybody but root
            case $name in "the setting "*) calls=${calls:-${result%%:*}} ;; esac
            matches "$name needs $taken, for the kernel asks for it" . "$calls"
            row "\`mvm-netd@\`" "\`$taken\`" "\`$calls\`: $name" "$otherwise" "\`$result\`"
        fi
    done < <(grep '^operation' "$FLEET/operations")
    # what was done without it
    awk -F '\t' '$1 == "operation" && $4 != "-" {n[$2] += $7 == "done"; order[$2] = NR} END {for (o in n) if (n[o] == 1) print order[o] "\t" o}' \
        "$FLEET/operations" | sort -n | cut -f 2 | sed 's/^/- /' >"$SEEN.free"
}
