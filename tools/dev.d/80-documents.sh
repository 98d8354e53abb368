# What documents say against what there is, and how much code runs as root.

# The whole of a process is what its folder holds beside its own jar; see the poms.
documents() {
    need_build_tools
    [ "${DOCUMENTS_BUILT:-}" = yes ] || java_is_built || step "building what compares" mvn_here -pl tools/documents -am -DskipTests package
    DOCUMENTS_BUILT=yes
    "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
        -cp "tools/documents/target/lib/*:$(ls tools/documents/target/mvm-documents-*.jar)" dev.mvm.documents.Main "$@"
}

dev_docs() {
    local status=0
    compare_steps || status=1
    compare_suites || status=1
    documents docs "$ROOT" "$@" || status=1
    exit $status
}

# compare_steps: prints each numbered file that the README beside it does not list, and each that is listed and not there. A list is a table
# whose first column has names without endings.
compare_steps() {
    local folder missing gone status=0
    for folder in $(numbered_files | sed 's|/[^/]*$||' | sort -u); do
        missing=$(comm -23 <(numbered_in "$folder") <(listed_in "$folder"))
        gone=$(comm -13 <(numbered_in "$folder") <(listed_in "$folder"))
        [ -z "$missing$gone" ] && continue
        status=1
        [ -z "$missing" ] || printf "$folder/README.md does not list %s\n" $missing
        [ -z "$gone" ] || printf "$folder/README.md lists %s, which is not there\n" $gone
    done
    return $status
}

numbered_files() {
    git ls-files -co --exclude-standard -- tools verify | grep -E '/[0-9][0-9]-[a-z0-9-]+([.]sh)?$' | while read -r file; do
        [ ! -e "$file" ] || printf '%s\n' "$file" # it may be deleted and not yet committed
    done
}
numbered_in() { numbered_files | sed -n "s|^$1/\([^/]*\)\$|\1|p" | sed 's/[.]sh$//' | LC_ALL=C sort; }
# compare_suites: prints each suite of the node machine of which the list says that another check runs it than does.
compare_suites() {
    local kind name status=0
    for kind in check long; do
        for name in $(node_suites "" $kind); do
            grep -q "^| $name | $kind |" verify/machine/suites/README.md && continue
            status=1
            say "verify/machine/suites/README.md does not say '$kind' of $name"
        done
    done
    return $status
}

listed_in() { sed -n 's/^| \([0-9][0-9]-[a-z0-9-]*\) |.*/\1/p' "$1/README.md" 2>/dev/null | LC_ALL=C sort; }

dev_claims() {
    [ -e "$REPORTS/results" ] || die "no test results: ./dev check makes them, and compares claims as well"
    documents claims "$ROOT" "$REPORTS/results" "$@" || exit 1
}

# The root process, by ADR 10 and 26: at most so many lines of ours that somebody has to read, and one jar of others. From
# TCB_WORK on there is a warning: who adds something says first what can go.
TCB_LINES=9000
TCB_WORK=8700
TCB_C_LINES=900 # of mvm-launch, by ADR 30
TCB_JARS=1
# netd is not root and has the network of the node, by ADR 37. What it shares with hostd counts there.
NETD_LINES=1500
NETD_OWN=(process/netd foundation/network protocol/netd)

