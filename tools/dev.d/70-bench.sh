# Measurements, each against something that is as fast as it can be. How they are made is said in tools/bench.

BENCH=$(dirname "$STATE")/bench
BENCHED=$DEV/benched

# bench_goals NAME: each figure with its goal, which way is better, and its unit. A figure without a goal is - and told.
bench_goals() {
    sed -n "s/^$1: //p" <<'EOF_GOALS'
rpc: rpc.p50.vs_c 1.3 lower ratio
rpc: rss.hostd.mib 60 lower MiB
rpc: start.hostd.vs_empty_jdk 1.7 lower ratio
rpc: start.linked.vs_empty_jdk - lower ratio
rpc: start.mvm.seconds 0.25 lower s
launch: launch.waiting.vs_started 0.25 lower ratio
launch: launch.waiting.ms - lower ms
launch: launch.started.ms - lower ms
idle: idle.agentd.mib 110 lower MiB
idle: idle.hostd.mib - lower MiB
idle: idle.coordinator.mib - lower MiB
boot: boot.image.vs_demo 1.2 lower ratio
boot: boot.image.cpu_s - lower s
boot: boot.demo.cpu_s - lower s
boot: boot.memory.mib 8 lower MiB
boot: boot.nginx.cpu_s - lower s
boot: boot.nginx.ms - lower ms
boot: boot.python.cpu_s - lower s
boot: boot.python.ms - lower ms
image: image.import.vs_tools 1.3 lower ratio
image: image.import.ms - lower ms
image: image.tools.ms - lower ms
keyd: keyd.keys.per_s 1000 higher 1/s
keyd: keyd.blobs.per_s - higher 1/s
keyd: keyd.idle.mib 60 lower MiB
keyd: keyd.busy.mib - lower MiB
keys: keys.more.ms 2 lower ms
keys: keys.now.ms - lower ms
keys: keys.before.ms - lower ms
keys: keys.open.ms - lower ms
keys: keys.sign.ms - lower ms
keys: keys.first.ms - lower ms
sign: sign.libcrypto.vs_jdk 5 higher ratio
sign: sign.libcrypto.per_s - higher 1/s
sign: sign.jdk.per_s - higher 1/s
sign: verify.libcrypto.vs_jdk 5 higher ratio
sign: verify.libcrypto.per_s - higher 1/s
sign: verify.jdk.per_s - higher 1/s
plan: plan.pass.vs_merge 3 lower ratio
plan: plan.pass.vs_maps 50 higher ratio
plan: plan.merge.vs_maps - higher ratio
plan: plan.pass.ms - lower ms
policy: policy.week.seconds 10 lower s
policy: policy.saved.percent - higher %
policy: policy.wakes.per_day - lower 1/d
policy: policy.resumes.per_day - lower 1/d
trust: trust.signature.vs_sha256 4 lower ratio
trust: trust.hot.vs_sha256 80 lower ratio
trust: trust.hot.ms - lower ms
trust: trust.signs.per_s - higher 1/s
trust: trust.first.vs_empty_jvm 8 lower ratio
trust: trust.first.ms - lower ms
trust: trust.process.vs_empty_jvm 25 lower ratio
seal: seal.hot.vs_c 0.95 higher ratio
seal: seal.hot.gb_per_s - higher GB/s
seal: open.hot.vs_c 0.95 higher ratio
seal: open.hot.gb_per_s - higher GB/s
seal: seal.first.vs_hot 0.9 higher ratio
seal: open.first.vs_hot 0.9 higher ratio
seal: seal.guest.vs_cp 0.55 lower ratio
seal: seal.guest.vs_age 4.5 higher ratio
seal: seal.guest.percent 31 lower %
seal: seal.guest.ms - lower ms
wake: wake.clustered 0.8 lower ratio
wake: wake.clustered.asked - lower ratio
wake: wake.clustered.ms - lower ms
wake: wake.scattered 1.1 lower ratio
wake: wake.scattered.asked - lower ratio
wake: wake.scattered.ms - lower ms
wake: wake.vs_all 6 higher ratio
wake: wake.unrecorded - lower ratio
wake: wake.authentic.ms - lower ms
wake: wake.first.ms - lower ms
wake: wake.zeros.clustered 0.8 lower ratio
wake: wake.zeros.clustered.asked - lower ratio
wake: wake.zeros.clustered.ms - lower ms
wake: wake.zeros.scattered 1.1 lower ratio
wake: wake.zeros.scattered.asked - lower ratio
wake: wake.zeros.scattered.ms - lower ms
wake: wake.zeros.vs_all - higher ratio
wake: wake.zeros.unrecorded - lower ratio
wake: wake.zeros.authentic.ms - lower ms
wake: wake.zeros.first.ms - lower ms
EOF_GOALS
}

