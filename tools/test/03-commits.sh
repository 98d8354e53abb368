# A repository with an origin, and commits that it does not have.
origin=$DEV/origin clone=$DEV/clone
commit() { # FOLDER SUBJECT
    git -C "$1" -c user.name=Ada -c user.email=ada@example.org -c commit.gpgSign=false commit -q --allow-empty -m "$2"
}
told() { (cd "$clone" && dev_commits "$@"); }
git init -q -b main "$origin"
commit "$origin" "A subject of another time, which nobody can change"
git clone -q "$origin" "$clone"

equal "without new commits nothing is wrong" "0 subjects in @{upstream}..HEAD, 0 wrong" "$(told)"
commit "$clone" "check: print how long each part took"
commit "$clone" "docs, dev: name the field's own words"
equal "new commits with an area and an imperative are right" "2 subjects in @{upstream}..HEAD, 0 wrong" "$(told)"
check "and the status says so" told

complaint() { subject_complaint "$1"; }
equal "a verb that ends like a participle" "" "$(complaint "hostd: feed the agent's words into one table")"
equal "a verb that ends like a plural" "" "$(complaint "hostd: pass the descriptor on")"
equal "as many characters as are allowed" "" "$(complaint "check: $(printf 'say %061d' 0)")"
equal "characters are counted, not bytes" "" "$(complaint "check: $(printf 'say %060d' 0)é")"
matches "one character more" 'more than 72' "$(complaint "check: $(printf 'say %062d' 0)")"
for subject in "What is off the heap, said exactly" "check it all" "Check: print it" "check:print it" "check: print" "fixup! check: print it" \
    "Merge branch 'main' of elsewhere"; do
    matches "refused: $subject" "it is not 'area: imperative" "$(complaint "$subject")"
done
for subject in "check: printed the parts" "check: printing the parts" "check: prints the parts" "check: the parts are printed" \
    "check: what each part took" "check: Print the parts" "check: no parts"; do
    matches "refused: $subject" "is not a verb in the imperative" "$(complaint "$subject")"
done

commit "$clone" "Prints the parts"
matches "a wrong one is told with its subject" "^[0-9a-f]+ Prints the parts: it is not 'area: imperative" "$(told)"
if told >/dev/null; then fail "a wrong one has a status"; else pass "a wrong one has a status"; fi
matches "of a range, only that is looked at" '^2 subjects in @\{upstream\}\.\.HEAD~1, 0 ' "$(told '@{upstream}..HEAD~1')"
matches "a range that is not there is told" '^dev: git knows no commits nothing\.\.HEAD' "$( (told nothing..HEAD) 2>&1)"

git -C "$clone" remote remove origin
git -C "$clone" branch -q --unset-upstream 2>/dev/null
mkdir -p "$clone/${COMMITS_RULE%/*}"
touch "$clone/$COMMITS_RULE"
git -C "$clone" add "$COMMITS_RULE"
commit "$clone" "check: look at subjects"
commit "$clone" "check: look at them again"
matches "without an origin, those since there is a rule" '^1 subjects in [0-9a-f]+\.\.HEAD, 0 ' "$(told)"
