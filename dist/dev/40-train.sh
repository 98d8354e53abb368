# What hostd and sealers load when they start, remembered for the next time: an AOT cache. It is made where it is used, since it fits this
# JVM, these jars and these options alone. Where it does not fit, or is not there, a start is slower and nothing else.

# scratch_hostd DIR: keys and configuration of a hostd that no agent talks to, below DIR; its command line, one argument a
# line, in DIR/command-line.
scratch_hostd() {
    local STATE=$1 FLEET=$1/fleet
    remove_state "$STATE"
    (
        umask 077
        mkdir -p "$STATE/hostd" "$STATE/spool"
        mvm_offline trust init --dir "$STATE/trust"
        cp "$STATE/trust/root.dsse" "$STATE/root.dsse"
        write_configuration
        sed -n '/^\[daemon hostd\]/,/^$/{s/^exec = //p;s/^arg = //p}' "$FLEET/config" >"$STATE/command-line"
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
    train_hostd
    train_sealer
}

# Without linked classes, which the JVM has no use for where illegal native access is denied: JDK 25 then lays out its
# modules anew at each start.
#
# A hostd is started, answers once and ends. It cannot make its cache itself: what it has loaded it writes down, but it
# starts no program.
train_hostd() {
    local dir=$RUN/training command
    make -C verify/bench OUT="$DEV/native/bench" all
    scratch_hostd "$dir"
    jvm_options "$dir/command-line" -XX:-AOTClassLinking -XX:AOTMode=record "-XX:AOTConfiguration=$dir/loaded" >"$dir/record"
    (cd "$dir" && "$DEV/native/bench/bench-rpc" serve record) || return 0
    mapfile -t command < <(jvm_options "$dir/command-line" -XX:-AOTClassLinking -XX:AOTMode=create "-XX:AOTConfiguration=$dir/loaded" \
        "-XX:AOTCache=$dir/hostd.aot")
    "${command[@]}" || return 0
    mv "$dir/hostd.aot" "$RUN/hostd.aot"
    remove_state "$dir"
}

hostd_cache() {
    [ -e "$RUN/hostd.aot" ] || return 0
    printf '%s\n' "-XX:AOTCache=$RUN/hostd.aot"
}

# A sealer does everything once before it is asked for anything; this one ends then.
train_sealer() {
    local dir=$RUN/training command
    mkdir -p "$dir"
    sealer_arguments | sed -n 's/^\(exec\|arg\) = //p' >"$dir/sealer"
    mapfile -t command < <(jvm_options "$dir/sealer" -XX:-AOTClassLinking -XX:AOTMode=record "-XX:AOTConfiguration=$dir/loaded")
    "${command[@]}" rehearse || return 0
    mapfile -t command < <(jvm_options "$dir/sealer" -XX:-AOTClassLinking -XX:AOTMode=create "-XX:AOTConfiguration=$dir/loaded" \
        "-XX:AOTCache=$dir/sealer.aot")
    "${command[@]}" || return 0
    mv "$dir/sealer.aot" "$RUN/sealer.aot"
    remove_state "$dir"
}

sealer_cache() {
    [ -e "$RUN/sealer.aot" ] || return 0
    printf '%s\n' "-XX:AOTCache=$RUN/sealer.aot"
}
