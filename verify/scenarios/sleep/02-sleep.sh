# claim: S4 N7
# hostd's directory is looked at as the owner of this machine could.
SNAPSHOTS=$MVM_DEV_STATE/hostd/snapshots
# The secret is made in the guest, from what passes through the daemons, and they never see the secret itself.
SEED=$(head -c 12 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
CANARY=$(printf %s "$SEED" | sha256sum | cut -d ' ' -f 1)

exec_in() { mvm instance exec -n "$INSTANCE" -- "$@"; }
verb() { mvm instance "$1" "$INSTANCE" "${@:2}"; }
# keyed VERB OPTION...: asks again while the node has no keys yet, as after a start of hostd
keyed() {
    local said deadline=$((SECONDS + PATIENCE))
    until said=$(verb "$@" 2>&1); do
        if ! grep -q no_key_yet <<<"$said" || [ $SECONDS -ge $deadline ]; then
            printf '%s\n' "$said"
            return 1
        fi
        sleep "$AGAIN"
    done
}
state() { mvm instance list | awk -v a="$INSTANCE" '$1 == a {print $2}'; }
healthy() { mvm instance list | grep -qE "^$INSTANCE +Running .* healthy$"; }
address() { exec_in ip -4 -o addr show dev eth0 | awk '{print $4}'; }
count() { exec_in cat /tmp/counter 2>/dev/null; }
no_vmm() { ! pgrep -f "qemu-system-x86_64.*${INSTANCE##*/}"; }
figure() { mvm instance stats "$INSTANCE" --json | tr -d ' \n' | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }
# asleep_below BYTES: what the snapshot takes
asleep_below() { [ "$(as_fleet du -sb "$SNAPSHOTS" | cut -f 1)" -lt "$1" ]; }
# status 2 would be that grep could not read everything
has_canary() { as_fleet grep -rqaF -e "$CANARY" "$1"; }
has_no_canary() { has_canary "$1"; [ $? -eq 1 ]; }
vmm() { pgrep -f "qemu-system-x86_64.*${INSTANCE##*/}" | head -n 1; }
daemons() { pgrep -f "dev\.mvm\.[a-z]*\.Main.*" | while read -r pid; do grep -qz "$REPOSITORY" "/proc/$pid/cmdline" && echo "$pid"; done; }
# memory_has PID...: succeeds if the secret is in the memory of these
memory_has() { to_process "$1" "$REPOSITORY/verify/scenarios/memory-has" "$CANARY" "$@"; }
# no_memory_has_it: none of the daemons', anywhere in it; what cannot be read fails
no_memory_has_it() {
    local pids
    mapfile -t pids < <(daemons)
    [ ${#pids[@]} -ge 3 ] || return 1 # a guestd is there for as long as its tenant has a VM
    memory_has "${pids[@]}"
    [ $? -eq 1 ]
}

within "it is healthy" healthy
matches "it has never slept" 'has never slept$' "$(mvm instance stats "$INSTANCE")"
refused "wake when Running" 1 'wake is not possible while it is Running \(not_permitted_now\)' verb wake

# a program that has its count in memory alone, and a secret beside it
# shellcheck disable=SC2016 # for the guest's shell
check "a counter runs in the guest" exec_in setsid sh -c \
    '(n=1; while :; do echo $n >/tmp/counter.new; mv /tmp/counter.new /tmp/counter; n=$((n + 1)); sleep 0.1; done) >/dev/null 2>&1 </dev/null &'
check "so does a secret" exec_in sh -c "printf %s $SEED | sha256sum | cut -d ' ' -f 1 >/tmp/canary"
counts() { [ "$(count)" -gt 20 ]; }
within "it counts" counts
boot=$(exec_in cat /proc/sys/kernel/random/boot_id)
before_address=$(address)
before=$(count)

check "what looks through memory finds the secret in its VMM" memory_has "$(vmm)"
check "and in no daemon" no_memory_has_it
check "sleep" verb sleep
equal "it is Sleeping" Sleeping "$(state)"
within "no VMM is left" no_vmm
matches "the list says what it takes" "^$INSTANCE +Sleeping +[0-9.]+ +[0-9.]+ MiB on disk$" "$(mvm instance list)"
for part in manifest.snap.1 memory vmstate; do
    check "there is its $part" as_fleet test -s "$SNAPSHOTS/${INSTANCE##*/}.$part"
done
check "nobody else may read them" test -z "$(as_fleet find "$SNAPSHOTS" -perm /077)"
printf '%s\n' "$CANARY" >"$SUITE_DIR/canary"
check "what looks for the secret finds it where it is" has_canary "$SUITE_DIR/canary"
rm "$SUITE_DIR/canary"
check "the secret is in no file of its sleep" has_no_canary "$SNAPSHOTS"
check "nor in any other that the fleet writes: registries, audits, logs" has_no_canary "$MVM_DEV_STATE"
check "nor in any daemon's memory" no_memory_has_it
check "the snapshot is smaller than the memory" asleep_below $((128 << 20))
refused "sleep when Sleeping" 1 'sleep is not possible while it is Sleeping \(not_permitted_now\)' verb sleep
refused "exec when Sleeping" 1 'not_permitted_now' mvm instance exec "$INSTANCE" -- true
refused "start when Sleeping" 1 'start is not possible while it is Sleeping' verb start
killed=$(pid_of hostd)
check "hostd is killed" to_process "$killed" kill -9 "$killed"
is_asleep() { [ "$(state)" = Sleeping ]; }
within "it sleeps on" is_asleep
mkdir "$SUITE_DIR/asleep"
check "its record and its snapshot are copied" as_fleet cp -a "$SNAPSHOTS" "$MVM_DEV_STATE/hostd/registry" "$SUITE_DIR/asleep"
wakes() { [ "$(state)" = Running ] || verb wake; }

within "wake" wakes
equal "it runs" Running "$(state)"
within "a woken guest is healthy" healthy
equal "it is the same boot" "$boot" "$(exec_in cat /proc/sys/kernel/random/boot_id)"
equal "it has the same address" "$before_address" "$(address)"
after=$(count)
check "the counter is where it was, or further" test "$after" -ge "$before"
goes_on() { [ "$(count)" -gt "$after" ]; }
within "and goes on" goes_on
check "no daemon has seen the secret while it woke" no_memory_has_it
equal "the secret is there" "$CANARY" "$(exec_in cat /tmp/canary)"
first=$(figure epoch)
check "its sleep has a number" test "$first" -gt 0
equal "its memory is what was granted" $((128 << 20)) "$(figure memory_bytes)"
check "sealing took time" test "$(figure seal_millis)" -gt 0
check "so did waking" test "$(figure open_millis)" -gt 0
matches "stats are for people, too" '^ratio +[0-9.]+ %$' "$(mvm instance stats "$INSTANCE")"
clock() { [ $(($(exec_in date +%s) - $(date +%s))) -ge -5 ]; }
within "its clock is not behind" clock

# Two wakes of one snapshot, which only the owner of the disk can bring about. The kernel's generator of random numbers goes on from
# the same memory in both, so without a new seed many of these lines would be in both.
draws() { exec_in sh -c 'dd if=/dev/urandom bs=16 count=200 2>/dev/null | od -An -v -tx1' | sort; }
draws >"$SUITE_DIR/draws"
killed=$(pid_of hostd) agent=$(pid_of agentd) running=$(vmm)
check "its agent is held, and hostd" to_process "$killed" kill -STOP "$agent" "$killed"
check "its VMM is killed" to_process "$running" kill -9 "$running"
within "no VMM is left of that wake" no_vmm
check "its record and its snapshot are put back" as_fleet cp -a "$SUITE_DIR/asleep/." "$MVM_DEV_STATE/hostd"
check "another hostd starts" to_process "$killed" kill -9 "$killed"
check "the agent goes on" to_process "$agent" kill -CONT "$agent"
within "the same snapshot is woken again" wakes
within "its guest is healthy" healthy
drawn() { draws >"$SUITE_DIR/draws.again" && [ -s "$SUITE_DIR/draws.again" ]; } # what is said of its health may be of its first wake
within "it draws again" drawn
equal "there is something to compare" "200 200" "$(sort -u "$SUITE_DIR/draws" | wc -l) $(sort -u "$SUITE_DIR/draws.again" | wc -l)"
equal "no random number of one wake comes again in the other" "" "$(comm -12 "$SUITE_DIR/draws" "$SUITE_DIR/draws.again")"
as_fleet rm -rf "$SUITE_DIR/asleep"

# an earlier sleep does not wake, even with its files put back
check "sleep again" keyed sleep --force
check "its tenant's key is replaced while it sleeps" mvm tenant-key rotate demo/snap
rewrapped() { as_fleet test -s "$SNAPSHOTS/${INSTANCE##*/}.manifest.snap.2"; }
within "its sleep is put under the new version" rewrapped
check "the next sleep has a later number" test "$(figure epoch)" -gt "$first"
check "its snapshot is copied" as_fleet cp -a "$SNAPSHOTS" "$SUITE_DIR/copy"
killed=$(pid_of hostd)
verb wake >/dev/null 2>&1 &
verb wake >/dev/null 2>&1
wait $!
within "two who wake it at once do not lose it" wakes
within "its counter goes on" goes_on
check "hostd is killed while it runs" to_process "$killed" kill -9 "$killed"
within "it is healthy again" healthy
sleeps() { [ "$(state)" = Sleeping ] || verb sleep; }
within "sleep a third time, by another hostd" sleeps
check "the copy is put in place of the newer one" as_fleet cp -a "$SUITE_DIR/copy/." "$SNAPSHOTS"
refused "wake from an earlier sleep" 1 'failed_snapshot_wrong_epoch' verb wake
check "no VMM has come of it" no_vmm
check "it does not run" test "$(state)" != Running
as_fleet rm -rf "$SUITE_DIR/copy"

check "destroy" verb destroy
equal "nothing of its sleep is left" "" "$(as_fleet find "$SNAPSHOTS" -name "${INSTANCE##*/}.*")"
another() { mvm instance list demo/web | grep -v "$INSTANCE" | grep -q ' healthy$'; }
within "its pool goes on" another
# shellcheck disable=SC2016 # for the shell inside
matches "forced sleep is in the agent's audit" '"action":"sleep_instance".*"reason":"forced"' \
    "$(as_fleet sh -c 'cat "$1"/audit/*.jsonl' sh "$MVM_DEV_STATE/agentd")"

# fewer are wanted: the newest sleeps, and is the first to come back
running() { [ "$(mvm instance list demo/web | grep -c ' healthy$')" -eq "$1" ]; }
check "three are wanted" mvm pool scale demo/web --running 3 --sleeping 4
within "three run" running 3
check "two are wanted" mvm pool scale demo/web --running 2
one_sleeps() { [ "$(mvm instance list demo/web | grep -c ' Sleeping ')" -eq 1 ] && running 2; }
within "one is asleep" one_sleeps
ASLEEP=$(mvm instance list demo/web | awk '$2 == "Sleeping" {print $1}')
check "three are wanted again" mvm pool scale demo/web --running 3
comes_back() { mvm instance list | grep -qE "^$ASLEEP +Running .* healthy$"; }
within "the same one comes back" comes_back

# nobody asks for it by name: a neighbour has a packet for it
count_of() { mvm instance list demo/web | grep -c " $1 "; }
printf '[rest]\nenabled = true\nwarm-after = 1\nsleep-after = 2\nrun-at-least = 1\nwarm-at-least = 1\n' >>"$MVM_DEV_STATE/fleet/agentd.toml"
killed=$(pid_of agentd)
check "its pool is let rest" to_process "$killed" kill -9 "$killed"
all_sleep() { [ "$(count_of Sleeping)" -eq 3 ]; }
PATIENCE=600 within "all of it sleeps once it has nothing to do" all_sleep
mapfile -t RESTING < <(mvm instance list demo/web | awk '{print $1, $3}')
CALLER=${RESTING[0]% *} SLEEPER=${RESTING[1]% *} ADDRESS=${RESTING[1]#* }
check "one is woken" mvm instance wake "$CALLER"
matches "it has a packet for another, and an answer" ' [1-9][0-9]* packets received' \
    "$(mvm instance exec -n "$CALLER" -- sh -c "for i in \$(seq 60); do ping -c 1 -W 2 $ADDRESS && exit; done")"
matches "for that woke it" "$SLEEPER leaves its rest: an ARP request for its address" "$(cat "$MVM_DEV_STATE/fleet/log/agentd.log")"
equal "the third, which nobody asked for, sleeps" Sleeping \
    "$(mvm instance list demo/web | awk -v a="${RESTING[2]% *}" '$1 == a {print $2}')"
check "down after sleep" dev down
