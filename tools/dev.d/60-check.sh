# Everything that shows that mvm works, and the count of it.

REPORTS=$DEV/check
AGAIN="testing the Java programs under another JDK"
AGAIN_REPORTS=surefire-reports-another-jdk
GUEST_TESTS=verify/machine

# A check that is not done by then hangs somewhere. What runs is ended, so that the summary can say which part it was.
CHECK_SECONDS=5310
# What --long may take besides, without FRESH_SECONDS.
LONG_SECONDS=7200

# Whether tests run that take long and have long been stable: ./dev check --long. Without, results() tells them as deferred.
LONG=no

# dev_check [--long] [--without-node]
dev_check() {
    local began=$SECONDS node=yes option seconds=$CHECK_SECONDS
    for option in "$@"; do
        case $option in
            --long) LONG=yes seconds=$((CHECK_SECONDS + LONG_SECONDS + FRESH_SECONDS)) ;;
            --without-node) node=no ;;
        esac
    done
    say "mvm: checking everything"
    # shellcheck disable=SC2086 # lists of words
    need_build_tools $PACKAGES_RUN $PACKAGES_TEST $PACKAGES_NODE
    need_registry
    newest_jdk
    remove_state "$REPORTS"
    mkdir -p "$REPORTS"
    begin_watch "$seconds"
    PART=top
    step "checking the scripts" check_scripts
    step "building the C programs" build_native
    build_image
    build_runtime
    step "building what guests are tested with" make_guest_inputs
    [ $LONG = no ] || step "making images of Debian's packages" make_example_images
    run_parts $node
    end_watch
    summary $((SECONDS - began))
}

# run_parts NODE: a part that fails is told at the end with all others. Some run beside others, so that two processors have something to do
# while one part waits, or comes to its end on one processor.
run_parts() {
    begin_aside native "testing the C programs" test_native
    part "building and testing the Java programs" test_java
    end_aside native
    # a test that fails leaves modules unbuilt: built once here, for two parts would build them beside each other
    java_is_built || part "building what that has left out" build_java_tests
    part "compiling the benches" look_at_benches
    begin_aside packages "looking at the packages" look_at_packages
    part "fuzzing the decoders" fuzz_java
    end_aside packages
    [ "$1" = no ] || begin_aside node "testing the packages in a whole machine" test_node
    part "testing ./dev itself" test_dev
    part "starting fleets and attacking them" test_fleet
    if [ $LONG = yes ]; then # beside the suites that --long alone runs, which need one processor
        part "$AGAIN" test_java_again
        part "building the packages again, from sources" build_again
        test_fresh_machines
    fi
    [ "$1" = no ] || end_aside node
    part "comparing documents with code" compare_documents "$1"
}

check_scripts() {
    local scripts
    mapfile -t scripts < <(git ls-files -co --exclude-standard | while read -r file; do
        [ -f "$file" ] && head -c 64 "$file" | grep -qaE '^#!.*(bash|/sh)' && printf '%s\n' "$file"
    done)
    [ ${#scripts[@]} -gt 5 ]
    printf '%s\0' "${scripts[@]}" | xargs -0 -P 2 -n 8 shellcheck --external-sources --severity=style
}

# Each prints a TAP stream; see the Makefiles.
test_native() {
    local part status=0
    for part in launch volume; do
        make -C "native/$part" OUT="$DEV/native/$part" kernel || status=1
    done
    for part in guest launch hostd-start reader-start devinit volume attest; do
        make -s -C "native/$part" OUT="$DEV/native/$part" test | tee "$REPORTS/native-$part.tap" || status=1
    done
    make -s -C native/init "${RUNTIME_INPUTS[@]}" IMAGE="$IMAGE" LONG=$LONG test | tee "$REPORTS/native-init.tap" || status=1
    make -s -C verify/firecracker-stub OUT="$DEV/native/standin" IMAGE="$IMAGE" test | tee "$REPORTS/native-standin.tap" || status=1
    return $status
}

test_java() {
    # what a fleet has written below .dev may belong to other users
    find . -path ./.dev -prune -o -path '*/target/surefire-reports*' -prune -exec rm -rf {} +
    guest_inputs
    with_maven -T 2 -fae package "${TEST_CLASSPATHS[@]}" "${GUEST_INPUTS[@]}"
}

# Maven's arguments that leave each module's class path of tests in target/test.classpath.
TEST_CLASSPATHS=(dependency:build-classpath -Dmdep.outputFile=target/test.classpath)

build_java_tests() { with_maven -T 2 -DskipTests package "${TEST_CLASSPATHS[@]}"; }

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

make_guest_inputs() {
    make -s -C native/guest OUT="$DEV/native/guest" agent
    make -s -C verify/firecracker-stub OUT="$DEV/native/standin"
    make -s -C native/attest OUT="$DEV/native/attest" serve
}

# For the scenario servers, which has no network.
make_example_images() {
    local name
    mkdir -p "$DEV/example-images"
    for name in busybox nginx python; do
        [ -e "$DEV/example-images/$name" ] || packaging/example-images/build "$name" "$DEV/example-images/$name"
    done
}

# guest_inputs: leaves what the tests on real guests are given in GUEST_INPUTS, after make_guest_inputs.
guest_inputs() {
    local kernel
    kernel=$(packaging/guest-image/fetch-kernel "$DEV/kernel")
    GUEST_INPUTS=("-Dmvm.image=$IMAGE" "-Dmvm.image.kernel=$kernel" "-Dmvm.image.agent=$DEV/native/guest/mvm-guest"
        "-Dmvm.agent.on.socket=$DEV/native/guest/test/agent" "-Dmvm.standin=$DEV/native/standin/firecracker"
        "-Dmvm.attest=$DEV/native/attest")
}

look_at_benches() { compile_benches | tee "$REPORTS/benches.tap"; }

look_at_packages() { test_packages | tee "$REPORTS/packages.tap"; }

build_again() { test_packages_again | tee "$REPORTS/packages-again.tap"; }

# Prints a TAP stream.
test_dev() { tools/test/run | tee "$REPORTS/dev.tap"; }

test_fleet() {
    local long=()
    [ $LONG = no ] || long=(--long)
    build
    verify/scenarios/run "${long[@]}" | tee "$REPORTS/scenarios.tap"
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
    tell_tap commits dev_commits >>"$REPORTS/documents.tap" || status=1
    cat "$REPORTS/documents.tap"
    return $status
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
    # shellcheck disable=SC2086 # lists of words
    case $module in process/image | process/cli | verify/machine) need_packages $PACKAGES_RUN $PACKAGES_TEST ;; esac
    [ "$module" != process/image ] || need_registry
    if [ "$module" = verify/machine ]; then
        step "building the C programs" build_native
        build_image
        make_guest_inputs
        guest_inputs
    fi
    mvn_here -pl "$module" -am package "-Dtest=$name" -Dsurefire.failIfNoSpecifiedTests=false "${GUEST_INPUTS[@]}" ||
        die "$name failed"
    say "$name passed"
}
