# A check of parts that take no time.
REPORTS=$DEV/parts LOGS=$DEV/log PART=top
mkdir -p "$REPORTS" "$LOGS"
fails() { return 3; }
with_a_step() { step "a step within" true; }
goes_on_after_an_error() {
    false
    touch "$REPORTS/gone-on"
}
matches "a part that passes" '^  a part that passes +ok +[0-9]+ s$' "$(part "a part that passes" true)"
matches "a part that fails" '^  a part that fails +FAILED$' "$(part "a part that fails" fails)"
part "a part with an error" goes_on_after_an_error >/dev/null
check "the first error ends a part" test ! -e "$REPORTS/gone-on"
equal "those that fail are kept for the summary" "a part that fails a part with an error" "$(paste -s -d ' ' "$REPORTS/failed-parts")"
begin_aside one "one beside others" with_a_step
begin_aside two "another beside others" fails
end_aside one >"$DEV/one" # in this shell, whose children they are
end_aside two >"$DEV/two"
matches "what runs beside others is told when it is waited for" '^  one beside others +ok +[0-9]+ s$' "$(cat "$DEV/one")"
matches "so is what fails there" '^  another beside others +FAILED$' "$(cat "$DEV/two")"

step "a step" true >/dev/null
equal "each part and step has its seconds, what is within one has none" \
    "a part that passes,a part that fails,a part with an error,one beside others,another beside others,a step" \
    "$(cut -f 2 "$REPORTS/seconds" | paste -s -d ,)"
printf '7\tquick\n611\tslow\n12\tso so\n' >"$REPORTS/seconds"
echo 90 >"$REPORTS/node-one.seconds"
echo 300 >"$REPORTS/node-two.seconds"
equal "they are told at the end, the slowest first" "611 slow,12 so so,7 quick,300 node-two,90 node-one" \
    "$(tell_seconds | grep -E '^ +[0-9]' | sed 's/^ *//; s/  */ /g' | paste -s -d ,)"
unset PART
REPORTS=$DEV/check
