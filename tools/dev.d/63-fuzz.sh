# Fuzzing the decoders, in Java.

# How long each target is fuzzed by ./dev check. --long fuzzes it for as long as its annotation says.
FUZZ_SECONDS=3

# Each fuzz target in a JVM of its own, two at a time; the tests before have only replayed inputs.
fuzz_java() {
    if ! java_is_built || [ ! -e process/cli/target/test.classpath ]; then
        mvn_here -Dspotless.check.skip test-compile dependency:build-classpath -Dmdep.outputFile=target/test.classpath
    fi
    export -f fuzz_target
    export JAVA_HOME FUZZED=$DEV/fuzzed BUDGET=
    [ "$LONG" = yes ] || BUDGET=-Djazzer.max_duration=${FUZZ_SECONDS}s
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
    (cd "$module" && JAZZER_FUZZ=1 "$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC $options $BUDGET -cp "target/test-classes:target/classes:$(cat target/test.classpath)" \
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
