# What the steps of a suite are written with. Each claim about the fleet is a line of TAP.

TAP_COUNT=0
TAP_FAILED=0
STEP=

# Generous: it bounds a hang, it measures nothing.
PATIENCE=180
# Seconds between two looks: what ends a wait is its condition.
AGAIN=0.2

begin_step() {
    STEP=$1/$(basename "$2" .sh)
    echo "# $STEP"
}

end_tap() {
    echo "1..$TAP_COUNT"
    [ "$TAP_FAILED" -eq 0 ]
}

pass() {
    TAP_COUNT=$((TAP_COUNT + 1))
    echo "ok $TAP_COUNT - $STEP: $1"
}

fail() {
    TAP_COUNT=$((TAP_COUNT + 1))
    TAP_FAILED=$((TAP_FAILED + 1))
    echo "not ok $TAP_COUNT - $STEP: $1"
    shift
    printf '%s\n' "$@" | sed 's/^/#   /'
}

skip() {
    TAP_COUNT=$((TAP_COUNT + 1))
    echo "ok $TAP_COUNT - $STEP: $1 # SKIP $2"
}

# check NAME COMMAND...: the command succeeds.
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then pass "$name"; else fail "$name" "status $? of: $*" "$output"; fi
}

# equal NAME WANTED FOUND
equal() {
    if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "wanted: $2" "found:  $3"; fi
}

# matches NAME EXTENDED-REGEX TEXT: a line of the text does.
matches() {
    if printf '%s\n' "$3" | grep -qE -- "$2"; then pass "$1"; else fail "$1" "wanted: $2" "found:  $3"; fi
}

# within NAME COMMAND...: the command succeeds sooner or later.
within() {
    local name=$1 deadline=$((SECONDS + PATIENCE))
    shift
    until "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $deadline ]; then
            fail "$name" "never true: $*" "$("$@" 2>&1)"
            return 1
        fi
        sleep "$AGAIN"
    done
    pass "$name"
}

# refused NAME STATUS REGEX COMMAND...: this status, nothing on standard output, one line of complaint that matches.
refused() {
    local name=$1 status=$2 pattern=$3 out err found=0
    shift 3
    err=$SUITE_DIR/stderr
    out=$("$@" 2>"$err" </dev/null) || found=$?
    if [ "$found" -eq "$status" ] && [ -z "$out" ] && grep -qE -- "$pattern" "$err" &&
        [ "$(wc -l <"$err")" -eq 1 ] && ! grep -qE '(^|\s)at [a-z.]+\.[A-Z]|Exception' "$err"; then
        pass "$name"
    else
        fail "$name" "wanted: status $status, one line like $pattern" "found:  status $found" "stdout: $out" \
            "stderr: $(cat "$err")"
    fi
}

mvm() { "$REPOSITORY/mvm" "$@"; }
dev() { "$REPOSITORY/dev" "$@"; }
