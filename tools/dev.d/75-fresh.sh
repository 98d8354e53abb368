# The README's two commands in a Debian that has nothing in it: what a developer's machine has by chance is missing there.

# The longest that both visits may take, besides CHECK_SECONDS.
FRESH_SECONDS=10800

test_fresh_machines() {
    part "visiting a fresh Debian as root" visit_fresh root
    part "visiting a fresh Debian as a user with sudo" visit_fresh user ada
}

# visit_fresh NAME [USER]
visit_fresh() {
    local status=0
    in_root "$ROOT/verify/fresh/visit" "$REPORTS/fresh-$1" "${@:2}" | tee "$REPORTS/fresh-$1.tap" || status=1
    return $status
}
