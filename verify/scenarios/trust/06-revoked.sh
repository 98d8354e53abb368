# claim: T4
# Operators take everything from a tenant whose instances run.
cd "$BOOK" || exit 1
export MVM_PASSPHRASE_FILE=$BOOK/passphrase
mvm grant edit demo-3.json revoked.json --set pools.web.count.max=0 >/dev/null
check "one operator signs the revocation" mvm grant sign revoked.json --key dan.key
check "and another" mvm grant sign revoked.json.dsse --key fay.key
check "it is published" mvm grant publish revoked.json.dsse
none_runs() { ! mvm instance list demo/web | grep -q ' Running '; }
within "the tenant's instances end" none_runs
other_runs() { mvm instance list rival/api | grep -q ' Running .* healthy$'; }
check "another tenant's are as they were" other_runs
refused "none can be wanted" 1 beyond_grant_count mvm pool scale demo/web --running 1
refused "the grant before it, replayed" 1 "grant_superseded|replayed|equivocation" mvm grant publish demo-3.json.dsse
check "another root of trust decides nothing" mvm trust init --dir others
cp revoked.json theirs-too.json
check "somebody else signs" mvm grant sign theirs-too.json --key others/grant.key
refused_everywhere "a grant of somebody else" grant theirs-too.json.dsse untrusted_key
cd "$REPOSITORY" || exit 1
check "the doctor finds nothing wrong in the end" mvm doctor
