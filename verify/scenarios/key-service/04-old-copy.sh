# claim: K2
check "down" down
check "somebody keeps a copy of its files" kept copy
check "up" again
within "the instance is healthy" healthy
within "the key service serves" serves
check "a key that the node has is rotated" mvm tenant-key rotate demo/disk
after=$(newest demo/disk)
within "the node has the newest" carried demo/disk "$after"
in_the_floor() { as_fleet grep -q "\"key\":\"$1\",\"version\":$2," "$MVM_DEV_STATE/hostd/trust/floor.json"; }
within "which its state names and its blob has, and so it takes no older one" in_the_floor demo/disk "$after"
check "down with it" down
check "the copy is put back" put_back copy
check "up with the copy" again
within "the node shows it that it is old, and it stops" doctor_says '^wrong .*the key service is stopped \(store_behind\)'
refused "it rotates nothing" 1 '\(store_behind\)' mvm tenant-key rotate demo/snap
matches "that is in its audit" '"code":"store_behind"|store_behind' "$(as_fleet sh -c "cat '$KEYD'/audit/*")"
within "it gets every tenant's grant once more" none_awaited
check "down before it is believed again" down
equal "operators let it serve, after a look" serving "$(keyd resume 2>&1)"
check "up once more" again
within "it serves" serves
check "a version that nodes take is made" mvm tenant-key rotate demo/disk
check "its number is above all that nodes have" test "$(newest demo/disk)" -gt "$after"
within "the node takes it" carried demo/disk "$(newest demo/disk)"
within "the instance runs on" healthy
within "the doctor finds nothing wrong" mvm doctor
