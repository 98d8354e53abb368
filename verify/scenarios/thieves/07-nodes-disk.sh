# claim: K3 K4
# A thief of the node's disk while instances of both tenants sleep: all that hostd and the agent have there, and the log. In dev mode the node's own key is a plain file.
sleeps() { mvm instance list | grep -qE "^$1 +Sleeping " || mvm instance sleep "$1"; }
RIVALS=$(mvm instance list rival/api | cut -d ' ' -f 1 | head -n 1)
for each in "$INSTANCE" "$RIVALS"; do
    within "an instance of ${each%%/*} sleeps" sleeps "$each"
done
NODE_DISK=$THEFT/node
mkdir "$NODE_DISK"
copy_node() { as_fleet cp -R "$MVM_DEV_STATE/hostd" "$MVM_DEV_STATE/agentd" "$MVM_DEV_STATE/fleet/log" "$1"; }
check "the disk is copied" copy_node "$NODE_DISK"

# what it has not
check "the node's own key is on it" cmp "$NODE_DISK/hostd/keys/node" "$THEFT/node.key"
grep -vF "$(od -An -v -tx1 "$THEFT/node.key" | tr -d ' \n')" "$SECRETS" >"$THEFT/of-others"
mapfile -t files < <(find "$NODE_DISK" -type f)
check "and no other key, least of all a tenant's" "$TOOLS/key-search" "$THEFT/of-others" "${files[@]}"

# opens DISK KEYS: what opens of that disk, with each thing on it that may be a key and with those keys: a line WHAT with KEY
opens() {
    java_of -cp "$TOOLS/node-disk.jar" NodeDisk "$1" n-dev "$2" >"$THEFT/opened"
    sed -n 's/^opened //p' "$THEFT/opened" | sort
}
grep -vE '^(demo|rival)/' "$SECRETS" >"$THEFT/no-tenants"
equal "with all that is on it, and every key of operators, coordinator and key service, nothing opens" "" "$(opens "$NODE_DISK" "$THEFT/no-tenants")"
matches "though there are keys in a blob, and two snapshots" '^tried [1-9][0-9]* keys on ([4-9]|[1-9][0-9]+) messages and 2 snapshots$' "$(cat "$THEFT/opened")"
named() { sed "s/ ${INSTANCE##*/} / demo's /; s/ ${RIVALS##*/} / rival's /" | sort; }
equal "which open with the keys that only the key service has" "snapshot demo's with demo/snap/2
snapshot demo's with demo/snap/2/n-dev
snapshot rival's with rival/snap/1
snapshot rival's with rival/snap/1/n-dev" "$(opens "$NODE_DISK" "$SECRETS" | named)"
# a message opens with a sealing key alone, which is on no disk: that of the example in keyd.md opens that example
mkdir "$THEFT/example"
awk '/^```json$/ {n++; within = 1; next} /^```$/ {within = 0} within && n == 3' "$REPOSITORY/docs/protocol/keyd.md" | tr -d '\n' |
    base64 -w 0 >"$THEFT/example/blob"
# shellcheck disable=SC2016 # backquotes of the document
sed -n 's/^private half `skRm` \([0-9a-f]*\);.*/skRm \1/p' "$REPOSITORY/docs/protocol/keyd.md" >"$THEFT/example.key"
equal "a search opens what can be opened" "message demo/disk/2/n-old cef5b90f92a8181be6f0460addaba3b884ff068be9019812bb649ec190df6d99 with skRm
message demo/disk/3/n-dev efcc665e1942ba99a1e8cb7c2ae1877fa796f41d2b6af73abad805e08c9e5420 with skRm" "$(opens "$THEFT/example" "$THEFT/example.key")"
