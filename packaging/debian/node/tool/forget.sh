# shellcheck shell=bash
# mvm-node forget-trust: the way on for a node whose floor.json is lost or damaged.

# Signed documents and what was remembered of them go. Instances, volumes, snapshots and the node's key stay.
node_forget_trust() {
    local unit
    for unit in mvm-hostd.service mvm-hostd.socket mvm-agentd.service; do
        ! systemctl -q is-active "$unit" ||
            refuse "$unit runs: stop it first, with systemctl stop mvm-agentd.service mvm-hostd.socket mvm-hostd.service"
    done
    rm -rf --one-file-system "$HOSTD_STATE/trust"
    timeout 10 setpriv --reuid=mvm --regid=mvm --clear-groups rm -rf --one-file-system "$AGENTD_STATE/trust" ||
        refuse "the agent's documents cannot be removed: look at $AGENTD_STATE"
    printf '%s\n' "mvm-node: forgotten; at its next start this node believes whatever its trust root vouches for, also documents of the past"
}
