# The log of a microVM that has ended.
# shellcheck shell=bash
check "it is stopped" mvm instance stop "$app"
within "it has ended" is_listed ' Stopped '
equal "its log is still there" 1 "$(mvm instance logs "$app" | grep -cxF 'hello to its log')"
check "and to follow it ends" timeout 60 "$REPOSITORY/mvm" instance logs -f "$app"
refused "a pool without the flag has none" 1 logs_not_granted mvm instance logs "$(two | cut -d ' ' -f 1)"
