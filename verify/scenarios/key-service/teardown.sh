# Whatever a step has left running ends here.
[ ! -s "$SUITE_DIR/clone/fleet/lock" ] || flock -n "$SUITE_DIR/clone/fleet/lock" true || kill "$(cat "$SUITE_DIR/clone/fleet/lock")"
dev down >"$SUITE_DIR/teardown.log" 2>&1
"$REPOSITORY/verify/scenarios/remove" "$MVM_DEV_STATE"
