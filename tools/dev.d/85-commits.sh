# Subjects of commits: `area: imperative`, at most 72 characters.

COMMITS_RULE=tools/dev.d/85-commits.sh
SUBJECT_LENGTH=72

# dev_commits [RANGE]: reads the subjects of the range, or of what origin does not have. Status 1 if one breaks the rule.
dev_commits() {
    local range=${1:-} commit subject complaint count=0 bad=0 commits
    [ -n "$range" ] || range=$(new_commits)
    commits=$(git log --format='%h %s' "$range" --) || die "git knows no commits $range"
    while read -r commit subject; do
        [ -n "$commit" ] || continue
        count=$((count + 1))
        complaint=$(subject_complaint "$subject")
        [ -n "$complaint" ] || continue
        bad=$((bad + 1))
        printf '%s %s: %s\n' "$commit" "$subject" "$complaint"
    done <<<"$commits"
    say "$count subjects in $range, $bad wrong"
    [ "$bad" -eq 0 ]
}

# new_commits: prints the range that origin does not have, whose subjects can still be changed. Without an origin, that of all commits since
# this rule was made.
new_commits() {
    local base
    for base in '@{upstream}' origin/HEAD origin/main origin/master; do
        if git rev-parse -q --verify "$base^{commit}" >/dev/null 2>&1; then
            printf '%s..HEAD\n' "$base"
            return
        fi
    done
    base=$(git log --diff-filter=A --format=%h -- "$COMMITS_RULE" | tail -n 1)
    if [ -n "$base" ]; then printf '%s..HEAD\n' "$base"; else printf 'HEAD\n'; fi
}

# subject_complaint SUBJECT: prints which part of the rule the subject breaks, nothing if it keeps the rule.
subject_complaint() {
    local subject=$1 word
    if ! [[ $subject =~ ^[a-z0-9][a-z0-9._/-]*(,\ [a-z0-9][a-z0-9._/-]*)*:\ [^\ ]+\ .+$ ]]; then
        printf "it is not 'area: imperative ...'"
        return
    fi
    word=${subject#*: }
    word=${word%% *}
    if ! imperative "$word"; then
        printf "'%s' is not a verb in the imperative" "$word"
    elif [ "$(printf %s "$subject" | LC_ALL=C.UTF-8 wc -m)" -gt $SUBJECT_LENGTH ]; then
        printf 'it has more than %d characters' $SUBJECT_LENGTH
    fi
}

# imperative WORD: succeeds if the word can be a verb in the imperative. It looks at the form of the word, for there is no dictionary here.
imperative() {
    case $1 in
        *[!a-z-]* | -* | *-) return 1 ;;
        a | an | the | this | that | these | those | it | its | no | not | all | each | every | any | some | new | old) return 1 ;;
        what | whether | who | whoever | how | where | when | why | which | if | is | are | was | were) return 1 ;;
        bring | fling | ring | sing | spring | sting | string | swing | wring) return 0 ;;
        bleed | breed | embed | exceed | feed | heed | need | proceed | seed | shed | shred | speed | succeed | weed) return 0 ;;
        alias | bias | bypass | canvas | focus) return 0 ;;
        *ing | *ed) return 1 ;;
        *ss) return 0 ;;
        *s) return 1 ;;
    esac
}
