# Every command of sections 1 to 9 of docs/operations/trust-runbook.md, as it stands there: what 04 to 06 attack.
# shellcheck source=verify/scenarios/runbook.sh
. "$here/runbook.sh"
run_sections 1 9
on_all_nodes() { mvm trust list | grep -q "^$1 .* 1\$"; }
within "the node has the last root" on_all_nodes 7
in_force() { mvm node info | grep -q '^state *sequence'; }
within "and a state that the new key has signed" in_force
check "the doctor finds nothing wrong" mvm doctor
within "the same instances are healthy" both_healthy
check "one more can be started" mvm pool scale demo/web --running 2
three_healthy() { [ "$(mvm instance list | grep -c ' healthy$')" -eq 3 ]; }
within "and runs" three_healthy
