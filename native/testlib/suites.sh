# Prints several test programs as one TAP stream. The script that sources this sets $log, the file for their stderr.

count=0
failed=0
: >"$log"

# suite NAME COMMAND...: prints a program's TAP, numbered on, with the suite's name before each test's.
suite() {
    local name=$1 line plan='' results
    shift
    echo "# $name"
    echo "== $name" >>"$log"
    results=$("$@" 2>>"$log")
    while IFS= read -r line; do
        case $line in
            "ok "* | "not ok "*)
                count=$((count + 1))
                [ "${line%%ok*}" != "not " ] || failed=$((failed + 1))
                echo "${line%%ok*}ok $count - $name: ${line#*- }"
                ;;
            1..*) plan=$line ;;
            "#"*) echo "$line" ;;
            "Bail out!"*) echo "# $line" ;;
        esac
    done <<<"$results"
    if [ -z "$plan" ]; then
        count=$((count + 1)) failed=$((failed + 1))
        echo "not ok $count - $name: came to its end"
        tail -5 "$log" | sed 's/^/# /'
    fi
}

skip() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

# end_suites EXPECTED...: prints lines of the log that do not begin like this, and the plan. Fails if a test has failed.
end_suites() {
    local expected=() line
    for line in "$@"; do
        expected+=(-e "^$line")
    done
    grep -v "${expected[@]}" "$log" | head -20 | sed 's/^/# log: /'
    echo "1..$count"
    [ $failed = 0 ]
}
