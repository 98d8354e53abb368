# Images and programs that attack mvm-init. machines.sh sources this, and sets what is used here.

# hostile_tree: an image with the hostile program besides.
hostile_tree() {
    tree
    cp "$out/test/hostile" "$out/test/leave" "$work/tree/"
    cp "$out/test/hostile" "$work/tree/root-hostile"
    chmod 4755 "$work/tree/root-hostile"
    : >"$work/tree/elsewhere/mark"
}

# refused PATH NAME: the machine ends for what is at PATH.
refused() {
    image
    machine "$(words)"
    hasnt "mvm-init: started" "$2: no program starts"
    ends "root_invalid 125 $1: File exists" "$2 is refused"
}

links() {
    local path
    for path in proc sys dev run etc run/mvm; do
        tree
        rm -rf "${work:?}/tree/$path"
        mkdir -p "$work/tree/${path%"${path##*/}"}"
        ln -s /elsewhere "$work/tree/$path"
        config '["/probe","see"]'
        refused "/${path/%run/run/mvm}" "a link at /$path"
    done
    for path in hosts hostname resolv.conf; do
        tree
        rm -f "$work/tree/etc/$path"
        mkdir "$work/tree/etc/$path"
        config '["/probe","see"]'
        refused "/etc/$path" "a folder at /etc/$path"
    done
    tree
    mkdir "$work/tree/var"
    ln -s /run "$work/tree/var/run"
    ln -s elsewhere "$work/tree/tmp"
    ln -s /var/../elsewhere "$work/tree/srv"
    config '["/root-probe","escape"]'
    image
    machine "$(words)"
    sees out 12
    ends "exited 0" "links at other folders are followed"
}

configs() {
    tree
    config '["/probe","see"]'
    mv "$work/tree/.mvm" "$work/tree/elsewhere/config-folder"
    ln -s elsewhere/config-folder "$work/tree/.mvm"
    image
    machine "$(words)"
    ends "config_missing 125 /image/.mvm/config: Too many levels of symbolic links" "a link as the config's folder"
    tree
    mkdir "$work/tree/.mvm"
    mkfifo "$work/tree/.mvm/config"
    image
    machine "$(words)"
    ends "config_invalid 125 /image/.mvm/config" "a pipe as the config"
}

# Paths of a volume that lead away from the image's own folders, and one that does not.
volumes_links() {
    local to
    # shellcheck disable=SC2054 # the commas are QEMU's
    local volume=(-drive "if=none,id=v,file=$work/volume,format=raw,cache=unsafe" -device virtio-blk-pci,drive=v)
    local runtime=$out/runtime-volume.cpio
    rm -f "$work/volume"
    truncate -s 32M "$work/volume"
    for to in / /srv/.. /proc dev/shm sys/kernel /elsewhere; do
        tree
        rm "$work/tree/data"
        mkdir "$work/tree/srv"
        ln -s "$to" "$work/tree/data"
        config '["/root-probe","volume"]' 15 /data
        image
        machine "$(words) mvm.volume=vdb" "${volume[@]}"
        case $to in
            /elsewhere) has "out: yes: the volume can be written" "a volume's path may be a link to a folder" ;;
            / | /srv/..) ends "root_invalid 125 /data: Device or resource busy" "a volume's path that leads to the root by $to" ;;
            *) ends "root_invalid 125 /data: Invalid cross-device link" "a volume's path that leads to $to" ;;
        esac
    done
}

agents_view() {
    hostile_tree
    config '["/leave"]' 9
    image
    with_host both /probe beside -- "$(words)"
    has "out: in the view of process 1" "a program makes no view of its own"
    has "out: no namespace of users: No space left on device" "a program makes no namespace of users"
    sees in 2
    ends "killed 137" "the program is stopped"
}

# An hour would pass before process 1 kills the program.
removed_config() {
    hostile_tree
    config '["/root-hostile","remove"]'
    image
    with_host both /probe beside -- "$(words) mvm.stop_seconds=3600"
    ends "killed 137" "a program that removes the config is killed"
}

outputs() {
    hostile_tree
    config '["/hostile","print"]'
    image
    with_host both /probe beside -- "$(words) mvm.stop_seconds=1"
    ends "killed 137" "a program that prints without end is killed"
    config '["/hostile","read"]'
    image
    processors=2 with_host both /probe beside -- "$(words) mvm.stop_seconds=1"
    ends "killed 137" "a program that reads its own output is killed"
    config '["/hostile","leave","65536"]'
    image
    machine "$(words)"
    has "out: last" "all of a pipe is shown after the program's end"
    ends "exited 0" "and the status is told"
    config '["/hostile","leave","1048576"]'
    image
    machine "$(words)"
    hasnt "out: last" "not all of a pipe that the program has made larger"
    ends "exited 0" "and the status is told of it, too"
}
