# What the reports of a check say: one line a test, and the count of all.

# tell_tap NAME COMMAND...: its output as comments, its status as a test.
tell_tap() {
    local name=$1 status=0 output
    shift
    output=$( ("$@") 2>&1) || status=$?
    printf '%s\n' "$output" | sed 's/^/# /'
    if [ "$status" -eq 0 ]; then say "ok - $name"; else say "not ok - $name"; fi
    return $status
}

# One line a test: passed|failed|skipped|deferred, its name, and why it was not run or failed. Deferred is what --long runs alone.
results() {
    local report suite step
    tested_modules | java_results surefire-reports ""
    [ ! -e "$(log_of "$AGAIN")" ] || ! another_jdk "$GIVEN_JAVA_HOME" >/dev/null ||
        tested_modules | grep -vx "$GUEST_TESTS" | java_results "$AGAIN_REPORTS" " under another JDK"
    for report in "$REPORTS"/*.tap; do
        [ -e "$report" ] || continue
        awk -v suite="$(basename "$report" .tap)" -f tools/dev.d/tap.awk "$report"
    done
    [ "$LONG" = no ] || return 0
    [ ! -e "$REPORTS/native-init.tap" ] || printf 'deferred\tnative-init: more machines\t./dev check --long runs them\n'
    for suite in $(node_suites "" long); do
        # somebody may have run it by ./dev node-test
        [ -e "$REPORTS/node-$suite.tap" ] || printf 'deferred\tnode-%s: its tests\t./dev check --long runs it\n' "$suite"
    done
    for suite in $(verify/scenarios/suites long); do
        for step in "verify/scenarios/$suite"/[0-9]*.sh; do
            printf 'deferred\tscenarios: %s/%s: its tests\t./dev check --long runs it\n' "$suite" "$(basename "$step" .sh)"
        done
    done
}

# The folders of the modules that have tests.
tested_modules() { git ls-files -co --exclude-standard '*Test.java' | sed -n 's|/src/test/java/.*||p' | sort -u; }

# java_results FOLDER SUFFIX: of the modules on standard input, by the reports in their target/FOLDER. A module without a report was
# left out, as Maven does with what depends on a module that failed.
java_results() {
    local module report
    while read -r module; do
        if ! compgen -G "$module/target/$1/TEST-*.xml" >/dev/null; then
            printf 'failed\t%s\t%s\n' "$module: its tests$2" "left out: it does not build, or a module that it needs has failed"
            continue
        fi
        for report in "$module/target/$1"/TEST-*.xml; do
            awk -v suffix="$2" -f tools/dev.d/surefire.awk "$report"
        done
    done
}

# A test that was skipped although this machine could have run it has failed: root on a machine with all packages can
# run everything but what needs a KVM that boots guests.
summary() {
    local seconds=$1 passed failed skipped status=0
    results >"$REPORTS/results"
    if [ "$(id -u)" -eq 0 ]; then
        awk -F '\t' -v OFS='\t' '$1 == "skipped" && $3 !~ /KVM/ {$1 = "failed"; $3 = "skipped: " $3} {print}' \
            "$REPORTS/results" >"$REPORTS/results.root"
        mv "$REPORTS/results.root" "$REPORTS/results"
    fi
    passed=$(grep -c '^passed' "$REPORTS/results" || true)
    failed=$(grep -c '^failed' "$REPORTS/results" || true)
    skipped=$(grep -c '^skipped' "$REPORTS/results" || true)
    [ "$failed" -eq 0 ] || status=1
    if [ -e "$REPORTS/failed-parts" ]; then
        status=1
        # a part can fail without any of its tests failing: what does not compile
        [ "$failed" -gt 0 ] || failed=$(wc -l <"$REPORTS/failed-parts")
    fi
    [ ! -e "$REPORTS/out-of-time" ] || say "  the check was ended after $((WATCH_SECONDS / 60)) minutes: it hangs, or this machine is too slow"
    explain
    tell_jdks
    tell_vmm
    [ "$LONG" = yes ] || say "  left to ./dev check --long: another JDK, suites that are deferred above, longer fuzzing, building packages twice"
    tell_seconds
    say "  took $((seconds / 60)) min $((seconds % 60)) s; reports are in .dev/check"
    say "$passed passed, $failed failed, $skipped skipped"
    return $status
}

tell_jdks() {
    local other
    say "  JDK: $(jdk_version "$JAVA_HOME")"
    other=$(another_jdk "$GIVEN_JAVA_HOME") || return 0
    if [ "$LONG" = yes ]; then
        say "  another JDK, for the Java tests once more: $(jdk_version "$other")"
    else
        say "  another JDK, which ./dev check --long tests, too: $(jdk_version "$other")"
    fi
}

explain() {
    local part log
    awk -F '\t' '$1 != "passed" {print "  " $1 "  " $2 ($3 == "" ? "" : ": " $3)}' "$REPORTS/results"
    [ -e "$REPORTS/failed-parts" ] || return 0
    while read -r part; do
        log=$(log_of "$part")
        say "  --- the end of what '$part' printed; all of it is in ${log#"$ROOT"/}"
        [ ! -e "$log" ] || tail -n 40 "$log" | sed 's/^/    | /'
    done <"$REPORTS/failed-parts"
}
