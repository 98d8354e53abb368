check "an instance sleeps" mvm instance sleep "$INSTANCE"
check "down" down
check "a backup is written" keyd backup --out "$SUITE_DIR/backup"
check "up" again
within "the key service serves" serves
check "a key is rotated after the backup" mvm tenant-key rotate rival/disk
used=$(newest rival/disk)
equal "its version" 2 "$used"
check "down again" down
check "the key service's disk is lost, but for its audit" kept lost
check "and replaced" as_fleet sh -c "rm -r '$KEYD' && mkdir -m 0700 '$KEYD' && cp -a '$SUITE_DIR/lost/audit' '$KEYD/audit'"
matches "it begins with the backup, held" '^held: publish every tenant.s newest grant, then mvm-keyd resume$' "$(keyd restore --from "$SUITE_DIR/backup" 2>&1)"
refused "not twice" 1 'there is a key service in' keyd restore --from "$SUITE_DIR/backup"
check "up with it" again
within "the doctor says that it is held" doctor_says '^wrong .*the key service is held'
refused "it rotates nothing" 1 '\(held\)' mvm tenant-key rotate demo/disk
asleep() { [ "$(state)" = Sleeping ]; }
within "the node is back, with what sleeps on it" asleep
refused "what sleeps stays asleep for now" 1 'no_key_yet' mvm instance wake "$INSTANCE"
equal "asleep, and not lost" Sleeping "$(state)"
# the coordinator publishes the newest grants by itself
within "it gets every tenant's grant" none_awaited
check "down before resume" down
equal "operators let it serve" serving "$(keyd resume 2>&1)"
check "up, resumed" again
within "it serves" serves
within "the instance wakes" wakes
within "healthy" healthy
remembers
check "a key is rotated once more" mvm tenant-key rotate rival/disk
check "its version has a number that was never used" test "$(newest rival/disk)" -gt "$used"
within "the doctor finds nothing wrong" mvm doctor
