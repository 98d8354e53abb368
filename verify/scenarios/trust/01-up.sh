# long
start_fleet
check "the pool has no place beside what runs" mvm pool scale demo/web --sleeping 0
check "another tenant runs too" mvm pool scale rival/api --running 1
both_healthy() { [ "$(mvm instance list | grep -c ' healthy$')" -eq 2 ]; }
within "both are healthy" both_healthy
check "an attacker gets into the agent, and has stolen the coordinator's key" attacker
