# Whatever a step has left running ends here.
jobs -p | xargs -r kill 2>/dev/null
dev down >"$SUITE_DIR/teardown.log" 2>&1
"$REPOSITORY/verify/scenarios/remove" "$MVM_DEV_STATE"
