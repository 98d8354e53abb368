# TAP to lines of results: RESULT<tab>NAME<tab>REASON. A stream without its plan is one failure more.
function result(word, name, reason) { print word "\t" suite ": " name "\t" reason }
/^(not )?ok/ {
    bad = /^not /
    name = $0
    sub(/^(not )?ok */, "", name)
    sub(/^[0-9]+ */, "", name)
    sub(/^- /, "", name)
    reason = ""
    if (match(name, / # SKIP */)) {
        reason = substr(name, RSTART + RLENGTH)
        name = substr(name, 1, RSTART - 1)
    }
    result(bad ? "failed" : reason == "" ? "passed" : "skipped", name, reason)
    seen++
}
/^1\.\./ { plan = substr($0, 4) }
/^Bail out!/ { result("failed", "came to its end", $0) }
END {
    if (suite != "documents" && plan != seen) {
        result("failed", "came to its end", "a plan of '" plan "' and " seen " results")
    }
}
