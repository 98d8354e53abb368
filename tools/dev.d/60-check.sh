# Everything that shows that mvm works, and the count of it.

REPORTS=$DEV/check
AGAIN="testing the Java programs under another JDK"
AGAIN_REPORTS=surefire-reports-another-jdk
GUEST_TESTS=verify/machine

# A check that is not done by then hangs somewhere. What runs is ended, so that the summary can say which part it was.
CHECK_SECONDS=5310

# dev_check [--long] [--without-node]
dev_check() {
    local began=$SECONDS long=no node=yes option
    for option in "$@"; do
        case $option in
            --long) long=yes ;;
            --without-node) node=no ;;
        esac
    done
    say "mvm: checking everything"
    # shellcheck disable=SC2086 # lists of words
    need_build_tools $PACKAGES_RUN $PACKAGES_TEST $PACKAGES_NODE
    newest_jdk
    remove_state "$REPORTS"
    mkdir -p "$REPORTS"
    [ $long = no ] || CHECK_SECONDS=$((CHECK_SECONDS + FRESH_SECONDS))
    watch_over $$ &
    WATCHER=$!
    step "checking the scripts" check_scripts
    step "building the C programs" build_native
    build_image
    # a part that fails is told at the end with all others
    part "building and testing the Java programs" test_java
    # these wait more than they work, and fuzzing takes as long as it is told to
    begin_aside "testing the C programs" test_native
    part "fuzzing the decoders" fuzz_java
    end_aside
    part "testing ./dev itself" test_dev
    part "looking at the packages" look_at_packages
    # an emulated machine has one processor, and a fleet's commands come one after the other
    [ $node = no ] || begin_aside "making machines for the packages" make_machines
    part "starting a fleet and attacking it" test_fleet
    if [ $node = yes ]; then
        end_aside
        part "testing the packages in a whole machine" test_node
    fi
    part "$AGAIN" test_java_again
    [ $long = no ] || part "building the packages again, from sources" build_again
    [ $long = no ] || test_fresh_machines
    part "comparing documents with code" compare_documents $node
    end_watch
    summary $((SECONDS - began))
}

# watch_over PID: until it ends, or its time is over.
watch_over() {
    ! timeout $CHECK_SECONDS tail --pid="$1" -f /dev/null || return 0
    [ -d "/proc/$1" ] || return 0
    : >"$REPORTS/out-of-time"
    descendants "$1" | grep -vx "$BASHPID" | xargs -r kill 2>/dev/null || true
    # what sudo has started is root's
    [ "$(id -u)" -eq 0 ] || descendants "$1" | grep -vx "$BASHPID" | xargs -r sudo -n kill 2>/dev/null || true
}

# The watcher first, which would take the end of what it waits for for the end of the time.
end_watch() {
    local left
    left=$(descendants "$WATCHER")
    kill -KILL "$WATCHER" 2>/dev/null || true
    wait "$WATCHER" 2>/dev/null || true
    # shellcheck disable=SC2086 # numbers
    [ -z "$left" ] || kill $left 2>/dev/null || true
}

# descendants PID: the youngest first.
descendants() {
    local child
    for child in $(ps -o pid= --ppid "$1"); do
        descendants "$child"
        printf '%s\n' "$child"
    done
}

# part TEXT COMMAND...: as step, but what fails is kept for the summary.
part() {
    local text=$1 begin=$SECONDS
    if [ -e "$REPORTS/out-of-time" ]; then
        printf '%s\n' "$text" >>"$REPORTS/failed-parts"
        return 0
    fi
    printf '  %-52s' "$text"
    quietly "$(log_of "$text")" "${@:2}"
    tell_part "$text" "$STATUS" $((SECONDS - begin))
}

log_of() { printf '%s/%s.log' "$REPORTS" "$(printf '%s' "$1" | tr -cs 'A-Za-z0-9\n' '-')"; }

# tell_part TEXT STATUS SECONDS
tell_part() {
    if [ "$2" -eq 0 ]; then
        printf 'ok  %3d s\n' "$3"
    else
        printf 'FAILED\n'
        printf '%s\n' "$1" >>"$REPORTS/failed-parts"
    fi
}

# begin_aside TEXT COMMAND...: a part beside the next one. end_aside waits for it, and tells it.
begin_aside() {
    ASIDE=$1
    rm -f "$REPORTS/aside"
    (
        [ ! -e "$REPORTS/out-of-time" ] || exit 0 # nobody would end it
        begin=$SECONDS
        quietly "$(log_of "$1")" "${@:2}"
        printf '%d %d\n' "$STATUS" $((SECONDS - begin)) >"$REPORTS/aside"
    ) &
    ASIDE_PID=$!
}

