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

# data outlives the instance's VM, where the image says
refused "a volume without a place in the image" 1 "import it with --volume DIR" mvm pool create images/data --image app --disk 1G
check "an image says where its volume is" mvm image import --name kept --user web --volume /var/kept --entrypoint /bin/sh "tree:$tree" -- \
    -c 'echo again >>/var/kept/starts; while :; do sleep 1; done'
check "a pool of it has a volume" mvm pool create images/data --image kept --mem 128M --disk 1G --max 2 --flag exec
is_data() { mvm instance list images/data | grep -q "$1"; }
within "its instance runs and is healthy" is_data ' Running .* healthy$'
data=$(mvm instance list images/data | cut -d ' ' -f 1)
starts() { mvm instance exec -n "$data" -- cat /var/kept/starts | grep -c again; }
equal "its program has written to the volume, as its user" 1 "$(starts)"
matches "which is a disk" '^/dev/vdb /var/kept ext4 rw,nosuid,nodev' "$(mvm instance exec -n "$data" -- cat /proc/mounts)"
check "it is stopped" mvm instance stop "$data"
check "and started" mvm instance start "$data"
within "it runs again" is_data ' Running .* healthy$'
equal "with what was on its volume" 2 "$(starts)"
check "nothing is wrong" mvm doctor
