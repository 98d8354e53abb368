# A Surefire report to lines of results: RESULT<tab>NAME<tab>REASON. The variable suffix is added to each name.
function attribute(name,    found) {
    if (!match($0, " " name "=\"[^\"]*\"")) return ""
    found = substr($0, RSTART, RLENGTH)
    sub(/^[^"]*"/, "", found)
    sub(/"$/, "", found)
    gsub(/&#10;.*/, "", found)
    gsub(/&quot;/, "\"", found); gsub(/&apos;/, "'", found); gsub(/&lt;/, "<", found); gsub(/&gt;/, ">", found)
    gsub(/&amp;/, "\\&", found)
    return found
}
function flush() {
    if (name != "") print word "\t" name suffix "\t" reason
    name = ""
}
/<testcase / {
    flush()
    name = attribute("classname") "." attribute("name")
    word = "passed"
    reason = ""
}
/<skipped/ { word = "skipped"; reason = attribute("message") }
/<(failure|error)[ >]/ { word = "failed"; reason = attribute("message") }
END { flush() }