dev_tcb() {
    local module artifact jar lines started volume all=0 sum=0 own=0 jars=0 status=0
    need_build_tools
    java_is_built || step "building the root process and netd" mvn_here -pl process/hostd/daemon,process/netd -am -DskipTests package
    printf '%-24s %8s %8s\n' "runs as root" lines "of code"
    for module in process/hostd/daemon $(modules | grep -vx process/hostd/daemon | LC_ALL=C sort); do
        artifact=$(sed -n '/<\/parent>/,$s/.*<artifactId>\(.*\)<\/artifactId>.*/\1/p' "$module/pom.xml" | head -n 1)
        [ "$module" = process/hostd/daemon ] || compgen -G "process/hostd/daemon/target/lib/$artifact-[0-9]*.jar" >/dev/null || continue
        tell_lines "$module"
        all=$((all + $(java_of "$module" | wc -l)))
        sum=$((sum + $(rules_and_java "$module" | lines_to_read)))
    done
    printf '%-24s %8d %8d   budget %d\n' "Java together" "$all" "$sum" "$TCB_LINES"
    for jar in $(others_of process/hostd/daemon); do
        jars=$((jars + 1))
        say "jar of others            $jar   budget $TCB_JARS"
    done
    say ""
    printf '%-24s %8s %8s\n' "netd's own" lines "of code"
    for module in "${NETD_OWN[@]}"; do
        tell_lines "$module"
        own=$((own + $(rules_and_java "$module" | lines_to_read)))
    done
    printf '%-24s %8s %8d   budget %d\n' "Java together" "" "$own" "$NETD_LINES"
    say ""
    lines=$(make -s -C native/launch sources | sed 's|^|native/launch/|' | xargs cat | c_lines_to_read)
    started=$(cat native/hostd-start/*.[ch] | c_lines_to_read)
    volume=$(cat native/volume/*.[ch] | c_lines_to_read)
    printf '%-24s %8s %8d   budget %d\n' "mvm-launch, C" "" "$lines" "$TCB_C_LINES"
    printf '%-24s %8s %8d   budget 60\n' "mvm-hostd-start, C" "" "$started"
    printf '%-24s %8s %8d   budget 500\n' "mvm-volume, C" "" "$volume"
    say ""
    tell_bounds "$sum" "$jars" "$started" "$lines" "$volume" "$own"
    [ "$sum" -le "$TCB_LINES" ] && [ "$jars" -le "$TCB_JARS" ] && [ "$lines" -le "$TCB_C_LINES" ] || status=1
    [ "$started" -le 60 ] && [ "$volume" -le 500 ] && [ "$own" -le "$NETD_LINES" ] || status=1
    [ "$sum" -le "$TCB_WORK" ] || say "warning: more than $TCB_WORK lines run as root; docs/adr/0026-what-the-budget-counts.md says what then"
    [ "$status" -eq 0 ] || say "more runs as root, or with the network of the node, than was agreed"
    return $status
}

# tell_lines MODULE: a row of what it has.
tell_lines() { printf '%-24s %8d %8d\n' "$1" "$(java_of "$1" | wc -l)" "$(rules_and_java "$1" | lines_to_read)"; }

# others_of PROCESS: the jars that are not ours, of those that it loads.
others_of() { find "$1/target/lib" -name '*.jar' ! -name 'mvm-*' -printf '%f\n' | LC_ALL=C sort; }

# tell_bounds HOSTD-LINES JARS START-LINES LAUNCH-LINES VOLUME-LINES NETD-LINES: what each program with a privilege may do, side by side.
tell_bounds() {
    local units=packaging/debian/node/units calls=process/hostd/daemon/src/main/resources/dev/mvm/hostd/syscalls row='%-17s %6s %5s %13s %7s  %s\n'
    local calls_of_netd=process/netd/src/main/resources/dev/mvm/netd/syscalls
    # shellcheck disable=SC2059 # the form of each row
    {
        printf "$row" "program" lines jars "system calls" ioctls capabilities
        printf "$row" mvm-hostd-start "$3" - "its unit's" - "$(capabilities_of $units/mvm-hostd.service)"
        printf "$row" mvm-hostd "$1" "$2" "$(calls_of $calls)" "$(ioctls_of $calls)" "$(capabilities_of $units/mvm-hostd.service)"
        printf "$row" "mvm-netd, no root" "$6" "$(others_of process/netd | wc -l)" "$(calls_of $calls_of_netd)" "$(ioctls_of $calls_of_netd)" \
            "$(capabilities_of $units/mvm-netd@.service)"
        printf "$row" mvm-launch "$4" - "$(named_in native/launch/filter.c 'DENY\(SYS_') denied" any "$(capabilities_of $units/mvm-launch@.service)"
        printf "$row" mvm-volume "$5" - "$(named_in native/volume/filter.c 'ALLOW\([a-z]|UNLESS\(__NR_')" "$(ioctls_in native/volume/filter.c)" "$(capabilities_of $units/mvm-volume@.service)"
    }
}

# capabilities_of UNIT: those that its processes can have.
capabilities_of() { sed -n 's/^CapabilityBoundingSet=//p' "$1" | sed 's/CAP_//g' | grep . || echo none; }

# calls_of LIST: how many system calls a list of the form of SyscallFilter allows in hardened mode. A call that only gets another error is
# not allowed.
calls_of() { awk '!/^#|^$|^dev / && $2 != "ENOSYS" {print $1}' "$1" | sort -u | wc -l; }

# named_in FILTER EXPRESSION: how many system calls a filter in C names so: those that it allows, or refuses beyond its unit.
named_in() { sed '/^#define/d' "$1" | grep -oE "$2" | wc -l; }

# ioctls_in FILTER: how many requests of ioctl(2) a filter in C allows, which come last in it.
ioctls_in() { sed '1,/UNLESS(__NR_ioctl/{/UNLESS(__NR_ioctl/!d}' "$1" | grep -o 'ALLOW_VALUE(' | wc -l; }

# ioctls_of LIST: how many requests of ioctl(2) it allows.
ioctls_of() { awk '$1 == "ioctl" {n++; any = any || $2 !~ /^arg1/} END {print any ? "any" : n + 0}' "$1"; }

java_of() { find "$1/src/main/java" -name '*.java' -exec cat {} +; }

# rules_and_java MODULE: what somebody reads of it, rules of nft(8) with their comments spelt as in Java.
rules_and_java() {
    find "$1/src/main/java" -name '*.java' ! -name module-info.java -exec cat {} +
    find "$1/src/main" -name '*.nft' -exec sed 's|^[[:space:]]*#|//|' {} +
}

# Lines with something to read, counted in Java on standard input: no blank lines, comments, imports, package lines,
# nor lines of brackets or of annotations alone. Neither the formatter decides what fits, nor does a guard cost a line.
# LinesToReadTest holds it against examples.
lines_to_read() {
    local annotation='@[A-Za-z.]+(\([^()]*\))?[[:space:]]*'
    grep -vcE "^[[:space:]]*(//.*|/\*.*|\*.*|import .*|package .*|[][(){};,]*|($annotation)+(//.*)?)\$"
}

# The same of C on standard input, headers included: no blank lines, comments, #include lines, nor lines of brackets alone. A line that
# begins with a star counts, because it assigns: comments here begin with two slashes.
c_lines_to_read() { grep -vcE '^[[:space:]]*(//.*|#include .*|[][(){};,]*)$'; }
