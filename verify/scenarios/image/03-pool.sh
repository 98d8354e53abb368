# One command makes a second pool of the image, with the key for grants and the spool that the settings of dev mode name.
two() { mvm instance list images/two; }
is_two() { two | grep -q "$1"; }
said=$(mvm pool create images/two --image app --mem 128M --max 2 --flag exec)
equal "one command makes a pool of the image" 0 $?
matches "it says what the grant changes" '^[+] pool two: ' "$(grep two: <<<"$said")"
matches "that it signs" '^signed by .*dev mode$' "$(grep signed <<<"$said")"
within "its instance runs and is healthy" is_two ' Running .* healthy$'
in_two() { mvm instance exec -n "$(two | cut -d ' ' -f 1)" -- "$@"; }
equal "its root is the image" "of the image" "$(in_two cat /etc/motd)"
equal "with the image's environment" hello "$(in_two cat /tmp/greeting)"
check "the first pool's instance goes on" in_app cat /etc/new
equal "both pools boot one revision" 1 "$(for pool in app two; do mvm pool info "images/$pool" | grep ^revision; done | sort -u | wc -l)"

# what an operator without the key at hand is told, and what such a key does not continue
elsewhere=$images/elsewhere.conf
grep -vE '^(grant-key|spool) ' "$MVM_CONFIG" >"$elsewhere"
mkdir "$images/out"
without_key() { MVM_CONFIG=$elsewhere mvm pool create "$@" --image app --out "$images/out"; }
matches "without the key the next commands are told" 'mvm grant publish .*images-grant-3.json.dsse' "$(without_key images/three | tr '\n' ' ')"
refused "the pool is not there" 1 "no such pool" mvm pool info images/three
check "the operators sign that" mvm grant sign "$images/out/images-grant-3.json" --key "$MVM_DEV_STATE/trust/grant.key"
check "it is published" mvm grant publish "$images/out/images-grant-3.json.dsse"
check "and the pool wants an instance" mvm pool scale images/three --running 1
is_three() { mvm instance list images/three | grep -q "$1"; }
within "which runs" is_three ' Running .* healthy$'
check "others make keys" mvm trust init --dir "$images/others"
sed "s#^grant-key .*#grant-key = $images/others/grant.key#" "$MVM_CONFIG" >"$elsewhere"
refused "a key that has not signed the grant in force" 1 "has not signed the grant of images" without_key images/four

refused "a volume without a place in the image" 1 "import it with --volume DIR" mvm pool create images/data --image app --disk 1G
check "an image says where its volume is" mvm image import --name kept --volume /var/kept --entrypoint /bin/sh "tree:$tree" -- -c 'sleep 1'
matches "which its config has" '^volume  */var/kept$' "$(mvm image info kept | grep ^volume)"
check "nothing is wrong" mvm doctor
