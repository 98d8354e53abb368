# The commands of docs/operations/trust-runbook.md, for the steps of suites that run them. A step sources it after the fleet is up.
#
# What the runbook does elsewhere is done in the fleet of one machine instead, by commands of the same name:
#
# | in the runbook              | here                                                                        |
# |-----------------------------|-----------------------------------------------------------------------------|
# | /var/lib/mvm-coordinator    | the coordinator's directory of the fleet                                    |
# | fleet.example.org:7444      | its port for enrolment                                                      |
# | mvm-coordinator VERB        | the same program, as the coordinator's user, where the coordinator runs     |
# | mvm-node bootstrap          | the agent's own enrolment; what it prints becomes the agent's credential    |
# | systemctl restart           | the coordinator is ended, and mvm-devinit starts it again                   |
# | STOLEN, STATE_KEY, AUDIT    | digits of the stolen key's id, the coordinator's key file, hostd's audit    |

BOOK=$SUITE_DIR/runbook
mkdir -p "$BOOK/blocks"
cp "$MVM_DEV_STATE"/node-key.pub "$MVM_DEV_STATE"/trust/* "$MVM_DEV_STATE"/grants/*.json "$MVM_DEV_STATE"/grants/*.dsse "$BOOK"
cp "$MVM_DEV_STATE/keys.pub" "$BOOK/keyd.pub"
(umask 077 && echo "a passphrase that is typed, on other days" >"$BOOK/passphrase")
awk -v into="$BOOK/blocks" '
    /^## / { section = $2; sub(/\./, "", section) }
    /^```$/ { code = 0 }
    code { print > file }
    /^```sh$/ { code = 1; file = sprintf("%s/%02d-section-%02d.sh", into, ++blocks, section) }
' "$REPOSITORY/docs/operations/trust-runbook.md"
ENROLMENT=
as_fleet cat "$MVM_DEV_STATE/coordinator/state.key" >"$BOOK/stolen.key"
chmod 0600 "$BOOK/stolen.key"
STOLEN=$(mvm signing-key show "$BOOK/stolen.key" | sed -n 's/^id *ed25519:\(........\).*/\1/p')
# an audit, as an operator has fetched it
mkdir -p "$SUITE_DIR/audit"
for file in $(as_fleet sh -c "ls '$MVM_DEV_STATE/hostd/audit'"); do
    as_fleet cat "$MVM_DEV_STATE/hostd/audit/$file" >"$SUITE_DIR/audit/$file"
done

# where_runs DAEMON USER COMMAND...: where it runs, as one of the fleet's users.
where_runs() {
    local pid id=$2
    pid=$(pid_of "$1")
    shift 2
    if [ "$(id -u)" -eq 0 ]; then
        nsenter -t "$pid" -m -p setpriv --reuid "$id" --regid "$id" --clear-groups "$@"
    elif [ "$(stat -c %u "/proc/$pid")" -eq "$(id -u)" ]; then
        nsenter -t "$pid" -U -m -p --preserve-credentials "$@"
    else
        nsenter -t "$pid" -U -m -p -S "$id" -G "$id" "$@"
    fi
}
# java_of PROCESS CLASS ARGUMENT...: its program, for `where_runs`.
java_of() {
    local process=$1
    shift
    printf '%s\0' "$(cat "$REPOSITORY/.dev/run/java")" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
        --enable-native-access=ALL-UNNAMED -cp "$REPOSITORY/.dev/run/lib/$process/*" "$@"
}
restart() {
    local before deadline=$((SECONDS + ${PATIENCE:-180}))
    before=$(pid_of "$1")
    to_process "$before" kill "$before"
    until [ "$(pid_of "$1")" != "$before" ] && mvm node info n-dev 2>/dev/null | grep -q '^link *connected'; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.2 # between two looks
    done
}
mvm-coordinator() {
    local words
    mapfile -t -d '' words < <(java_of coordinator dev.mvm.coordinator.Main "${@//\/var\/lib\/mvm-coordinator/$MVM_DEV_STATE/coordinator}")
    where_runs coordinator 1 "${words[@]}"
}
# mvm-node bootstrap --token-file FILE --enrolment fleet.example.org:7444
mvm-node() {
    local words into=$MVM_DEV_STATE/agentd/credential
    [ "$1 $2 $4 $5" = "bootstrap --token-file --enrolment fleet.example.org:7444" ] || return 2
    mapfile -t -d '' words < <(java_of agentd dev.mvm.agentd.Main enrol --node n-dev --coordinator "$ENROLMENT")
    where_runs agentd 2 "${words[@]}" <"$3" >"$BOOK/enrolled" || return 1
    awk -v dir="$BOOK" '/^-----BEGIN CERTIFICATE-----$/ { n++ }
        { print >(dir (n == 0 ? "/new-key.pem" : n == 1 ? "/new-cert.pem" : "/new-ca.pem")) }' "$BOOK/enrolled"
    # shellcheck disable=SC2016 # for the shell inside
    as_fleet sh -c 'for f in cert ca key; do cat "$1/new-$f.pem" >"$2/$f.pem" || exit 1; done' sh "$BOOK" "$into" || return 1
    restart agentd
}
systemctl() { restart coordinator; }
# the file keeps its owner, who is the coordinator
# shellcheck disable=SC2016 # for the shell inside
install() { as_fleet sh -c 'cat "$3" >"$4"' sh "$@"; }
key_id() { mvm signing-key show "$1" | sed -n 's/^id *ed25519:\(........\).*/\1/p'; }

# open_enrolment: the coordinator gets a port for it, the first free one.
open_enrolment() {
    local port=7600
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    ENROLMENT=localhost:$port
    sed -i "/^\[agent\]/a enrolment-listen = \"127.0.0.1:$port\"" "$MVM_DEV_STATE/fleet/coordinator.toml"
    restart coordinator
}

# run_block FILE: in a shell of its own, which the first command that fails ends.
run_block() {
    (
        cd "$BOOK" &&
            MVM_PASSPHRASE_FILE=$BOOK/passphrase STATE_KEY=$MVM_DEV_STATE/coordinator/state.key AUDIT=$SUITE_DIR/audit \
                STOLEN=$STOLEN BOOK=$BOOK ENROLMENT=$ENROLMENT bash -euo pipefail -c 'BOOTSTRAP=(); . "$0"; . "$1"' "$BOOK/prelude" "$1"
    )
}
declare -f mvm as_fleet to_process pid_of where_runs java_of restart mvm-coordinator mvm-node systemctl install key_id >"$BOOK/prelude"
unset -f mvm-coordinator mvm-node systemctl install
check "the runbook has commands" test "$(find "$BOOK/blocks" -name '*.sh' | wc -l)" -ge 10
# a command that fails in the middle is noticed
printf 'false\ntrue\n' >"$BOOK/failing"
check "a block that fails is noticed" sh -c '! "$@"' sh bash -euo pipefail -c '. "$0"; . "$1"' "$BOOK/prelude" "$BOOK/failing"
# run_sections FIRST LAST: every block of these.
run_sections() {
    local block section
    for block in "$BOOK"/blocks/*.sh; do
        section=$(basename "$block" .sh)
        section=$((10#${section##*-}))
        if [ $section -ge "$1" ] && [ $section -le "$2" ]; then
            check "runbook $(basename "$block" .sh)" run_block "$block"
        fi
    done
}
