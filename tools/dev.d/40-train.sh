# What hostd, netd, guestd, sealers, keyd and the mvm command load when they start and how it is linked, remembered for the next time:
# AOT caches. They are made where they are used, since each fits this JVM, these jars and these options alone. Where one does
# not fit, or is not there, a start is slower and nothing else.

# scratch_hostd DIR: keys and configuration of a hostd that no agent talks to, below DIR; its command line, one argument a
# line, in DIR/command-line, and what its environment has besides in DIR/environment. Its netd, which bench-rpc starts, has its
# command line in DIR/netd, and its socket in DIR.
scratch_hostd() {
    local STATE=$1 FLEET=$1/fleet
    remove_state "$STATE"
    (
        umask 077
        mkdir -p "$STATE/hostd" "$STATE/spool"
        mvm_offline trust init --dir "$STATE/trust"
        cp "$STATE/trust/root.dsse" "$STATE/root.dsse"
        write_configuration
        sed -i "s|^service-sockets = .*|service-sockets = $STATE|" "$FLEET/hostd.conf"
        sed -n '/^\[daemon hostd\]/,/^$/{s/^exec = //p;s/^arg = //p}' "$FLEET/config" >"$STATE/command-line"
        sed -n '/^\[daemon netd\]/,/^$/{s/^exec = //p;s/^arg = //p}' "$FLEET/config" >"$STATE/netd"
        sed -n '/^\[daemon hostd\]/,/^$/s/^env = //p' "$FLEET/config" >"$STATE/environment"
    )
}

# jvm_options COMMAND-LINE OPTION...: the same command line with more options for the JVM.
jvm_options() {
    local file=$1
    shift
    head -n 1 "$file"
    printf '%s\n' "$@"
    tail -n +2 "$file"
}

train() {
    train_once netd
    train_hostd
    train_once guestd
    train_once sealer
    train_cli
    train_keyd
}

# A hostd is started, answers once and ends. It cannot make its cache itself: what it has loaded it writes down, but it
# starts no program.
train_hostd() {
    local dir=$RUN/training
    make -C tools/bench OUT="$DEV/native/bench" all
    scratch_hostd "$dir"
    jvm_options "$dir/command-line" -XX:AOTMode=record "-XX:AOTConfiguration=$dir/loaded" >"$dir/record"
    (cd "$dir" && "$DEV/native/bench/bench-rpc" serve record) || return 0
    make_cache hostd
}

# train_once PROCESS: it does everything once, without requests, and ends.
train_once() {
    local process=$1 dir=$RUN/training
    mkdir -p "$dir"
    "${process}_arguments" | sed -n 's/^\(exec\|arg\) = //p' >"$dir/command-line"
    printf '%s\n' rehearse >>"$dir/command-line"
    rehearse "$process"
}

# The mvm command asks a coordinator that is in its own process.
train_cli() {
    local dir=$RUN/training
    mkdir -p "$dir"
    # as the package's make-cache does
    printf '%s\n' "$(cat "$RUN/java")" "@$RUN/cli.options" -XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining \
        dev.mvm.cli.rehearsal.Rehearsal "$dir" >"$dir/command-line"
    rehearse cli
}

# A key service of its own is started, says how it is and ends.
train_keyd() {
    local dir=$RUN/training command
    remove_state "$dir"
    (
        umask 077
        mkdir -p "$dir"/{keyd,keyd-keys/master,run}
        first_keys "$dir"
        keyd_settings "$dir" | sed "s|^runtime-directory = .*|runtime-directory = $dir/run|" >"$dir/keyd.conf"
    )
    keyd_arguments run --config "$dir/keyd.conf" | sed -n 's/^\(exec\|arg\) = //p' >"$dir/command-line"
    mapfile -t command < <(jvm_options "$dir/command-line" -XX:AOTMode=record "-XX:AOTConfiguration=$dir/loaded")
    "${command[@]}" &
    until_true 60 "the key service does not answer" key_service status --config "$dir/keyd.conf"
    kill -TERM $!
    wait $! || true # a JVM that is ended says so
    [ ! -s "$dir/loaded" ] || make_cache keyd
}

# rehearse PROCESS: by the command line in the training's directory.
rehearse() {
    local dir=$RUN/training command
    mapfile -t command < <(jvm_options "$dir/command-line" -XX:AOTMode=record "-XX:AOTConfiguration=$dir/loaded")
    "${command[@]}" || return 0
    make_cache "$1"
}

# make_cache PROCESS: of what it has left in the training's directory, which is gone then.
make_cache() {
    local dir=$RUN/training command
    mapfile -t command < <(jvm_options "$dir/command-line" -XX:AOTMode=create "-XX:AOTConfiguration=$dir/loaded" "-XX:AOTCache=$dir/cache.aot")
    "${command[@]}" || return 0
    mv "$dir/cache.aot" "$RUN/$1.aot"
    remove_state "$dir"
}

# cache_of PROCESS: the option for it.
cache_of() {
    [ -e "$RUN/$1.aot" ] || return 0
    printf '%s\n' "-XX:AOTCache=$RUN/$1.aot"
}
