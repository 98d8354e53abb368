# The parts of 40-capabilities. Each leaves lines of the document in SEEN. To be sourced.

SEEN=$FLEET/capabilities
ASKED=$FLEET/asked
ARTEFACTS=/var/lib/mvm-hostd/artefacts
DROP_INS=/run/systemd/system

# row PROCESS CAPABILITY CALL BREAKS SEEN
row() { printf '| %s | %s | %s | %s | %s |\n' "$@" >>"$SEEN.rows"; }

# drop_in UNIT LINE...: until undo UNIT
drop_in() {
    local unit=$1
    shift
    mkdir -p "$DROP_INS/$unit.d"
    {
        echo "[Service]"
        printf '%s\n' "$@"
    } >"$DROP_INS/$unit.d/capabilities.conf"
    systemctl daemon-reload
}

undo() {
    rm -r "$DROP_INS/$1.d"
    systemctl daemon-reload
}

# What was said by units since since_now, a line each.
since_now() {
    CURSOR=$(journalctl -q -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
    SINCE=$(date +@%s.%6N)
}
said() { journalctl --sync && journalctl -q -o cat --after-cursor "$CURSOR" "$@"; }
# microVMs have a journal of their own, which may be empty: then there is no cursor in it. Its daemon ends with the last of them,
# having written all: then nobody is there to be told to
machine_said() {
    journalctl --namespace=mvm-guests --sync 2>/dev/null || true
    journalctl --namespace=mvm-guests -q -o cat --since "$SINCE"
}

# Everything that hostd and netd do in the life of an instance. hostd is granted nothing; whatever capability the kernel asks netd for
# there, in whatever system call, must be among what was tried one by one, or the table would lack a row.
life_of_an_instance() {
    local first second networks others
    first=$(systemctl show -P MainPID mvm-hostd)
    networks=$(netd_pid)
    watch_anew
    check "hostd starts again" systemctl restart mvm-hostd
    second=$(systemctl show -P MainPID mvm-hostd)
    check "an instance with a volume is wanted" mvm pool scale acme/web --running 1
    within "it runs" running acme/web 1
    others=$(netd_pid)
    VMM_STATUS=$FLEET/vmm.status
    cat "/proc/$(vmm_pid "$(instance acme/web 1)")/task"/*/status >"$VMM_STATUS"
    check "its network is verified" mvm net verify "$NODE" --deep
    check "it is wanted no more" mvm pool scale acme/web --running 0
    within "it is gone" no_vmm
    check "nothing of that was lost" watched "$ASKED.life"
    equal "hostd used no capability" "" "$(granted "$ASKED.life" "$first" "$second")"
    granted "$ASKED.life" "$networks" "$others" >"$FLEET/life"
    check "netd used its capability" grep -q 'CAP_NET_ADMIN' "$FLEET/life"
}

# granted FILE PID PID: the capabilities that these were asked for and had, and in which calls. Before it executes a unit's program, the
# process is systemd's own, which is executed by a descriptor and has its number for a name, and then a name in parentheses.
granted() { awk -F '\t' -v a="$2" -v b="$3" '($2 == a || $2 == b) && $3 !~ /^(\(|[0-9]+$)/ && $5 == "granted" {print $4, $6}' "$1" | sort -u; }

no_vmm() { ! pgrep -f '^/firecracker --id '; }

# sets FILE SET...: the values of these capability sets in all threads, each once
sets() {
    local file=$1
    shift
    grep -hE "^($(
        IFS='|'
        echo "$*"
    )):" "$file" | cut -f 2 | sort -u
}

without_any() {
    local unit pid sets="CapInh CapPrm CapEff CapBnd CapAmb"
    for unit in mvm-hostd mvm-agentd mvm-coordinator; do
        pid=$(systemctl show -P MainPID "$unit")
        cat "/proc/$pid/task"/*/status >"$FLEET/status"
        # shellcheck disable=SC2086 # names
        equal "no thread of $unit has a capability, nor can get one" 0000000000000000 "$(sets "$FLEET/status" $sets)"
        row "\`$unit\`" none - - "every set of every thread is empty, the bounding set too"
    done
    equal "no thread of Firecracker has a capability" 0000000000000000 "$(sets "$VMM_STATUS" CapInh CapPrm CapEff CapAmb)"
    equal "nor can it get one by a program" 1 "$(sets "$VMM_STATUS" NoNewPrivs)"
    row Firecracker none - - "permitted, effective, inheritable and ambient set of every thread are empty, and no new privileges"
    for unit in mvm-guests mvm-cache; do
        equal "$unit is given no capability" "" "$(systemctl show -P CapabilityBoundingSet "$unit")"
        row "\`$unit\`" none - - "the unit's bounding set is empty"
    done
    within "$unit has done its work without one" test -s /var/cache/mvm/hostd.env -a -s /var/cache/mvm/netd.env -a -s /var/cache/mvm/guestd.env -a -s /var/cache/mvm/sealer.env
}

hostd_refuses() {
    drop_in mvm-hostd.service CapabilityBoundingSet=CAP_KILL Restart=no
    since_now
    systemctl restart mvm-hostd && fail "with a capability it does not start"
    matches "with a capability hostd says which" 'capabilities: .* capsh --decode=20 names them;' "$(said -u mvm-hostd)"
    undo mvm-hostd.service
}

# hostd has devices of volumes made and removed by another program.
volumes() {
    local line error call
    drop_in mvm-volume@.service "CapabilityBoundingSet=~CAP_SYS_ADMIN"
    watch_anew
    since_now
    systemctl restart mvm-hostd # for one that waits in advance has it still
    check "an instance with a volume is wanted" mvm pool scale acme/web --running 1
    within "without CAP_SYS_ADMIN mvm-volume opens none" volume_refused
    check "nothing of that was lost" watched "$ASKED.volume"
    line=$(awk -F '\t' '$4 == "CAP_SYS_ADMIN" && $5 == "denied" && $3 == "mvm-volume"' "$ASKED.volume" | tail -n 1)
    IFS=$'\t' read -r _ _ _ _ _ call error <<<"$line"
    matches "the kernel asked mvm-volume for it, and refused" '^E[A-Z]+$' "$error"
    row "\`mvm-volume@\`" "\`CAP_SYS_ADMIN\`" "\`$call\`" "no data volume opens" \
        "\`$error\`: \`$(said -u mvm-hostd | grep -o 'mvm-volume refused: .*' | tail -n 1)\`"
    undo mvm-volume@.service
    check "it is wanted no more" mvm pool scale acme/web --running 0
    within "it is gone" no_vmm
    check "hostd starts again with what it needs" systemctl restart mvm-hostd
}

volume_refused() { said -u mvm-hostd | grep -q '^volume: mvm-volume refused'; }

# start NAME [DRIVE]: a microVM by the launcher's unit; what it said is in $FLEET/start, what was asked in $ASKED.launch.
start() {
    watch_anew
    since_now
    systemd-run -q --wait --pipe --collect -u mvm-capabilities "$WATCH/launch" "$ARTEFACTS/probe-kernel" "$ARTEFACTS/probe-rootfs" "$@" \
        >"$FLEET/start" || return 1
    watched "$ASKED.launch"
}

# Why a microVM cannot be without it: CAPABILITY PROGRAM CALL TEXT
reasons() {
    cat <<'REASONS'
CAP_SYS_ADMIN mvm-launch open_tree no kernel and no root file system in the jail: no jail is built
CAP_MKNOD mvm-launch mknodat no data volume in the jail
CAP_MKNOD jailer mknodat no `/dev/net/tun` and no `/dev/kvm` in the jail: no network, no virtual machine
CAP_CHOWN mvm-launch fchownat the data volume's device is root's, and the VMM cannot open it
CAP_CHOWN jailer fchown the jail stays root's: the VMM cannot make its sockets there
CAP_SETGID jailer setgid the VMM would have root's group
CAP_SETUID jailer setuid the VMM would be root
CAP_DAC_OVERRIDE jailer mkdir the jail is the VMM's by then: root makes nothing in it any more
REASONS
}

launcher() {
    local capability drive with line program call error message before
    local peer=Environment=MVM_PEER=0::/system.slice/mvm-capabilities.service # whom it serves; see start
    install -m 0444 "$IMAGE/vmlinux" "$ARTEFACTS/probe-kernel"
    install -m 0444 "$IMAGE/rootfs.cpio" "$ARTEFACTS/probe-rootfs"
    dmsetup create mvm-i-000000c1 --table '0 8 error'
    drive=/dev/mapper/mvm-i-000000c1
    systemctl stop mvm-hostd mvm-hostd.socket
    drop_in mvm-launch@.service "$peer"
    check "with all of its capabilities the launcher" start "$drive"
    equal "becomes Firecracker" firecracker "$(awk '$1 == "Name:" {print $2}' "$FLEET/start")"
    awk -F '\t' '$5 == "granted" && ($3 == "mvm-launch" || $3 == "jailer") {print $4 "\t" $3 "\t" $6}' "$ASKED.launch" | sort -u >"$FLEET/uses"
    equal "it uses all that its unit gives it, and nothing else" \
        "$(systemctl show -P CapabilityBoundingSet mvm-launch@probe | tr a-z A-Z | tr ' ' '\n' | sort)" "$(cut -f 1 "$FLEET/uses" | sort -u)"
    awk -F '\t' '{key = "| `" $1 "` | " $2 " | "; calls[key] = calls[key] ", `" $3 "`"}
        END {for (key in calls) print key substr(calls[key], 3) " |"}' "$FLEET/uses" | sort >"$SEEN.uses"
    for capability in $(cut -f 1 "$FLEET/uses" | sort -u); do
        drop_in mvm-launch@.service "CapabilityBoundingSet=~$capability" "$peer"
        before=
        for with in "$drive" ""; do
            start ${with:+"$with"}
            matches "without $capability no microVM${with:+ with a volume} comes up" '^unit end$' "$(grep -v '^answer' "$FLEET/start")"
            line=$(awk -F '\t' -v cap="$capability" '$4 == cap && $5 == "denied" && ($3 == "mvm-launch" || $3 == "jailer")' "$ASKED.launch" | tail -n 1)
            IFS=$'\t' read -r _ _ program _ _ call error <<<"$line"
            [ "$program $call" != "$before" ] || continue
            before="$program $call"
            message=$(machine_said | grep -v ' ready pid=' | tail -n 1 | sed 's/^mvm-launch: refused: //')
            matches "the kernel asked $program for it, and refused" '^E[A-Z]+$' "$error"
            row "\`mvm-launch@\` ($program)" "\`$capability\`" "\`$call\`" \
                "$(reasons | sed -n "s/^$capability $program $call //p")" "\`$error\`: \`$message\`"
        done
    done
    undo mvm-launch@.service
    equal "there is a reason for each" "" "$(grep '|  |' "$SEEN.rows")"
}

# The document from its mark on is what was seen.
compare() {
    local mark='<!-- from here on: what verify/machine/suites/40-capabilities has seen -->'
    {
        printf '%s\n\n' "$mark"
        echo '## Taken away in turn'
        echo
        echo '| process | capability | system call | what breaks without it | what was seen |'
        echo '|---|---|---|---|---|'
        cat "$SEEN.rows"
        echo
        echo '## All that the launcher is asked for when nothing is missing'
        echo
        echo '| capability | program | system calls |'
        echo '|---|---|---|'
        cat "$SEEN.uses"
        echo
        echo '## What netd does without its capability'
        echo
        cat "$SEEN.free"
    } >"$SEEN"
    sed 's/^/# document: /' "$SEEN"
    sed -n "\|^$mark|,\$p" "$WATCH/capabilities.md" >"$FLEET/written"
    if ! grep -q stand-in "$VMM/name"; then # the document is about the stand-in's jailer; others may spell calls in another way
        sed -i '/(jailer)\|| jailer |/d' "$FLEET/written" "$SEEN"
    fi
    check "docs/security/capabilities.md says what was seen" diff "$FLEET/written" "$SEEN"
}
