# How ./dev speaks: one line for each step, one line for what goes wrong.

# beside the fleet's state, which its user can write
LOGS=$(dirname "${MVM_DEV_STATE:-$DEV/state}")/log

say() { printf '%s\n' "$*"; }

die() {
    printf 'dev: %s\n' "$*" >&2
    exit 1
}

wrong_usage() {
    printf 'dev: %s\n' "$*" >&2
    exit 2
}

# step TEXT COMMAND...: runs a command quietly, shows that it is at work, and on failure the end of what it printed.
step() {
    local text=$1 log begin=$SECONDS
    shift
    mkdir -p "$LOGS"
    log=$LOGS/step-$(printf '%s' "$text" | tr -cs 'A-Za-z0-9' '-').log
    printf '  %-52s' "$text"
    quietly "$log" "$@"
    if [ "$STATUS" -eq 0 ]; then
        printf 'ok  %3d s\n' $((SECONDS - begin))
        note_seconds $((SECONDS - begin)) "$text"
    else
        printf 'FAILED\n'
        tail -n 25 "$log" | sed 's/^/    | /' >&2
        die "$text failed; all of it is in ${log#"$ROOT"/}"
    fi
}

# quietly LOG COMMAND...: leaves the command's status in STATUS. Its first error ends it, which it would not if this were
# asked for with && or ||: those make bash ignore errors in everything below. The locks of ./dev, descriptors 8 and 9, are not the
# command's: dash, in which mmdebstrap's scripts run, knows descriptors of one digit alone.
quietly() {
    local log=$1
    shift
    set +e
    (
        set -e
        "$@"
    ) >"$log" 2>&1 </dev/null 8>&- 9>&-
    STATUS=$?
    set -e
}

# in_root COMMAND...: as root, by sudo where that is needed.
in_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root and there is no sudo: $*"
    fi
}
