# The parts of ./dev check: each has a log and a line, and what it took is told at the end.

# part TEXT COMMAND...: as step, but a failure is kept for the summary.
part() {
    local text=$1 begin=$SECONDS
    if [ -e "$REPORTS/out-of-time" ]; then
        printf '%s\n' "$text" >>"$REPORTS/failed-parts"
        return 0
    fi
    printf '  %-52s' "$text"
    quietly "$(log_of "$text")" within_part "${@:2}"
    tell_part "$text" "$STATUS" $((SECONDS - begin))
}

# within_part COMMAND...: the steps of a part are counted with it.
within_part() {
    # shellcheck disable=SC2034 # note_seconds reads it
    PART=within
    "$@"
}

log_of() { printf '%s/%s.log' "$REPORTS" "$(printf '%s' "$1" | tr -cs 'A-Za-z0-9\n' '-')"; }

# tell_part TEXT STATUS SECONDS
tell_part() {
    if [ "$2" -eq 0 ]; then
        printf 'ok  %3d s\n' "$3"
    else
        printf 'FAILED\n'
        printf '%s\n' "$1" >>"$REPORTS/failed-parts"
    fi
    note_seconds "$3" "$1"
}

# begin_aside NAME TEXT COMMAND...: a part beside the next ones. end_aside NAME waits for it, and tells it.
begin_aside() {
    local name=$1 text=$2
    printf '%s\n' "$text" >"$REPORTS/aside-$name"
    (
        [ ! -e "$REPORTS/out-of-time" ] || exit 0 # nobody would end it
        begin=$SECONDS
        quietly "$(log_of "$text")" within_part "${@:3}"
        printf '%d %d\n' "$STATUS" $((SECONDS - begin)) >"$REPORTS/aside-$name.ended"
    ) &
    ASIDES[$name]=$!
}

declare -A ASIDES=()

end_aside() {
    local status=1 seconds=0 text
    wait "${ASIDES[$1]}" || true
    text=$(cat "$REPORTS/aside-$1")
    [ ! -e "$REPORTS/aside-$1.ended" ] || read -r status seconds <"$REPORTS/aside-$1.ended"
    rm -f "$REPORTS/aside-$1"{,.ended}
    printf '  %-52s' "$text"
    tell_part "$text" "$status" "$seconds"
}

# note_seconds SECONDS TEXT: for the table at the end, if a check runs and this is not within one of its parts.
note_seconds() { [ "${PART:-}" != top ] || printf '%d\t%s\n' "$1" "$2" >>"$REPORTS/seconds"; }

# tell_seconds: what each part took, the slowest first, and below it each suite of which a report says so. Parts run beside each other.
tell_seconds() {
    local file
    [ -e "$REPORTS/seconds" ] || return 0
    say "  seconds of each part, some beside others:"
    sort -rn "$REPORTS/seconds" | awk -F '\t' '{printf "    %6d  %s\n", $1, $2}'
    compgen -G "$REPORTS/*.seconds" >/dev/null || return 0
    say "  seconds of each suite in them:"
    for file in "$REPORTS"/*.seconds; do
        printf '%s\t%s\n' "$(cat "$file")" "$(basename "$file" .seconds)"
    done | sort -rn | awk -F '\t' '{printf "    %6d  %s\n", $1, $2}'
}

# begin_watch SECONDS: this process and what it has started are ended after so long. What runs then is told as failed.
begin_watch() {
    WATCH_SECONDS=$1
    watch_over $$ &
    WATCHER=$!
}

# watch_over PID: until it ends, or its time is over.
watch_over() {
    ! timeout "$WATCH_SECONDS" tail --pid="$1" -f /dev/null || return 0
    [ -d "/proc/$1" ] || return 0
    : >"$REPORTS/out-of-time"
    descendants "$1" | grep -vx "$BASHPID" | xargs -r kill 2>/dev/null || true
    # what sudo has started is root's
    [ "$(id -u)" -eq 0 ] || descendants "$1" | grep -vx "$BASHPID" | xargs -r sudo -n kill 2>/dev/null || true
}

# The watcher first, which would take the end of what it waits for for the end of the time.
end_watch() {
    local left
    left=$(descendants "$WATCHER")
    kill -KILL "$WATCHER" 2>/dev/null || true
    wait "$WATCHER" 2>/dev/null || true
    # shellcheck disable=SC2086 # numbers
    [ -z "$left" ] || kill $left 2>/dev/null || true
}

# descendants PID: the youngest first.
descendants() {
    local child
    for child in $(ps -o pid= --ppid "$1"); do
        descendants "$child"
        printf '%s\n' "$child"
    done
}