dev_bench() {
    local name="" format=table argument
    for argument in "$@"; do
        case $argument in
            --json) format=json ;;
            boot | idle | image | keyd | keys | launch | plan | policy | rpc | seal | sign | trust | wake) name=$argument ;;
            document)
                write_performance >docs/performance.md
                return
                ;;
            *) wrong_usage "./dev bench NAME [--json]; NAME is boot, idle, image, keyd, keys, launch, plan, policy, rpc, seal, sign, trust, wake, or document" ;;
        esac
    done
    [ -n "$name" ] || wrong_usage "./dev bench NAME [--json]; NAME is boot, idle, image, keyd, keys, launch, plan, policy, rpc, seal, sign, trust or wake"
    "bench_$name" >&2
    mkdir -p "$BENCHED"
    cp "$BENCH/figures" "$BENCHED/$name"
    bench_figures "$name" "$format" "$BENCHED/$name"
}

# What was measured last, of each that was measured on this machine.
write_performance() {
    local path name
    cat <<EOF
# Performance

Written by \`./dev bench document\` from what \`./dev bench NAME\` has measured last on one machine; how and against what is said in
[tools/bench](../tools/bench/README.md). Ratios carry over to other machines, absolute numbers do not.

| machine | |
|---|---|
| processor | $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) online |
| memory | $(awk '/^MemTotal/ {printf "%.0f MiB", $2 / 1024}' /proc/meminfo) |
| kernel | $(uname -r) |
| Java | $("$(debian_jdk)/bin/java" -version 2>&1 | sed -n 2p) |
EOF
    for path in "$BENCHED"/*; do
        [ -e "$path" ] || continue
        name=${path##*/}
        printf '\n## ./dev bench %s\n\n| figure | measured | goal | | |\n|---|---|---|---|---|\n' "$name"
        bench_figures "$name" document "$path" || true
    done
}

begin_bench() {
    mkdir -p "$BENCH"
    exec 9>"$BENCH.lock"
    flock -n 9 || die "a measurement is under way already"
    remove_state "$BENCH"
    mkdir -p "$BENCH"
}

# What the benches in Java are compiled from, and against: jars of the build. `./dev check` compiles all of them.
BENCHES_IN_JAVA=(signing agent keyd keys seal wake)

# compile_bench NAME DIRECTORY: leaves the class path of what was compiled in BENCH_CLASSES.
compile_bench() {
    local jars sources
    case $1 in
        signing)
            jars=(process/hostd/daemon/target/lib/*.jar {protocol/trust/authoring,foundation/crypto/{sign,pkcs11,verify-jdk}}/target/mvm-*[0-9].jar)
            sources=(tools/bench/{Figures,SignBench,TrustBench}.java)
            ;;
        agent)
            jars=(process/agentd/target/lib/*.jar process/agentd/target/mvm-agentd-*[0-9].jar)
            sources=(tools/bench/{Figures,PlanBench,PolicyBench}.java process/agentd/src/test/java/dev/mvm/agentd/idle/Week.java)
            ;;
        keyd)
            jars=(process/keyd/target/{lib/*,mvm-keyd-*[0-9]}.jar protocol/trust/authoring/target/mvm-trust-authoring-*-tests.jar foundation/crypto/verify-jdk/target/mvm-*[0-9].jar)
            sources=(tools/bench/{Figures,KeydBench}.java)
            ;;
        keys)
            jars=(process/hostd/daemon/target/{lib/*,mvm-hostd-*[0-9],mvm-hostd-*-tests}.jar protocol/trust/authoring/target/mvm-trust-authoring-*{[0-9],-tests}.jar
                protocol/keyd/service/target/mvm-*[0-9].jar foundation/crypto/{sign,tenantkeys,verify-jdk}/target/mvm-*[0-9].jar foundation/linux/target/mvm-linux-*-tests.jar)
            sources=(tools/bench/{Figures,KeysBench}.java)
            ;;
        seal)
            jars=(process/sealer/daemon/target/lib/*.jar {protocol/snapshot,foundation/crypto/aead}/target/mvm-*[0-9].jar)
            sources=(tools/bench/{Figures,Guest,Seal*}.java)
            ;;
        wake)
            jars=(process/sealer/daemon/target/{lib/*,mvm-*[0-9]}.jar)
            sources=(tools/bench/{Figures,Guest,Wake*}.java foundation/linux/src/test/java/dev/mvm/linux/{mount/DetachedFuse,socket/PacketListener}.java)
            ;;
    esac
    BENCH_CLASSES=$(printf '%s:' "${jars[@]}")$2
    mkdir -p "$2"
    "$JAVA_HOME/bin/javac" -Xlint:all -Werror -cp "$BENCH_CLASSES" -d "$2" "${sources[@]}"
}

# Prints a TAP stream. Needs the jars of test_java.
compile_benches() {
    local name status=0
    for name in "${BENCHES_IN_JAVA[@]}"; do
        tell_tap "the bench \"$name\" compiles" compile_bench "$name" "$DEV/benches/$name" || status=1
    done
    printf '1..%d\n' ${#BENCHES_IN_JAVA[@]}
    return $status
}

# What needs no daemons: classes that are compiled here against those that are measured.
prepare_signing() {
    mvn_here -pl process/hostd/daemon,protocol/trust/authoring,foundation/crypto/sign,foundation/crypto/verify-jdk -am -DskipTests package
    compile_bench signing "$BENCH/classes"
    BENCH_JAVA=("$JAVA_HOME/bin/java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -cp "$BENCH_CLASSES")
    printf '%s\n' "${BENCH_JAVA[@]}" >"$BENCH/java"
}

bench_sign() {
    say "mvm: measuring signatures"
    need_build_tools libssl3t64
    begin_bench
    step "building what signs and verifies" prepare_signing
    step "signing and verifying, a quarter of a minute" measure_sign
}

measure_sign() {
    mapfile -t BENCH_JAVA <"$BENCH/java"
    "${BENCH_JAVA[@]}" SignBench >"$BENCH/figures"
}

# The machines are emulated, also where KVM would run them: their CPU is what is compared.
bench_boot() {
    say "mvm: measuring how guests of images boot"
    # shellcheck disable=SC2086 # lists of words
    need_build_tools $PACKAGES_RUN $PACKAGES_IMPORT python3 mmdebstrap umoci
    build
    step "making images of Debian's packages" make_example_images
    begin_bench
    prepare_mvm
    step "booting, some minutes" measure_boot
}

measure_boot() {
    mkdir -p "$BENCH/work"
    tools/bench/boot "$BENCH/mvm/mvm" "$IMAGE/vmlinux" "$IMAGE/rootfs.cpio" "$RUNTIME" "$DEV/example-images" "$BENCH/work" >"$BENCH/figures"
    rm -r "$BENCH/work"
}

# What the command needs to import, besides itself, and what makes the image.
PACKAGES_IMPORT="skopeo erofs-utils cryptsetup-bin bubblewrap openssl"

bench_image() {
    say "mvm: measuring how container images are imported"
    # shellcheck disable=SC2086 # lists of words
    need_build_tools $PACKAGES_RUN $PACKAGES_IMPORT
    build
    begin_bench
    prepare_mvm
    step "importing, and the plain tools, about three minutes" measure_image
}

# In memory, as measure_seal, and about 3 GiB of it.
measure_image() {
    local memory
    [ "$(stat -f -c %T /dev/shm)" = tmpfs ]
    memory=$(mktemp -d /dev/shm/mvm-bench.XXXXXX)
    # shellcheck disable=SC2064 # its name is known now
    trap "rm -rf '$memory'" EXIT
    tools/bench/image "$BENCH/mvm/mvm" "$memory" >"$BENCH/figures"
}

bench_keyd() {
    say "mvm: measuring the key service"
    need_build_tools libssl3t64 libseccomp2
    begin_bench
    step "building the key service" prepare_keyd
    step "leaving it alone, then asking for keys, half a minute" measure_keyd
}

# With the options that its unit has, and what the tests have to make a fleet's documents.
prepare_keyd() {
    local lib=$BENCH/lib
    mvn_here -pl process/keyd,foundation/crypto/verify-jdk -am -DskipTests package
    mkdir -p "$lib"
    cp process/keyd/target/lib/*.jar process/keyd/target/mvm-keyd-*[0-9].jar "$lib/"
    compile_bench keyd "$BENCH/classes"
    printf '%s\n' "$JAVA_HOME/bin/java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -cp "$BENCH_CLASSES" >"$BENCH/java"
    {
        printf '%s\n' "$JAVA_HOME/bin/java"
        unit_options keyd/units/mvm-keyd.service
        printf '%s\n' --enable-native-access=dev.mvm.linux -p "$lib" -m dev.mvm.keyd/dev.mvm.keyd.Main
    } >"$BENCH/keyd"
}

# unit_options FILE: the options that a packaged unit gives its JVM, one a line.
unit_options() {
    sed -n '/^ExecStart=/,/[^\\]$/p' "packaging/debian/$1" | tr ' ' '\n' | grep '^-X'
}

measure_keyd() {
    local keyd
    mapfile -t BENCH_JAVA <"$BENCH/java"
    mapfile -t keyd <"$BENCH/keyd"
    mkdir -m 0700 "$BENCH/work"
    "${BENCH_JAVA[@]}" KeydBench "$BENCH/work" "${keyd[@]}" >"$BENCH/figures"
}

bench_keys() {
    say "mvm: measuring what keys cost a wake"
    need_build_tools libssl3t64
    begin_bench
    step "building hostd" prepare_keys
    step "waking in two ways, half a minute" measure_keys
}

# With the options that hostd's unit has, and without its cache, which has none of these classes.
prepare_keys() {
    mvn_here -pl process/hostd/daemon -am -DskipTests package
    compile_bench keys "$BENCH/classes"
    {
        printf '%s\n' "$JAVA_HOME/bin/java"
        unit_options node/units/mvm-hostd.service
        printf '%s\n' --enable-native-access=ALL-UNNAMED -cp "$BENCH_CLASSES"
    } >"$BENCH/java"
}

measure_keys() {
    mapfile -t BENCH_JAVA <"$BENCH/java"
    mkdir -m 0700 "$BENCH/work"
    "${BENCH_JAVA[@]}" KeysBench measure "$BENCH/work" "${BENCH_JAVA[@]}" >"$BENCH/figures"
}

bench_trust() {
    say "mvm: measuring how long a node takes to believe its state"
    need_build_tools libssl3t64
    begin_bench
    step "building what verifies" prepare_signing
    step "verifying the largest state, half a minute" measure_trust
}

measure_trust() {
    mapfile -t BENCH_JAVA <"$BENCH/java"
    mkdir -p "$BENCH/documents"
    "${BENCH_JAVA[@]}" TrustBench make "$BENCH/documents"
    "${BENCH_JAVA[@]}" TrustBench measure "$BENCH/documents" "${BENCH_JAVA[@]}" >"$BENCH/figures"
}

# The agent's own jars, and what is compiled here against them.
prepare_agent() {
    mvn_here -pl process/agentd -am -DskipTests package
    compile_bench agent "$BENCH/classes"
    printf '%s\n' "$JAVA_HOME/bin/java" -Xmx3g -XX:+UseSerialGC -cp "$BENCH_CLASSES" >"$BENCH/java"
}

bench_plan() {
    say "mvm: measuring the planner"
    need_build_tools
    begin_bench
    step "building the agent" prepare_agent
    step "planning for a million instances, half a minute" measure_plan
}

measure_plan() {
    mapfile -t BENCH_JAVA <"$BENCH/java"
    "${BENCH_JAVA[@]}" PlanBench >"$BENCH/figures"
}

bench_policy() {
    say "mvm: measuring what rest saves, and what it costs"
    need_build_tools
    begin_bench
    step "building the agent" prepare_agent
    step "living through a week, some seconds" measure_policy
    cat "$BENCH/chart"
}

measure_policy() {
    mapfile -t BENCH_JAVA <"$BENCH/java"
    "${BENCH_JAVA[@]}" PolicyBench "$BENCH/chart" >"$BENCH/figures"
}

bench_seal() {
    say "mvm: measuring how snapshots are sealed and opened"
    need_build_tools libssl-dev age
    begin_bench
    step "building what seals and opens" prepare_seal
    step "sealing and opening, about three minutes" measure_seal
}

# With the options that a sealer's JVM has, and without its cache, which has none of these classes.
prepare_seal() {
    make -C tools/bench OUT="$BENCH/bin" seal
    mvn_here -pl process/sealer/daemon,protocol/snapshot -am -DskipTests package
    compile_bench seal "$BENCH/classes"
    {
        printf '%s\n' "$JAVA_HOME/bin/java"
        sealer_arguments | sed -n 's/^arg = \(-X\)/\1/p' | grep -v '^-XX:AOTCache='
        printf '%s\n' --enable-native-access=ALL-UNNAMED -cp "$BENCH_CLASSES"
    } >"$BENCH/java"
}

# In memory, so that no disk is measured: about 2 GiB of it.
measure_seal() {
    local memory
    mapfile -t BENCH_JAVA <"$BENCH/java"
    [ "$(stat -f -c %T /dev/shm)" = tmpfs ]
    memory=$(mktemp -d /dev/shm/mvm-bench.XXXXXX)
    # shellcheck disable=SC2064 # its name is known now
    trap "rm -rf '$memory'" EXIT
    age-keygen -o "$memory/age.key"
    "${BENCH_JAVA[@]}" SealBench measure "$memory" "$BENCH/bin/libbench-seal.so" "${BENCH_JAVA[@]}" >"$BENCH/figures"
}

bench_wake() {
    say "mvm: measuring how guests wake"
    [ "$(id -u)" -eq 0 ] || die "./dev bench wake mounts a file system and takes page faults of the kernel's: it has to be root"
    need_build_tools libssl3t64
    begin_bench
    step "building what opens and what wakes" prepare_wake
    step "waking, about three minutes" measure_wake
}

# The sealer is started as a fleet starts it, with a cache of its classes.
prepare_wake() {
    local RUN=$BENCH/run
    make -C tools/bench OUT="$BENCH/bin" wake
    mvn_here -pl process/sealer/daemon -am -DskipTests package
    install_jars sealer
    train_once sealer
    compile_bench wake "$BENCH/classes"
    sealer_arguments | sed -n 's/^\(exec\|arg\) = //p' >"$BENCH/sealer"
}

# In memory, as measure_seal, and about 3 GiB of it. It comes before what else runs, as bench-rpc does: sched(7), autogroup.
measure_wake() {
    local memory sealer
    mapfile -t sealer <"$BENCH/sealer"
    [ "$(stat -f -c %T /dev/shm)" = tmpfs ]
    memory=$(mktemp -d /dev/shm/mvm-bench.XXXXXX)
    # shellcheck disable=SC2064 # its name is known now
    trap "rm -rf '$memory'" EXIT
    # shellcheck disable=SC2016 # another shell's
    nice -n -20 setsid --wait setpriv --pdeathsig TERM sh -c 'echo -20 >/proc/self/autogroup; exec "$@"' sh \
        "$JAVA_HOME/bin/java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -cp "$BENCH/run/lib/sealer/*:$BENCH/classes" \
        WakeBench measure "$memory" "$BENCH/bin/bench-wake" "${sealer[@]}" >"$BENCH/figures"
}

# In the node machine, by the packages' own launcher: hostd's place is taken by what measures.
bench_launch() {
    say "mvm: measuring launches"
    # shellcheck disable=SC2086 # lists of words
    need_build_tools $PACKAGES_RUN
    begin_bench
    step "building what asks for launches" make -C tools/bench OUT="$BENCH/bin" launch
    with_node_lock build_booted
    with_node_lock build_ready
    step "launching in the node machine, a minute or two" measure_launch
}

measure_launch() {
    tar -C "$BENCH/bin" -c bench-launch | node run "$NODE_DIR/ready" "$(
        cat <<'EOF_MACHINE'
set -e
cd /root && tar -x
cp /opt/mvm-test/vmm/jailer /opt/mvm-test/vmm/firecracker /usr/lib/mvm/
touch /etc/mvm/hostd.conf
mkdir -p '/etc/systemd/system/mvm-launch@.service.d' /var/lib/mvm-hostd
printf '[Service]\nEnvironment=MVM_PEER=0::/system.slice/bench-launch.service\n' >'/etc/systemd/system/mvm-launch@.service.d/bench.conf'
systemctl daemon-reload
systemctl start mvm-launch.socket
systemd-run -q --wait --pipe --unit=bench-launch /root/bench-launch
EOF_MACHINE
    )" >"$BENCH/figures"
}

# A fleet of its own, with a microVM that has nothing to do either.
bench_idle() {
    say "mvm: measuring the memory of daemons that have nothing to do"
    # shellcheck disable=SC2086 # lists of words
    need_build_tools $PACKAGES_RUN
    begin_bench
    trap 'idle_fleet down >/dev/null 2>&1' EXIT
    step "starting a fleet" idle_fleet up
    step "leaving it alone, half a minute" measure_idle
    step "stopping it" idle_fleet down
    trap - EXIT
}

idle_fleet() {
    MVM_DEV_STATE=$BENCH/state "$ROOT/dev" "$1" 9>&-
}

measure_idle() {
    local daemon pid
    sleep 30 # what a start needs is given back after ten seconds at the latest
    for daemon in agentd hostd coordinator; do
        pid=$(sed -n "s/.*\"name\":\"$daemon\",\"pid\":\([0-9]*\),.*/\1/p" "$BENCH/state/fleet/status")
        awk -v name="$daemon" '/^Rss:/ {printf "idle.%s.mib %.1f resident, beside one microVM\n", name, $2 / 1024}' \
            "/proc/$pid/smaps_rollup"
    done >"$BENCH/figures"
}

bench_rpc() {
    say "mvm: measuring hostd and the mvm command"
    # shellcheck disable=SC2086 # lists of words
    need_build_tools $PACKAGES_RUN
    build
    begin_bench
    step "making daemons to compare" prepare_bench
    step "calling and starting them, about a minute" measure_rpc
}

# Each has its command line in a file, one argument a line.
prepare_bench() {
    make -C tools/bench OUT="$BENCH/bin" all
    scratch_hostd "$BENCH/hostd"
    prepare_empty
    prepare_mvm
}

# With the options that hostd's JVM has, and a cache if hostd has one.
prepare_empty() {
    local empty=$BENCH/empty
    mkdir -p "$empty/classes"
    "$JAVA_HOME/bin/javac" -Xlint:all -Werror -d "$empty/classes" tools/bench/EmptyDaemon.java
    "$JAVA_HOME/bin/jar" --create --file "$empty/empty.jar" -C "$empty/classes" .
    prepare_least empty
    prepare_least linked linked
}

# prepare_least NAME ARGUMENT...: the command line of an empty daemon, in empty/NAME, with a cache if hostd has one.
prepare_least() {
    local name=$1 hostd=$BENCH/hostd/command-line empty=$BENCH/empty
    shift
    {
        head -n 1 "$hostd"
        grep '^-X' "$hostd" | grep -v '^-XX:AOTCache='
        printf '%s\n' --enable-native-access=ALL-UNNAMED -cp "$empty/empty.jar" EmptyDaemon "$@"
    } >"$empty/bare"
    if grep -q '^-XX:AOTCache=' "$hostd"; then
        jvm_options "$empty/bare" "-XX:AOTCacheOutput=$empty/$name.aot" >"$empty/training"
        (cd "$BENCH" && bin/bench-rpc serve empty/training)
        [ -e "$empty/$name.aot" ]
        jvm_options "$empty/bare" "-XX:AOTCache=$empty/$name.aot" >"$empty/$name"
    else
        cp "$empty/bare" "$empty/$name"
    fi
}

# The command as the build has made it, with the cache that the build has made for it.
prepare_mvm() {
    local run=$BENCH/mvm/.dev/run
    mkdir -p "$run"
    cp -p mvm "$BENCH/mvm/mvm"
    cp "$RUN/java" "$RUN/cli.options" "$RUN/cli.aot" "$run/"
    printf '%s\n' "$BENCH/mvm/mvm" --version >"$BENCH/mvm/command-line"
}

# Everything in hostd's environment.
measure_rpc() {
    local environment
    mapfile -t environment <"$BENCH/hostd/environment"
    (cd "$BENCH" && env "${environment[@]}" bin/bench-rpc measure hostd/command-line empty/empty empty/linked mvm/command-line) >"$BENCH/figures"
    remove_state "$BENCH/hostd"
}

# bench_figures NAME table|json|document [FILE]: what was measured beside its goal; status 1 if one is missed, or a figure is missing.
bench_figures() {
    bench_goals "$1" | awk -v format="$2" '
        NR == FNR { value[$1] = $2; words[$1] = $0; sub(/^[^ ]+ [^ ]+ ?/, "", words[$1]); next }
        !($1 in value) { missed = 1; next }
        {
            wanted = $2 != "-"
            good = !wanted || ($3 == "lower" ? value[$1] + 0 <= $2 + 0 : value[$1] + 0 >= $2 + 0)
            missed = missed || !good
            if (format == "document")
                printf "| `%s` | %s | %s | %s | %s |\n", $1, value[$1],
                    wanted ? ($3 == "lower" ? "at most " : "at least ") $2 : "-", wanted ? (good ? "met" : "**missed**") : "", words[$1]
            else if (format == "json")
                printf "{\"figure\":\"%s\",\"value\":%s,\"goal\":%s,\"better\":\"%s\",\"unit\":\"%s\"}\n",
                    $1, value[$1], wanted ? $2 : "null", $3, $4
            else
                printf "  %-26s %8s  %-14s %-7s %s\n", $1, value[$1],
                    wanted ? "goal " ($3 == "lower" ? "<= " : ">= ") $2 : "", wanted ? (good ? "met" : "MISSED") : "", words[$1]
        }
        END { exit missed }' "${3:-$BENCH/figures}" -
}
