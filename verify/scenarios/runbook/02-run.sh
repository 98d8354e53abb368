# claim: C11 T7
# Every command of docs/operations/trust-runbook.md, as it stands there and in its order.
run_sections 1 9
within "the node has the root of section 6" sh -c "'$REPOSITORY/mvm' trust list | grep -q '^7 .* 1\$'"
run_sections 10 11
check "an hour passes" an_hour_passes
run_sections 12 12
run_sections 13 99
within "the node has the last root" sh -c "'$REPOSITORY/mvm' trust list | grep -q '^10 .* 1\$'"
