# claim: G1
exec_in() { mvm instance exec "$INSTANCE" -- "$@"; }

matches "a program's output arrives" '^Linux version ' "$(exec_in cat /proc/version </dev/null)"
equal "standard input reaches the program" "hello" "$(printf 'hello' | exec_in cat)"

head -c 2000000 /dev/urandom >"$SUITE_DIR/blob"
equal "two megabytes come back as they were" "$(sha256sum <"$SUITE_DIR/blob")" "$(exec_in cat <"$SUITE_DIR/blob" | sha256sum)"

out=$(exec_in sh -c 'echo to-out; echo to-err >&2; exit 7' 2>"$SUITE_DIR/err" </dev/null)
equal "the exit status is the program's" 7 $?
equal "standard output is its own" to-out "$out"
equal "standard error is its own" to-err "$(cat "$SUITE_DIR/err")"

# shellcheck disable=SC2016 # for the guest's shell
exec_in sh -c 'kill -TERM $$' </dev/null
equal "a program ended by a signal gives 128 and its number" 143 $?
equal "variables and directory are set" "/tmp there" \
    "$(mvm instance exec -e WORD=there -w /tmp "$INSTANCE" -- sh -c 'echo $PWD $WORD' </dev/null)"
equal "without standard input a program reads nothing" "" "$(printf 'not this' | mvm instance exec -n "$INSTANCE" -- cat)"
refused "a program that is not there" 1 'program_not_found' exec_in no-such-program
refused "a file that is no program" 1 'program_not_executable' exec_in /etc/passwd
refused "an instance that is not there" 1 'not_found|unknown_instance' mvm instance exec demo/web/i-00000000 -- true

# a flood that nobody takes must not cost the guest its health
timeout --foreground 5 "$REPOSITORY/mvm" instance exec "$INSTANCE" -- cat /dev/zero </dev/null 2>/dev/null | head -c 1000000 >/dev/null
within "after a flood the guest still answers" exec_in true
within "what a gone client had started is ended" sh -c "! '$REPOSITORY/mvm' instance exec '$INSTANCE' -- pgrep -f /dev/zero"
