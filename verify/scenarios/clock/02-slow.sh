# claim: T3
# A clock that is set back, by more than the life of states, while the state is good, and a coordinator that withholds news: the state ends by the node's uptime.
# the one from before lives for a day, and the coordinator renews none before half of its life
within "there is a new state" mvm pool scale rival/api --sleeping 1
short() { left | grep -qE '^(1[01])?[0-9]{1,2}(\.|$)'; }
within "which lives for two minutes" short
within "hostd has it in force" hostd_says revision_differs
within "for the agent, too" agent_says_good
withheld=$(pid_of coordinator)
check "the coordinator says no more" to_process "$withheld" kill -STOP "$withheld"
set_clock -200
check "the state is good under a clock that goes back by more than its life" hostd_says revision_differs
within "hostd ends it" hostd_says frozen
within "the agent ends it" agent_says_ended
restarted hostd
within "it stays ended after a restart" hostd_says frozen
restarted agentd
within "for the agent as well" agent_says_ended
check "the coordinator goes on" to_process "$withheld" kill -CONT "$withheld"
# no further back than five minutes: before that, the certificate of the coordinator is not valid yet, and the agent does not connect
within "hostd takes its next state, by the clock that is slow" hostd_says revision_differs
within "so does the agent" agent_says_good
within "and the instance runs" one_healthy
set_clock 0
check "the doctor finds nothing wrong" mvm doctor
