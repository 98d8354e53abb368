# claim: K2
# Keys on a node that runs: the runbook has rotated and revoked one.
carried() { mvm keys status "${1%/*}" --json | tr -d ' \n' | grep -q "\"version\":$2,[^}]*\"nodes\":\\[\"n-dev\"\\]"; }
within "the node's state carries the new version" carried demo/disk 2
within "another tenant's key is as it was" carried rival/disk 1
check "the state that carries it is in force" in_force
key_names() { mvm node info --json | tr -d ' \n' | grep -q '"node_key":"x25519:[0-9a-f]\{64\}"'; }
check "the node's key has a name" key_names
check "keys are wrapped again" mvm keys rewrap
pid=$(pid_of hostd)
as_fleet kill "$pid"
hostd_is_back() { [ "$(pid_of hostd)" != "$pid" ] && in_force; }
within "hostd opens its keys again after a restart" hostd_is_back
within "and the same instances are healthy" three_healthy
