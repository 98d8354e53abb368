# A version of a key ends while an instance sleeps under it: operators are told before anything is written, and it is lost then.
GRANT=$MVM_DEV_STATE/grants/demo-1.json
NEXT=$SUITE_DIR/destroyed.json
details() { mvm instance info "$INSTANCE"; }
under() { details | grep -q "^keys .*snapshot under snap $1\$"; }
within "an instance runs" runs
INSTANCE=$(mvm instance list demo/web | awk '$2 == "Running" {print $1; exit}')
check "it falls asleep" mvm instance sleep "$INSTANCE"
last=$(newest demo/snap)
within "its node says under which version" under "$last"
destroy() { mvm tenant-key destroy demo/snap "$GRANT" "$NEXT" --below $((last + 1)) "$@"; }
agentd=$(pid_of agentd)
to_process "$agentd" kill -STOP "$agentd"
check "an hour passes" an_hour_passes
check "the key is rotated while the node's agent does not answer" mvm tenant-key rotate demo/snap
matches "what would be lost is counted, by pool and node" "^demo/web +n-dev +1 asleep +0 volumes +0 of unknown version\$" "$(destroy 2>/dev/null)"
matches "and it is refused" "1 sleeping instance would be lost.*key_in_use" "$(destroy 2>&1 >/dev/null)"
check "so no grant is written" test ! -e "$NEXT"
said=$(destroy --yes)
matches "with --yes it is written" "not signed yet" "$said"
matches "and the next command is said" "^next: mvm grant sign " "$said"
matches "who signs is told once more" "VERSIONS BEFORE $((last + 1)) ARE DESTROYED" "$(mvm grant sign "$NEXT" --key "$MVM_DEV_STATE/trust/grant.key")"
check "it is published" mvm grant publish "$NEXT.dsse"
to_process "$agentd" kill -CONT "$agentd"
newer=$(newest demo/snap)
within "the node has the version that is left" carried demo/snap "$newer"
told() { mvm instance list | grep -qE "^$INSTANCE +Sleeping .*snapshot_missing"; }
lost() { ! mvm instance wake "$INSTANCE" && told; }
within "the instance does not wake, and says that its snapshot is lost" lost
check "it can be destroyed" mvm instance destroy "$INSTANCE"
within "another one runs in its place" runs
GRANT=$NEXT
NEXT=$SUITE_DIR/nothing.json
nothing_left() { destroy_all | grep -q '^nothing that nodes reported lies under it$'; }
destroy_all() { rm -f "$NEXT"; mvm tenant-key destroy demo/snap "$GRANT" "$NEXT" --below $((newer + 1)); }
within "and nothing is counted any longer" nothing_left
