# Every command of sections 1 to 9 of docs/operations/trust-runbook.md, as it stands there.
BOOK=$SUITE_DIR/runbook
mkdir -p "$BOOK/blocks"
cp "$MVM_DEV_STATE"/node-key.pub "$MVM_DEV_STATE"/trust/* "$MVM_DEV_STATE"/grants/*.json "$MVM_DEV_STATE"/grants/*.dsse "$BOOK"
(umask 077 && echo "a passphrase that is typed, on other days" >"$BOOK/passphrase")
awk -v into="$BOOK/blocks" '
    /^## / { section = $2; sub(/\./, "", section) }
    /^```$/ { code = 0 }
    code { print > file }
    /^```sh$/ { code = 1; file = sprintf("%s/%02d-section-%s.sh", into, ++blocks, section) }
' "$REPOSITORY/docs/operations/trust-runbook.md"

# what is another machine's in the runbook
restart_coordinator() {
    local before
    before=$(pid_of coordinator)
    to_process "$before" kill "$before"
    until [ "$(pid_of coordinator)" != "$before" ] && mvm node info 2>/dev/null | grep -q '^link *connected'; do
        sleep 0.2 # between two looks
    done
}
# run_block FILE: in a shell of its own, which the first command that fails ends.
run_block() {
    local stolen
    stolen=$(sed -n 's/^id *ed25519:\(........\).*/\1/p' <(mvm signing-key show "$ATTACK_KEY"))
    (
        cd "$BOOK" &&
            MVM_PASSPHRASE_FILE=$BOOK/passphrase STATE_KEY=$MVM_DEV_STATE/coordinator/state.key AUDIT=$SUITE_DIR/audit \
                STOLEN=$stolen bash -euo pipefail -c '. "$0"; . "$1"' "$BOOK/prelude" "$1"
    )
}
# shellcheck disable=SC2016 # the other shell's
{
    declare -f mvm as_fleet to_process pid_of restart_coordinator
    echo 'systemctl() { restart_coordinator; }'
    echo '# the file keeps its owner, who is the coordinator'
    echo 'install() { as_fleet sh -c '"'"'cat "$3" >"$4"'"'"' sh "$@"; }'
    echo 'key_id() { mvm signing-key show "$1" | sed -n '"'"'s/^id *ed25519:\(........\).*/\1/p'"'"'; }'
} >"$BOOK/prelude"
ATTACK_KEY=$BOOK/stolen.key
as_fleet cat "$MVM_DEV_STATE/coordinator/state.key" >"$ATTACK_KEY"
chmod 0600 "$ATTACK_KEY"
check "the runbook has commands" test "$(find "$BOOK/blocks" -name '*.sh' | wc -l)" -ge 10
# a command that fails in the middle is noticed
printf 'false\ntrue\n' >"$BOOK/failing"
check "a block that fails is noticed" sh -c '! "$@"' sh bash -euo pipefail -c '. "$0"; . "$1"' "$BOOK/prelude" "$BOOK/failing"
for block in "$BOOK"/blocks/*.sh; do
    check "runbook $(basename "$block" .sh)" run_block "$block"
done
on_all_nodes() { mvm trust list | grep -q "^$1 .* 1\$"; }
within "the node has the last root" on_all_nodes 7
in_force() { mvm node info | grep -q '^state *sequence'; }
within "and a state that the new key has signed" in_force
check "the doctor finds nothing wrong" mvm doctor
within "the same instances are healthy" both_healthy
check "one more can be started" mvm pool scale demo/web --running 2
three_healthy() { [ "$(mvm instance list | grep -c ' healthy$')" -eq 3 ]; }
within "and runs" three_healthy
