# A repository of two modules with tests and one without; of the second one nothing was tested.
tree=$DEV/tree
mkdir -p "$tree"/{first,second}/src/test/java "$tree"/{plain/src/main/java,first/target/surefire-reports,tools} "$DEV/check"
cp -r tools/dev.d "$tree/tools/"
touch "$tree"/{first/src/test/java/OneTest.java,second/src/test/java/TwoTest.java,plain/src/main/java/None.java}
git -C "$tree" init -q
cat >"$tree/first/target/surefire-reports/TEST-OneTest.xml" <<'EOF'
<testsuite name="OneTest">
  <testcase name="works" classname="OneTest" time="0.1"/>
  <testcase name="breaks" classname="OneTest" time="0.1"><failure message="wanted 1"/></testcase>
</testsuite>
EOF
# told: the results as the summary counts them.
told() { (cd "$tree" && REPORTS=$DEV/check && results); }
tab=$(printf '\t')
matches "a test that passed" "^passed${tab}OneTest.works$tab$" "$(told)"
matches "a test that failed" "^failed${tab}OneTest.breaks${tab}wanted 1$" "$(told)"
matches "a module that was left out counts as failed, by its name" "^failed${tab}second: its tests${tab}left out: " "$(told)"
equal "a module without tests is not missed" "" "$(told | grep plain || true)"
equal "so there are three results" 3 "$(told | wc -l)"

mkdir -p "$tree/first/target/surefire-reports-x" "$tree/second/target/surefire-reports"
sed 's/<failure.*failure>//' "$tree/first/target/surefire-reports/TEST-OneTest.xml" >"$tree/second/target/surefire-reports/TEST-TwoTest.xml"
equal "a module that was tested is left out no more" "" "$(told | grep 'left out' || true)"
cp "$tree/first/target/surefire-reports/"*.xml "$tree/first/target/surefire-reports-x/"
again() { (cd "$tree" && tested_modules | java_results surefire-reports-x " under another JDK"); }
matches "a test under another JDK has a name of its own" "^passed${tab}OneTest.works under another JDK$tab$" "$(again)"
matches "what was left out there counts, too" "^failed${tab}second: its tests under another JDK${tab}left out: " "$(again)"

# suites of the node machine, one of which only --long runs
mkdir -p "$tree/verify/machine/suites"
printf '#!/bin/bash\n# from: fleet\n' >"$tree/verify/machine/suites/10-short"
printf '#!/bin/bash\n# from: older\n# long\n' >"$tree/verify/machine/suites/20-lasting"
mkdir -p "$tree/verify/scenarios"/{short,lasting}
cp verify/scenarios/suites "$tree/verify/scenarios/"
printf 'start_fleet\n' >"$tree/verify/scenarios/short/01-up.sh"
printf '# long\nstart_fleet\n' >"$tree/verify/scenarios/lasting/01-up.sh"
touch "$tree/verify/scenarios/lasting/02-last.sh"
suites() { (cd "$tree" && node_suites "$@" | paste -s -d ,); }
equal "all suites" 10-short,20-lasting "$(suites "")"
equal "those of the check" 10-short "$(suites "" check)"
equal "those of --long alone" 20-lasting "$(suites "" long)"
equal "those with a word in their names" 20-lasting "$(suites last)"
equal "the machines that they begin from" fleet,older "$(cd "$tree" && begin_from 10-short 20-lasting | paste -s -d ,)"
matches "what only --long runs is deferred" "^deferred${tab}node-20-lasting: its tests${tab}" "$(told)"
equal "what the check runs is not" "" "$(told | grep 10-short || true)"
equal "scenarios of the check" short "$("$tree/verify/scenarios/suites" check)"
equal "scenarios of --long alone" lasting "$("$tree/verify/scenarios/suites" long)"
equal "all scenarios" "lasting short" "$("$tree/verify/scenarios/suites" | paste -s -d ' ')"
matches "each step of a scenario that only --long runs is deferred" "^deferred${tab}scenarios: lasting/01-up: its tests${tab}" "$(told)"
matches "and its next step" "^deferred${tab}scenarios: lasting/02-last: its tests${tab}" "$(told)"
equal "with --long nothing is deferred" "" "$(LONG=yes told | grep deferred || true)"
printf 'ok 1 - it lasts\n1..1\n' >"$DEV/check/node-20-lasting.tap"
equal "nor what has been run" "" "$(told | grep 'deferred.*node-' || true)"
rm "$DEV/check/node-20-lasting.tap"