end_aside() {
    local status=1 seconds=0
    wait "$ASIDE_PID" || true
    [ ! -e "$REPORTS/aside" ] || read -r status seconds <"$REPORTS/aside"
    printf '  %-52s' "$ASIDE"
    tell_part "$ASIDE" "$status" "$seconds"
}

check_scripts() {
    local scripts
    mapfile -t scripts < <(git ls-files -co --exclude-standard | while read -r file; do
        [ -f "$file" ] && head -c 64 "$file" | grep -qaE '^#!.*(bash|/sh)' && printf '%s\n' "$file"
    done)
    [ ${#scripts[@]} -gt 5 ]
    shellcheck --external-sources --severity=style "${scripts[@]}"
}

# Each prints a TAP stream; see the Makefiles.
test_native() {
    local part status=0
    make -C native/launch OUT="$DEV/native/launch" kernel || status=1
    for part in guest launch devinit; do
        make -s -C "native/$part" OUT="$DEV/native/$part" test | tee "$REPORTS/native-$part.tap" || status=1
    done
    make -s -C verify/firecracker-stub OUT="$DEV/native/standin" IMAGE="$IMAGE" test | tee "$REPORTS/native-standin.tap" || status=1
    return $status
}

test_java() {
    # what a fleet has written below .dev may belong to other users
    find . -path ./.dev -prune -o -path '*/target/surefire-reports*' -prune -exec rm -rf {} +
    guest_inputs
    with_maven -T 2 -fae package dependency:build-classpath -Dmdep.outputFile=target/test.classpath "${GUEST_INPUTS[@]}"
}

# The same tests once more under a JDK that is not Debian's, if this machine has one: what mvm writes must not depend on
# which JDK wrote it. Their reports are kept apart from the first ones. Tests on real guests are about C and kernels.
test_java_again() {
    local other
    if ! other=$(another_jdk "$GIVEN_JAVA_HOME"); then
        say "this machine has no other JDK 25"
        return 0
    fi
    # what Debian's JDK has compiled is up to date, and stays
    JAVA_HOME=$other mvn_here -T 2 -fae -pl "!$GUEST_TESTS" package "-Dmvm.surefire.reports=$AGAIN_REPORTS"
}

# What the tests on real guests are given.
guest_inputs() {
    local kernel
    make -s -C native/guest OUT="$DEV/native/guest" agent
    make -s -C verify/firecracker-stub OUT="$DEV/native/standin"
    kernel=$(packaging/guest-image/fetch-kernel "$DEV/kernel")
    GUEST_INPUTS=("-Dmvm.image=$IMAGE" "-Dmvm.image.kernel=$kernel" "-Dmvm.image.agent=$DEV/native/guest/mvm-guest"
        "-Dmvm.agent.on.socket=$DEV/native/guest/test/agent" "-Dmvm.standin=$DEV/native/standin/firecracker")
}

# Each fuzz target for as long as its annotation says, in a JVM of its own, two at a time; the tests before have only
# replayed inputs.
fuzz_java() {
    if ! java_is_built || [ ! -e process/cli/target/test.classpath ]; then
        mvn_here -Dspotless.check.skip test-compile dependency:build-classpath -Dmdep.outputFile=target/test.classpath
    fi
    export -f fuzz_target
    export JAVA_HOME FUZZED=$DEV/fuzzed
    rm -rf "$FUZZED"
    fuzz_targets | xargs -P 2 -L 1 bash -c 'fuzz_target "$@"' fuzz_target
    { grep -l '^not ok' "$FUZZED"/*.tap || true; } | sed 's/tap$/log/' | xargs -r cat
    {
        cat "$FUZZED"/*.tap
        printf '1..%s\n' "$(fuzz_targets | wc -l)"
    } >"$REPORTS/fuzzed.tap"
    ! grep -q '^not ok' "$REPORTS/fuzzed.tap"
}

# fuzz_target FILE METHOD: what it found is in FUZZED, a line of TAP and a log.
fuzz_target() {
    local module=${1%/src/test/java/*} class=${1#*/src/test/java/} method=$2 into options status=0
    class=$(printf '%s' "${class%.java}" | tr / .)
    into=$FUZZED/$class.$method
    mkdir -p "$FUZZED"
    options=$(sed -n 's/.*<argLine>\(.*\) [$].*/\1/p' pom.xml)
    # C1 alone: in a JVM that lives for seconds it has tried three times as many inputs
    # shellcheck disable=SC2086 # words
    (cd "$module" && JAZZER_FUZZ=1 "$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC $options -cp "target/test-classes:target/classes:$(cat target/test.classpath)" \
        org.junit.platform.console.ConsoleLauncher execute --disable-banner --disable-ansi-colors --fail-if-no-tests \
        --select-class "$class" --include-methodname ".*#$method") >"$into.log" 2>&1 </dev/null || status=$?
    if [ $status -eq 0 ]; then printf 'ok - '; else printf 'not ok - '; fi >"$into.tap"
    printf '%s.%s\n' "$class" "$method" >>"$into.tap"
}

# The file and method of every fuzz target.
fuzz_targets() {
    git ls-files -co --exclude-standard '*Test.java' | xargs grep -l '@FuzzTest' | while read -r file; do
        awk -v file="$file" '/@FuzzTest/ {next_one = 1}
            next_one && match($0, /void [A-Za-z0-9_]+\(/) {print file, substr($0, RSTART + 5, RLENGTH - 6); next_one = 0}' "$file"
    done
}

look_at_packages() { test_packages | tee "$REPORTS/packages.tap"; }

build_again() { test_packages_again | tee "$REPORTS/packages-again.tap"; }

# Prints a TAP stream.
test_dev() { tools/test/run | tee "$REPORTS/dev.tap"; }

test_fleet() {
    build
    verify/scenarios/run | tee "$REPORTS/scenarios.tap"
}

# compare_documents NODE: claims are about what the node machine shows, too, so without it they are not looked at.
compare_documents() {
    local status=0
    results >"$REPORTS/results"
    tell_tap docs dev_docs >"$REPORTS/documents.tap" || status=1
    if [ "$1" = yes ]; then
        tell_tap claims dev_claims >>"$REPORTS/documents.tap" || status=1
    fi
    tell_tap tcb dev_tcb >>"$REPORTS/documents.tap" || status=1
    cat "$REPORTS/documents.tap"
    return $status
}

# tell_tap NAME COMMAND...: its output as comments, its status as a test.
tell_tap() {
    local name=$1 status=0 output
    shift
    output=$( ("$@") 2>&1) || status=$?
    printf '%s\n' "$output" | sed 's/^/# /'
    if [ "$status" -eq 0 ]; then say "ok - $name"; else say "not ok - $name"; fi
    return $status
}

# One line a test: passed|failed|skipped, its name, and why it was skipped or failed.
results() {
    local report
    tested_modules | java_results surefire-reports ""
    [ ! -e "$(log_of "$AGAIN")" ] || ! another_jdk "$GIVEN_JAVA_HOME" >/dev/null ||
        tested_modules | grep -vx "$GUEST_TESTS" | java_results "$AGAIN_REPORTS" " under another JDK"
    for report in "$REPORTS"/*.tap; do
        [ -e "$report" ] || continue
        awk -v suite="$(basename "$report" .tap)" -f tools/dev.d/tap.awk "$report"
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
    [ ! -e "$REPORTS/out-of-time" ] || say "  the check was ended after $((CHECK_SECONDS / 60)) minutes: it hangs, or this machine is too slow"
    explain
    tell_jdks
    tell_vmm
    say "  took $((seconds / 60)) min $((seconds % 60)) s; reports are in .dev/check"
    say "$passed passed, $failed failed, $skipped skipped"
    return $status
}

tell_jdks() {
    local other
    say "  JDK: $(jdk_version "$JAVA_HOME")"
    ! other=$(another_jdk "$GIVEN_JAVA_HOME") || say "  another JDK, for the Java tests once more: $(jdk_version "$other")"
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

dev_fmt() {
    need_build_tools
    step "formatting the Java code" mvn_here spotless:apply
}

# dev_test NAME: in whichever module has it, with what it depends on compiled and not tested.
dev_test() {
    local name=$1 class=${1%%#*} file module
    GUEST_INPUTS=()
    file=$(git ls-files -co --exclude-standard "*/src/test/java/*/$class.java" | head -n 1)
    [ -n "$file" ] || die "no test class is called $class; ./dev test IdentifierTest runs one"
    module=${file%/src/test/java/*}
    need_build_tools
    if [ "$module" = verify/machine ]; then
        # shellcheck disable=SC2086 # lists of words
        need_packages $PACKAGES_RUN $PACKAGES_TEST
        step "building the C programs" build_native
        build_image
        guest_inputs
    fi
    mvn_here -pl "$module" -am package "-Dtest=$name" -Dsurefire.failIfNoSpecifiedTests=false "${GUEST_INPUTS[@]}" ||
        die "$name failed"
    say "$name passed"
}
