# claim: A1 H6 K1 L2
status_of() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"; }
threads_say() { # PID FIELD: the different values over all threads
    sed -n "s/^$2:[[:space:]]*//p" /proc/"$1"/task/*/status | sort -u | tr '\n' ' '
}
hostd=$(pid_of hostd)
netd=$(netd_pid)
agentd=$(pid_of agentd)
coordinator=$(pid_of coordinator)
keyd=$(pid_of keyd)
vmm=$(pgrep -f "qemu-system-x86_64.*${INSTANCE##*/}" | head -n 1)

equal "agentd has no capability" "0000000000000000 " "$(threads_say "$agentd" CapEff)"
equal "agentd can get none" "0000000000000000 " "$(threads_say "$agentd" CapBnd)"
equal "agentd gains nothing by executing" "1 " "$(threads_say "$agentd" NoNewPrivs)"
equal "the coordinator has no capability" "0000000000000000 " "$(threads_say "$coordinator" CapEff)"
equal "keyd has no capability" "0000000000000000 " "$(threads_say "$keyd" CapEff)"
equal "keyd can get none" "0000000000000000 " "$(threads_say "$keyd" CapBnd)"
equal "every thread of keyd is filtered" "2 " "$(threads_say "$keyd" Seccomp)"
equal "keyd gains nothing by executing" "1 " "$(threads_say "$keyd" NoNewPrivs)"
# KILL (5), which in production a cgroup makes unnecessary
equal "hostd has this capability only" "0000000000000020 " "$(threads_say "$hostd" CapEff)"
equal "hostd can get no other" "0000000000000020 " "$(threads_say "$hostd" CapBnd)"
# NET_ADMIN (12)
equal "netd has this capability only" "0000000000001000 " "$(threads_say "$netd" CapEff)"
equal "netd can get no other" "0000000000001000 " "$(threads_say "$netd" CapBnd)"
equal "every thread of netd is filtered" "2 " "$(threads_say "$netd" Seccomp)"
equal "netd gains nothing by executing" "1 " "$(threads_say "$netd" NoNewPrivs)"
equal "every thread of hostd is filtered" "2 " "$(threads_say "$hostd" Seccomp)"
equal "hostd gains nothing by executing" "1 " "$(threads_say "$hostd" NoNewPrivs)"
equal "the VMM has no capability" "0000000000000000 " "$(threads_say "$vmm" CapEff)"
equal "the VMM can get none" "0000000000000000 " "$(threads_say "$vmm" CapBnd)"
equal "every thread of the VMM is filtered" "2 " "$(threads_say "$vmm" Seccomp)"
equal "the VMM gains nothing by executing" "1 " "$(threads_say "$vmm" NoNewPrivs)"

if [ "$(id -u)" -eq 0 ]; then
    equal "agentd is its own user" 2 "$(status_of "$agentd" Uid | cut -f 1)"
    equal "the coordinator is its own user" 1 "$(status_of "$coordinator" Uid | cut -f 1)"
    equal "keyd is its own user" 6 "$(status_of "$keyd" Uid | cut -f 1)"
    # but where the machine's /dev/net/tun excludes it
    own=$([ "$(stat -c %a /dev/net/tun)" = 666 ] && echo 5 || echo 0)
    equal "netd is its own user" "$own" "$(status_of "$netd" Uid | cut -f 1)"
    users=$(for pid in $(pgrep -f 'qemu-system-x86_64.*file=/dev/fdset|qemu-system-x86_64.*mvm'); do
        tr '\0' ' ' <"/proc/$pid/environ" 2>/dev/null >/dev/null || continue
        status_of "$pid" Uid | cut -f 1
    done | awk '$1 >= 1879048192' | sort)
    equal "no two VMMs share a user" "$(printf '%s\n' "$users" | uniq)" "$users"
fi
namespaces() { for kind in "$@"; do readlink "/proc/$vmm/ns/$kind"; done; }
theirs=$(namespaces net mnt pid ipc uts)
vmm_of_hostd=$vmm
vmm=$hostd
equal "the VMM shares no namespace with hostd" "" "$(comm -12 <(printf '%s\n' "$theirs" | sort) <(namespaces net mnt pid ipc uts | sort))"
vmm=$vmm_of_hostd
equal "the VMM sees its own files only" "dev io kernel rootfs usr" \
    "$(ls "/proc/$vmm/root/" | grep -vE '^(bin|lib|lib64)$' | sort | tr '\n' ' ' | sed 's/ $//')"
equal "the VMM has one network device" "lo" "$(tail -n +3 "/proc/$vmm/net/dev" | cut -d : -f 1 | tr -d ' ' | tr '\n' ' ' | sed 's/ $//')"

hidden() { [ -z "$(ls -A "/proc/$1/root$2" 2>/dev/null)" ]; }
check "agentd does not see hostd's state" hidden "$agentd" "$MVM_DEV_STATE/hostd"
check "agentd does not see operators' keys" hidden "$agentd" "$MVM_DEV_STATE/trust"
check "hostd does not see operators' keys" hidden "$hostd" "$MVM_DEV_STATE/trust"
check "the coordinator does not see operators' keys" hidden "$coordinator" "$MVM_DEV_STATE/trust"
check "the coordinator does not see the key service's store" hidden "$coordinator" "$MVM_DEV_STATE/keyd"
check "nor its keys" hidden "$coordinator" "$MVM_DEV_STATE/keyd-keys"
for other in hostd agentd netd; do
    check "$other does not see the key service's store" hidden "${!other}" "$MVM_DEV_STATE/keyd"
    check "$other does not see its keys" hidden "${!other}" "$MVM_DEV_STATE/keyd-keys"
    check "$other has no key service to speak to" test ! -S "/proc/${!other}/root/run/mvm/keyd/keyd.sock"
done
for folder in trust hostd agentd coordinator; do
    check "keyd does not see the folder $folder" hidden "$keyd" "$MVM_DEV_STATE/$folder"
done
check "netd does not see hostd's state" hidden "$netd" "$MVM_DEV_STATE/hostd"
check "netd does not see operators' keys" hidden "$netd" "$MVM_DEV_STATE/trust"
check "netd does not see the agent's credential" hidden "$netd" "$MVM_DEV_STATE/agentd"
check "agentd has no launcher to speak to" test ! -S "/proc/$agentd/root/run/mvm/launch.sock"
check "agentd has no reader of guests to speak to" test ! -S "/proc/$agentd/root/run/mvm/guestd.sock"
check "agentd has no netd to speak to" test ! -S "/proc/$agentd/root/run/mvm/netd.sock"
check "hostd has no tun" test "$(stat -L -c %t:%T "/proc/$hostd/root/dev/net/tun")" = "$(stat -L -c %t:%T /dev/null)"
equal "the network devices outside of the fleet are as they were" "$interfaces_before" "$(interfaces)"
