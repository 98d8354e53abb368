# Kernel modules for an image without modprobe: uncompressed, numbered in the order they have to be loaded in.
# Needs die() and the scratch folder $work.

# What the hypervisors' devices need that Debian's cloud kernel has not built in.
# shellcheck disable=SC2034 # used by scripts that source this
DEVICE_MODULES=(virtio_mmio virtio_blk virtio_net virtio-rng vmw_vsock_virtio_transport)

# What a guest that runs an image needs besides, in the order of need: the image's disk comes first, then its tree, file system and layers.
# shellcheck disable=SC2034 # as above
IMAGE_MODULES=(virtio_mmio virtio_blk sha256-ssse3 dm-verity erofs overlay virtio_net virtio-rng vmw_vsock_virtio_transport)

declare -A module_file=() # by name, with _ for every -
declare -A module_seen=()
module_number=10

# modules_in_load_order TREE OUT NAME...: writes OUT/NN-NAME.ko for the named modules and all that they depend on.
modules_in_load_order() {
    local tree=$1 out=$2 path name
    shift 2
    while read -r path; do
        name=${path##*/}
        name=${name%.ko.xz}
        module_file[${name//-/_}]=$path
    done < <(find "$tree"/usr/lib/modules -name '*.ko.xz' | sort)
    [ ${#module_file[@]} -gt 0 ] || die "no modules in $tree"
    for name; do
        add_module "$out" "$name"
    done
}

add_module() {
    local out=$1 name=${2//-/_} path dependencies dependency
    [ -z "${module_seen[$name]:-}" ] || return 0
    module_seen[$name]=yes
    path=${module_file[$name]:-}
    [ -n "$path" ] || die "the kernel has no module $name"
    xz -dc "$path" > "$work/$name.ko"
    dependencies=$(modinfo -F depends "$work/$name.ko")
    for dependency in ${dependencies//,/ }; do
        add_module "$out" "$dependency"
    done
    module_number=$((module_number + 1))
    path=${path##*/}
    mv "$work/$name.ko" "$out/$module_number-${path%.xz}"
}
