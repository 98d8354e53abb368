# Programs of thieves, and an operator for all tenants whose certificate is going to be stolen.
start_fleet
THEFT=$SUITE_DIR/theft
mkdir -p "$THEFT"
TOOLS=$THEFT/tools
JAVA=$(cat "$REPOSITORY/.dev/run/java")
check "the thieves' programs are built" env JAVA_HOME="$(dirname "$(dirname "$JAVA")")" \
    make -s -C "$REPOSITORY/verify/attack/native" OUT="$TOOLS" thieves
java_of() { "$JAVA" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData "$@"; }
AGENT_PORT=$(sed -n '/^\[agent\]/,/^\[/s/^listen = "127.0.0.1:\(.*\)"/localhost:\1/p' "$MVM_DEV_STATE/fleet/coordinator.toml")
# thief VERB ARGUMENT...: what netty says of a machine without an address goes to a log
thief() {
    java_of -cp "$REPOSITORY/verify/attack/client/target/*:$REPOSITORY/verify/attack/client/target/lib/*" dev.mvm.attack.Main "$@" \
        2>>"$SUITE_DIR/thief.log"
}

check "an operator makes a key" mvm operator request thief --out "$THEFT/thief"
check "an admin adds it, for all tenants" mvm operator add thief --role operator --all-tenants \
    --request "$THEFT/thief/request.pem" --out "$THEFT/thief"

# what must not be found with a thief: a line NAME HEX each
SECRETS=$THEFT/secrets
# seed FILE: of a plain key file, the 32 bytes at its end
seed() { as_fleet cat "$1" | sed '/^-/d' | base64 -d | tail -c 32 | od -An -v -tx1 | tr -d ' \n'; }
note() { printf '%s %s\n' "$1" "$2" >>"$SECRETS"; }
# wrapped_in STORE: of keyd's store, a line TENANT PURPOSE ID VERSION WRAPPED for each version of each key
wrapped_in() {
    as_fleet sh -c "cat '$1'/key.*" | tr -d ' \n' | grep -oE '"(tenant|id|purpose|wrapped)":"[^"]*"|"version":[0-9]+' |
        awk -F '"' '{value[$2] = $4} $2 == "version" {value[$2] = substr($3, 2)} $2 == "wrapped" {
            print value["tenant"], value["purpose"], value["id"], value["version"], $4}'
}
# opened_with MASTERS STORE: those keys, opened with the master keys of a folder: TENANT/ID/VERSION HEX, and TENANT/ID/VERSION/n-dev HEX for
# what the node is lent of it
opened_with() { wrapped_in "$2" | java_of -cp "$TOOLS/store-keys.jar" StoreKeys "$1" n-dev; }
payload_of() { sed -n 's/.*"payload" *: *"\([^"]*\)".*/\1/p' | base64 -d; }
as_fleet cat "$MVM_DEV_STATE/hostd/keys/node" >"$THEFT/node.key"
# note_keys: every key that the key service has now, and its master keys
MASTERS=$THEFT/masters
mkdir "$MASTERS"
note_keys() {
    local epoch
    as_fleet cp -R "$MVM_DEV_STATE/keyd-keys/master/." "$MASTERS"
    for epoch in "$MASTERS"/epoch-*; do note master "$(od -An -v -tx1 "$epoch" | tr -d ' \n')"; done
    opened_with "$MASTERS" "$MVM_DEV_STATE/keyd/store" >>"$SECRETS"
    sort -u -o "$SECRETS" "$SECRETS"
}
note node "$(od -An -v -tx1 "$THEFT/node.key" | tr -d ' \n')"
for role in root grant node; do note "$role" "$(seed "$MVM_DEV_STATE/trust/$role.key")"; done
note state "$(seed "$MVM_DEV_STATE/coordinator/state.key")"
AUTHORITY=$(as_fleet sh -c "ls '$MVM_DEV_STATE'/coordinator/fleet/authority-*.key")
note authority "$(seed "$AUTHORITY")"
note keyd "$(seed "$MVM_DEV_STATE/keyd-keys/signing.key")"
check "another tenant runs, too" mvm pool scale rival/api --running 1
# carried TENANT ID VERSION: the node's state names this version
carried() { as_fleet cat "$MVM_DEV_STATE/hostd/trust/state.dsse" | payload_of | grep -q "\"tenant\":\"$1\".*\"id\":\"$2\",\"purpose\":\"[a-z]*\",\"version\":$3"; }
within "the node's state names the keys of both" carried rival disk 1
note_keys
equal "what is to be looked for" "authority demo/disk/1 demo/disk/1/n-dev demo/snap/1 demo/snap/1/n-dev grant keyd master node \
rival/disk/1 rival/disk/1/n-dev rival/snap/1 rival/snap/1/n-dev root state" \
    "$(grep -v '^node [0-9a-f]* ' "$SECRETS" | cut -d ' ' -f 1 | sort -u | paste -s -d ' ')"
# search FILE... and what it must find
search() { "$TOOLS/key-search" "$SECRETS" "$@"; }
base64 -w 0 "$THEFT/node.key" >"$THEFT/bait"
check "a search finds what is there" sh -c '! "$@"' sh "$TOOLS/key-search" "$SECRETS" "$THEFT/bait"
