# claim: C11
# The thief renews in a loop, for keys of its own, while an admin revokes the name.
mkdir -p "$THEFT/renewed"
thief renew "$AGENT_PORT" "$THEFT/thief" "$THEFT/renewed" >"$THEFT/end" &
loop=$!
has_renewed() { [ "$(cat "$THEFT/renewed/count" 2>/dev/null || echo 0)" -ge 25 ]; }
within "the thief renews and renews" has_renewed
check "an admin revokes the name" mvm operator revoke thief
wait "$loop"
equal "the loop ends" 0 $?
matches "because the name has no role and no certificate" '^(no_role|unauthenticated)$' "$(cat "$THEFT/end")"
equal "its last certificate opens nothing" unauthenticated "$(thief listed "$AGENT_PORT" "$(cat "$THEFT/renewed/last")")"
equal "nor does the first" unauthenticated "$(thief listed "$AGENT_PORT" "$THEFT/thief")"
refused "the name is not given again" 1 name_used mvm operator add thief --role auditor --all-tenants \
    --request "$THEFT/thief/request.pem" --out "$THEFT/again"
matches "it is listed as revoked" '^thief .*revoked' "$(mvm operator list)"
