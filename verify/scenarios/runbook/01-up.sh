# long
start_fleet
check "the pool has no place beside what runs" mvm pool scale demo/web --sleeping 0
check "another tenant runs too" mvm pool scale rival/api --running 1
both_healthy() { [ "$(mvm instance list | grep -c ' healthy$')" -eq 2 ]; }
within "both are healthy" both_healthy
# shellcheck source=verify/scenarios/runbook.sh
. "$here/runbook.sh"
open_enrolment
check "the coordinator has a port for enrolment" bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"' sh "${ENROLMENT#*:}"
