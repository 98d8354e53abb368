# An image of a directory, from the operator's machine to a guest: its program runs behind verity, as its user, with its environment.
images=$SUITE_DIR/images
tree=$images/tree
export MVM_IMAGES=$images/store
spool=$MVM_DEV_STATE/spool
mkdir -p "$tree/bin" "$tree/etc"
cp /usr/bin/busybox "$tree/bin/busybox"
for name in sh cat id sleep env touch grep; do ln -s busybox "$tree/bin/$name"; done
printf 'root:x:0:0::/:/bin/sh\nweb:x:1000:1000::/:/bin/sh\n' >"$tree/etc/passwd"
printf 'root:x:0:\nweb:x:1000:\n' >"$tree/etc/group"
echo "of the image" >"$tree/etc/motd"
mkdir -m 1777 "$tree/tmp"

# shellcheck disable=SC2016 # for the image's shell
check "a directory becomes an image" mvm image import --name app --user web --env GREETING=hello \
    --entrypoint /bin/sh "tree:$tree" -- -c 'echo "$GREETING" >/tmp/greeting; echo "$GREETING to its log"; printf "\033[2Jclear\n" >&2; while :; do sleep 1; done'
digest() { sed -n "s/^$1 //p" "$REPOSITORY/.dev/image/digests"; }
runtime=$REPOSITORY/.dev/native/init/runtime-volume.cpio
hash_of() { sha256sum "$1" | cut -d ' ' -f 1; }
check "that is in a revision" mvm revision make "$images/app.json" --image app --kernel "$(digest kernel)" \
    --initramfs "sha256:$(hash_of "$runtime")"
# offer FILE: as an agent fetches what its node is to boot
offer() { as_fleet install -m 0444 "$1" "$spool/$(hash_of "$1")"; }
offer "$images/app.json"
offer "$MVM_IMAGES/sha256/$(mvm image info app --json | sed -n '/"image"/,/}/s/.*"sha256" : "\([0-9a-f]*\)".*/\1/p')"

net=$(mvm tenant create images --json | sed -n 's/.*"net_id" *: *\([0-9]*\).*/\1/p')
# grant_images VERSION REVISION
grant_images() {
    mvm grant init images "$images/grant-$1.json" --grant-version "$1" --net "$net" --pool app --revision "$2" --mem 128 --max 4 \
        --flag exec --flag logs --sealed-key disk:volume --sealed-key snap:snapshot --keys-to-node n-dev &&
        mvm grant sign "$images/grant-$1.json" --key "$MVM_DEV_STATE/trust/grant.key" &&
        mvm grant publish "$images/grant-$1.json.dsse"
}
check "its grant names the revision" grant_images 1 "$images/app.json"
check "an instance is wanted" mvm pool scale images/app --running 1
address() { mvm instance list images/app | cut -d ' ' -f 1 | head -n 1; }
is_listed() { mvm instance list images/app | grep -q "$1"; }
within "it runs and is healthy" is_listed ' Running .* healthy$'
app=$(address)
in_app() { mvm instance exec -n "$app" -- "$@"; }
equal "its root is the image" "of the image" "$(in_app cat /etc/motd)"
matches "the image's program is its process 1" 'while :; do sleep 1; done' "$(in_app cat /proc/1/cmdline | tr '\0' ' ')"
equal "as the image's user" "1000 1000" "$(in_app sh -c "grep -E '^(Uid|Gid)' /proc/1/status" | cut -f 2 | paste -s -d ' ')"
equal "with its environment" hello "$(in_app cat /tmp/greeting)"
matches "the image is read-only below" '^overlay / overlay .*lowerdir=' "$(in_app cat /proc/mounts)"
check "its files can be changed, in memory" in_app touch /etc/new
equal "the host name is the instance's" "${app##*/}" "$(in_app cat /etc/hostname)"
has_logged() { mvm instance logs "$app" 2>/dev/null | grep -qxF "$1"; }
within "what it prints is in its log" has_logged "hello to its log"
check "what would clear a terminal is shown" has_logged '\x1b[2Jclear'
check "nothing is wrong" mvm doctor

# asleep and awake with the same disk
# its tenant's keys come after its first start
within "it sleeps" mvm instance sleep "$app"
within "it is asleep" is_listed ' Sleeping '
check "it wakes" mvm instance wake "$app"
within "it runs again" is_listed ' Running .* healthy$'
check "with what was in its memory" in_app cat /etc/new
equal "and reads its image" "of the image" "$(in_app cat /etc/motd)"
