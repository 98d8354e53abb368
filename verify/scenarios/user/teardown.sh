# Whatever a step has left running ends here.
for state in "$SUITE_DIR/with" "$SUITE_DIR/without"; do
    export MVM_DEV_STATE=$state/state
    dev down >>"$SUITE_DIR/teardown.log" 2>&1
    "$REPOSITORY/verify/scenarios/remove" "$state"
done
unset -f dev mvm as_user
