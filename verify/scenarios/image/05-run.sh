# One command from a directory to the program's end.
# shellcheck shell=bash
ran_out=$SUITE_DIR/run.out
ran_err=$SUITE_DIR/run.err
# run_app OPTION... -- ARGUMENT...: sets `ran` to its status.
run_app() {
    ran=0
    "$REPOSITORY/mvm" run "tree:$tree" --tenant images --entrypoint /bin/sh --mem 128M "$@" >"$ran_out" 2>"$ran_err" </dev/null || ran=$?
}
run_app -- -c 'echo to its output; echo to its errors >&2; exit 3'
equal "a run has the program's status" 3 $ran
equal "its output, and nothing more" "to its output" "$(cat "$ran_out")"
check "its errors" grep -qx 'to its errors' "$ran_err"
matches "it says that it signs" '^signed by .*dev mode$' "$(cat "$ran_err")"
matches "which instance it is" '^images/run-tree/i-[0-9a-f]{8}  runs$' "$(cat "$ran_err")"
ended() { mvm instance list images/run-tree | grep -q ' Stopped '; }
within "the instance is not started again" ended
equal "its log stays" "to its output" "$(mvm instance logs "$(mvm instance list images/run-tree | cut -d ' ' -f 1)" | grep -x 'to its output')"

# shellcheck disable=SC2016 # for the image's shell
run_app --rm --env WORD=hello --user web -- -c 'echo "$WORD"; id -u'
equal "a run that is removed has its status" 0 $ran
equal "with environment and user" "hello 1000" "$(paste -s -d ' ' "$ran_out")"
matches "its pool had another name" '^images/run-tree-2  destroyed$' "$(cat "$ran_err")"
refused "the pool is gone" 1 "no such pool" mvm pool info images/run-tree-2
refused "and the image" 1 image_unknown mvm image info run-tree-2
equal "the other pools stay" 4 "$(mvm pool list images | grep -c "^images/")"

run_app -d --name served -- -c 'echo up; while :; do sleep 1; done'
served=$(cat "$ran_out")
matches "a run apart prints the address" '^images/run-served/i-[0-9a-f]{8}$' "$served"
"$REPOSITORY/mvm" instance logs -f "$served" >"$ran_out" 2>/dev/null &
within "its log can be followed" grep -qx up "$ran_out"
check "its pool is destroyed" mvm pool destroy images/run-served
wait $!
equal "which ends with it" 0 $?
refused "which leaves no instance" 1 "no such instance|not_found|unknown" mvm instance info "$served"

# Ctrl-C, which a shell has what it starts in the background ignore
env --default-signal=INT "$REPOSITORY/mvm" run "tree:$tree" --tenant images --entrypoint /bin/sh --mem 128M --rm --name stays -- \
    -c 'echo waits; while :; do sleep 1; done' >"$ran_out" 2>"$ran_err" </dev/null &
run=$!
within "a program waits" grep -qx waits "$ran_out"
kill -INT $run
wait $run
equal "Ctrl-C ends the run" 130 $?
refused "and removes it" 1 "no such pool" mvm pool info images/run-stays
check "the others go on" in_two cat /etc/motd

refused "another key at hand signs nothing" 1 "has not signed the grant of images" \
    env MVM_CONFIG="$elsewhere" "$REPOSITORY/mvm" run "tree:$tree" --tenant images
check "nothing is wrong" mvm doctor
