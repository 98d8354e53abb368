# claim: H4
state() { mvm instance list | awk -v a="$INSTANCE" '$1 == a {print $2}'; }
verb() { mvm instance "$1" "$INSTANCE"; }
healthy() { mvm instance list | grep -qE "^$INSTANCE +Running .* healthy$"; }
boot_id() { mvm instance exec -n "$INSTANCE" -- cat /proc/sys/kernel/random/boot_id; }

boot=$(boot_id)
check "warm" verb warm
equal "it is Warm" Warm "$(state)"
refused "warm when Warm" 1 'warm is not possible while it is Warm \(not_permitted_now\)' verb warm
refused "start when Warm" 1 'start is not possible while it is Warm \(not_permitted_now\)' verb start
refused "exec when Warm" 1 'not_permitted_now' mvm instance exec "$INSTANCE" -- true
check "resume" verb resume
equal "it is Running" Running "$(state)"
within "a resumed guest is healthy" healthy
equal "it is the same boot" "$boot" "$(boot_id)"
refused "resume when Running" 1 'resume is not possible while it is Running' verb resume
refused "start when Running" 1 'start is not possible while it is Running' verb start

check "stop" verb stop
equal "it is Stopped" Stopped "$(state)"
refused "warm when Stopped" 1 'warm is not possible while it is Stopped' verb warm
refused "resume when Stopped" 1 'resume is not possible while it is Stopped' verb resume
check "start" verb start
within "a started guest is healthy" healthy
check "it has booted anew" test "$(boot_id)" != "$boot"

check "warm again" verb warm
check "stop from Warm" verb stop
check "start again" verb start
within "it is healthy again" healthy

check "destroy" verb destroy
refused "a destroyed instance is unknown" 1 'not_found|unknown_instance' verb start
within "another one takes its place" sh -c "'$REPOSITORY/mvm' instance list demo/web | grep -v '$INSTANCE' | grep -q ' healthy$'"
INSTANCE=$(mvm instance list demo/web | cut -d ' ' -f 1)
