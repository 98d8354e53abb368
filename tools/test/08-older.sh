# A clone without the older commit, and what becomes of the suite that would begin from its packages.
REPORTS=$DEV/older-reports
mkdir -p "$NODE_DIR" "$REPORTS" "$DEV/archive/suites"
git init -q "$DEV/shallow"
lacks() { (cd "$DEV/shallow" && build_older); }
matches "a clone that lacks the commit says what to do" "^this clone lacks the commit ${OLDER_COMMIT::7}.*: git fetch --unshallow$" "$(lacks)"
if lacks >/dev/null; then fail "and no machine is made"; else pass "and no machine is made"; fi
check "this one has the commit, or is shallow" sh -c "git cat-file -e '$OLDER_COMMIT^{commit}' || [ '$(git rev-parse --is-shallow-repository)' = true ]"

printf '#!/bin/bash\n# from: older\n' >"$DEV/archive/suites/32-older"
printf '#!/bin/bash\n# from: other\n' >"$DEV/archive/suites/33-other"
tar -C "$DEV/archive" -cf "$DEV/suites.tar" suites
status=0
printed=$(PYTHONDONTWRITEBYTECODE=1 verify/machine/driver/node suites "$NODE_DIR" "$REPORTS" "$DEV/suites.tar" 32-older 33-other) || status=$?
equal "suites whose machine is not there fail" 1 $status
equal "with the reason" "Bail out! $(cat "$OLDER_WHY")" "$(cat "$REPORTS/node-32-older.tap")"
equal "which a machine need not have" "Bail out! the machine 'other' was not made" "$(cat "$REPORTS/node-33-other.tap")"
matches "both are told" '^  33-other +FAILED ' "$printed"
matches "and count" "^failed${tab}node-32-older: came to its end${tab}Bail out! this clone lacks" \
    "$(awk -v suite=node-32-older -f tools/dev.d/tap.awk "$REPORTS/node-32-older.tap")"
REPORTS=$DEV/check
