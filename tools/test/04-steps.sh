# A repository with a folder of steps and its list.
tree=$DEV/steps
mkdir -p "$tree/verify/suite"
git -C "$tree" init -q
touch "$tree/verify/suite/"{01-up.sh,02-down.sh,teardown.sh}
printf '| step | shows |\n|---|---|\n| 01-up | it starts |\n| 02-down | it ends |\n' >"$tree/verify/suite/README.md"
told() { (cd "$tree" && compare_steps); }
equal "a list of all steps is right" "" "$(told)"
check "and the status says so" told
touch "$tree/verify/suite/03-more.sh"
equal "a step that is not listed" "verify/suite/README.md does not list 03-more" "$(told)"
if told >/dev/null; then fail "has a status"; else pass "has a status"; fi
printf '| 03-more | more |\n| 04-gone | nothing |\n' >>"$tree/verify/suite/README.md"
equal "a step that is listed and not there" "verify/suite/README.md lists 04-gone, which is not there" "$(told)"
rm "$tree/verify/suite/README.md"
equal "without a list every step is missing" 3 "$(told 2>&1 | grep -c 'does not list')"

mkdir -p "$tree/verify/machine/suites"
printf '# long\n' >"$tree/verify/machine/suites/10-lasting"
printf '# early\n' >"$tree/verify/machine/suites/20-early"
suites() { (cd "$tree" && compare_suites); }
printf '| 10-lasting | long | x |\n| 20-early | check | y |\n' >"$tree/verify/machine/suites/README.md"
equal "a list of suites that says which check runs each" "" "$(suites)"
printf '| 10-lasting | check | x |\n| 20-early | check | y |\n' >"$tree/verify/machine/suites/README.md"
equal "one that says otherwise is told" "verify/machine/suites/README.md does not say 'long' of 10-lasting" "$(suites)"
