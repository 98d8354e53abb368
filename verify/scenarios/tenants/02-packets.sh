# claim: N1 N2 N3
three_run
addresses=$(mvm instance list demo/web | awk '{print $3}')
neighbour=$(printf '%s\n' "$addresses" | tail -n 1)
stranger=$(mvm instance list rival/api | awk '{print $3}')
RIVAL=$(mvm instance list rival/api | cut -d ' ' -f 1)
reaches() { mvm instance exec -n "$1" -- ping -c 1 -W 5 "$2"; }
# several packets with time to answer, so that none of them is merely late
never_reaches() { ! mvm instance exec -n "$1" -- ping -c 3 -W 2 "$2"; }

check "a guest reaches its tenant's gateway" reaches "$INSTANCE" 10.240.0.1
check "a guest reaches its neighbour" reaches "$INSTANCE" "$neighbour"
check "a guest does not reach another tenant's guest" never_reaches "$INSTANCE" "$stranger"
check "nor the other way round" never_reaches "$RIVAL" "$neighbour"
check "nor another tenant's gateway" never_reaches "$INSTANCE" 10.240.1.1
check "nor anything outside" never_reaches "$INSTANCE" 192.0.2.1

check "a tenant's own packets still pass" reaches "$INSTANCE" "$neighbour"
mvm instance exec -n "$INSTANCE" -- ip addr add 10.240.0.200/24 dev eth0
check "an address that is not the guest's own is not carried" \
    sh -c "! '$REPOSITORY/mvm' instance exec -n '$INSTANCE' -- ping -c 2 -W 2 -I 10.240.0.200 $neighbour"
mvm instance exec -n "$INSTANCE" -- ip addr del 10.240.0.200/24 dev eth0
check "its own address still is" reaches "$INSTANCE" "$neighbour"
