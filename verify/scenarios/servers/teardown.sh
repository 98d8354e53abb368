# Whatever a step has left running ends here.
dev down >"$SUITE_DIR/teardown.log" 2>&1
"$REPOSITORY/verify/scenarios/remove" "$MVM_DEV_STATE"
