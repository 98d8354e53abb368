# claim: T4
# Operators take a pool away by a grant that does not name it, and give it back.
# of_pool FILE VERSION POOL: a grant of that pool alone, signed
of_pool() {
    mvm grant init demo "$1" --grant-version "$2" --net 0 --pool "$3" --revision "$grants/revision.json" --mem 128 --flag exec --sealed-key disk:volume \
        --sealed-key snap:snapshot --keys-to-node n-dev && mvm grant sign "$1" --key "$trust/grant.key"
}
is_listed() { mvm instance list demo/web | grep -q "^$INSTANCE .*$1"; }
within "the instance runs" is_listed ' Running .* healthy$'
check "a grant that names another pool in its place" of_pool "$work/fewer.json" $((version + 3)) batch
check "it is published" mvm grant publish "$work/fewer.json.dsse"
within "the instance is stopped, and still there" is_listed ' Stopped '
refused "nobody can want one of that pool" 1 unknown_pool mvm pool scale demo/web --running 1
refused "nobody can start it, either" 1 not_in_state mvm instance start "$INSTANCE"
check "that is nothing wrong" mvm doctor
check "a grant that names the pool again" of_pool "$work/more.json" $((version + 4)) web
check "that is published" mvm grant publish "$work/more.json.dsse"
check "the pool is to have an instance" mvm pool scale demo/web --running 1
within "the same one runs" is_listed ' Running .* healthy$'
