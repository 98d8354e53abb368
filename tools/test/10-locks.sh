# The locks of ./dev, descriptors 8 and 9, are its own: what a command leaves running must not keep them.
open_files() { sh -c 'readlink /proc/self/fd/* || true'; } # readlink's own directory is closed by then
in_a_step() {
    exec 8>"$DEV/eight" 9>"$DEV/nine"
    quietly "$DEV/step.log" open_files
    printf '%s ' "$STATUS"
    grep -cE '/(eight|nine)$' "$DEV/step.log"
}
equal "a step inherits neither lock" "0 0" "$(in_a_step)"
equal "which it would" 2 "$(exec 8>"$DEV/eight" 9>"$DEV/nine" && open_files | grep -cE '/(eight|nine)$')"
kept=$NODE_DIR
NODE_DIR=$DEV/node
lock=$NODE_DIR/lock
equal "nor does a build of the node machine" 0 "$(with_node_lock open_files | grep -c "^$lock\$")"
check "which holds it" with_node_lock sh -c '! flock -n "$1" true' sh "$lock"
check "until it ends" flock -n "$lock" true
NODE_DIR=$kept
