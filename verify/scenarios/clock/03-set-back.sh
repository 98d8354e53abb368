# claim: T3
# A clock that has gone past the end of the state, and is set back: the state stays ended.
check "the fleet starts with states that live for a day" start_lying 86400
within "there is a new state" mvm pool scale rival/api --sleeping 0
long() { left | grep -qE '^8[0-9]{4}'; }
within "which is one of those" long
within "hostd has a state in force" hostd_says revision_differs
within "the agent, too" agent_says_good
set_clock 172800
within "two days later hostd starts nothing" hostd_says frozen
within "nor does the agent" agent_says_ended
set_clock 0
check "set back: the state stays ended for hostd" hostd_says frozen
check "and for the agent" agent_says_ended
within "which says so" agent_freezes
set_clock -31536000
check "set back by a year: hostd" hostd_says frozen
check "set back by a year: the agent" agent_says_ended
set_clock 0
restarted hostd
within "after a restart hostd starts nothing" hostd_says frozen
restarted agentd
within "after its restart the agent does not either" agent_freezes
check "by its own figure" agent_says_ended
restarted hostd
within "nor hostd after another" hostd_says frozen
within "the instance runs on meanwhile" one_healthy
# what comes next is not affected
check "the next state" mvm pool scale rival/api --sleeping 1
within "is in force for the agent" agent_thaws
within "and for hostd" hostd_says revision_differs
check "the doctor finds nothing wrong" mvm doctor
