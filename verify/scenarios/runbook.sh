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
# | mvm-node bootstrap          | without arguments: hostd makes its key, if it has none                      |
# | mvm-keyd VERB               | the same program; `prepare` makes the signing key, if there is none         |
# | /var/lib/mvm-keyd           | the key service's directory of the fleet                                    |
# | systemctl restart           | the daemon is ended, and mvm-devinit starts it again                        |
# | systemctl stop, start       | of the key service: its settings are away, without which it does not start  |
# | mvm doctor                  | the same, until it finds nothing wrong: a new root takes a moment           |
# | STOLEN, STATE_KEY, AUDIT    | digits of the stolen key's id, the coordinator's key file, hostd's audit    |
# | NODE_KEY, KEYD_KEY          | key files of hostd and of the key service                                   |

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
    if [ "$*" = bootstrap ]; then
        module_of hostd-qemu dev.mvm.hostd make-node-key --config "$MVM_DEV_STATE/fleet/hostd.conf"
        return
    fi
    [ "$1 $2 $4 $5" = "bootstrap --token-file --enrolment fleet.example.org:7444" ] || return 2
    mapfile -t -d '' words < <(java_of agentd dev.mvm.agentd.Main enrol --node n-dev --coordinator "$ENROLMENT")
    where_runs agentd 2 "${words[@]}" <"$3" >"$BOOK/enrolled" || return 1
    awk -v dir="$BOOK" '/^-----BEGIN CERTIFICATE-----$/ { n++ }
        { print >(dir (n == 0 ? "/new-key.pem" : n == 1 ? "/new-cert.pem" : "/new-ca.pem")) }' "$BOOK/enrolled"
    # shellcheck disable=SC2016 # for the shell inside
    as_fleet sh -c 'for f in cert ca key; do cat "$1/new-$f.pem" >"$2/$f.pem" || exit 1; done' sh "$BOOK" "$into" || return 1
    restart agentd
}
# module_of FOLDER MODULE VERB OPTION...: a daemon's program beside the daemon, as the fleet's first user
module_of() {
    local folder=$1 module=$2
    shift 2
    as_fleet "$(cat "$REPOSITORY/.dev/run/java")" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData --enable-native-access=dev.mvm.linux \
        -p "$REPOSITORY/.dev/run/lib/$folder" -m "$module/$module.Main" "$@"
}
# what it writes belongs to the key service
mvm-keyd() {
    local keyd=$MVM_DEV_STATE/keyd keys=$MVM_DEV_STATE/keyd-keys settings=$MVM_DEV_STATE/fleet/keyd.conf words status=0
    [ -e "$settings" ] || settings=$settings.away
    words=("${@//\/var\/lib\/mvm-keyd/$keyd}")
    words=("${words[@]//\/etc\/mvm\/keyd.conf/$settings}")
    if [ "$*" = prepare ]; then
        words=(make-signing-key --config "$settings")
        # a credential has no such file beside it
        as_fleet env rm -f "$keys/signing.key.pub"
    fi
    if [ "$1" = standby ]; then
        as_fleet cp -R "$keys/master" "$BOOK/standby-master"
        sed "s|^state-directory = .*|state-directory = $BOOK/standby|; s|^master = .*|master = file:$BOOK/standby-master|" "$settings" >"$BOOK/standby.conf"
        as_fleet mkdir -m 0700 "$BOOK/standby"
        words=("${words[@]//\/etc\/mvm\/keyd-standby.conf/$BOOK/standby.conf}")
    fi
    module_of keyd dev.mvm.keyd "${words[@]}" || status=$?
    as_fleet chown -R --reference="$keys" "$keyd" "$keys"
    return $status
}
systemctl() {
    local settings=$MVM_DEV_STATE/fleet/keyd.conf pid
    case "$1 $2" in
        "restart mvm-keyd") restart keyd && until_true keyd_answers ;;
        "restart mvm-"*) restart "${2#mvm-}" ;;
        "stop mvm-keyd")
            pid=$(pid_of keyd)
            mv "$settings" "$settings.away"
            to_process "$pid" kill "$pid"
            until_true test ! -e "/proc/$pid"
            ;;
        "start mvm-keyd") mv "$settings.away" "$settings" && until_true keyd_answers ;;
        *) return 2 ;;
    esac
}
# keyd_answers: and the coordinator has given it every tenant's grant
keyd_answers() {
    [[ $("$REPOSITORY/mvm" doctor) =~ "the key service "(serves|is held) ]] &&
        ! as_fleet sh -c "cat '$MVM_DEV_STATE'/keyd/store/tenant.*" | tr -d ' \n' | grep -q '"awaited":true'
}
until_true() {
    local deadline=$((SECONDS + ${PATIENCE:-180}))
    until "$@"; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.2 # between two looks
    done
}
# in directories of the fleet's users
rm() { as_fleet env rm "${@//\/var\/lib\/mvm-keyd/$MVM_DEV_STATE/keyd}"; }
shred() { as_fleet env shred "$@"; }
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
                NODE_KEY=$MVM_DEV_STATE/hostd/keys/node KEYD_KEY=$MVM_DEV_STATE/keyd-keys/signing.key \
                STOLEN=$STOLEN BOOK=$BOOK ENROLMENT=$ENROLMENT bash -euo pipefail -c 'BOOTSTRAP=(); . "$0"; . "$1"' "$BOOK/prelude" "$1"
    )
}
doctor() { "$REPOSITORY/mvm" doctor; }
(
    mvm() { if [ "$*" = doctor ]; then until_true doctor; else "$REPOSITORY/mvm" "$@"; fi; }
    declare -f mvm doctor
) >"$BOOK/prelude"
declare -f as_fleet to_process pid_of where_runs java_of module_of restart until_true keyd_answers mvm-coordinator mvm-node mvm-keyd systemctl install rm shred key_id >>"$BOOK/prelude"
unset -f doctor mvm-coordinator mvm-node mvm-keyd systemctl install rm shred
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
