# Servers of Debian's packages: from a container image to answers inside the tenant's network. The images were made before, for this
# scenario has no network: packaging/example-images/build NAME .dev/example-images/NAME, or ./dev check --long.
servers=$SUITE_DIR/servers
export MVM_IMAGES=$servers/store
mkdir -p "$servers"
address() { mvm instance list "demo/$1" | cut -d ' ' -f 1 | head -n 1; }
ip() { mvm instance info "$(address "$1")" | sed -n 's/^ip  *//p'; }
is_listed() { mvm instance list "demo/$1" | grep -q "$2"; }
# in_guest POOL COMMAND...
in_guest() {
    local pool=$1
    shift
    mvm instance exec -n "$(address "$pool")" -- "$@"
}
# answer POOL: as another instance of the tenant gets it
answer() { in_guest busybox busybox wget -q -T 60 -O - "http://$(ip "$1")/"; }
answers() { [ "$(answer "$1")" = "$2" ]; }
serve() {
    local name=$1 words=$2
    check "an image of $name is imported" mvm image import "oci:$REPOSITORY/.dev/example-images/$name" --name "$name"
    check "a pool boots it" mvm pool create "demo/$name" --image "$name" --mem 192M --max 2 --flag exec
    within "its instance runs and is healthy" is_listed "$name" ' Running .* healthy$'
    within "$name answers another instance of the tenant" answers "$name" "$words"
}
serve busybox 'from busybox'
serve nginx 'from nginx'
serve python 'from Python'

# asleep and awake, with its connections' place
nginx=$(address nginx)
check "nginx sleeps" mvm instance sleep "$nginx"
within "it is asleep" is_listed nginx ' Sleeping '
check "it wakes" mvm instance wake "$nginx"
within "it answers again" answers nginx 'from nginx'

# each has its own stop signal, and ends by itself
for name in nginx python; do
    check "$name is stopped" mvm instance stop "$(address "$name")"
    within "it has stopped" is_listed "$name" ' Stopped '
done
check "nothing is wrong" mvm doctor
