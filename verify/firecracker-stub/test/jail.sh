#!/usr/bin/env bash
# Runs a program in namespaces of its own with DIR for its root, which has what the recorded requests name.
#   jail.sh DIR PROGRAM [ARGUMENT...]    PROGRAM is copied to DIR
set -euo pipefail

if [ "${1-}" != --inside ]; then
    exec unshare --user --map-root-user --mount --net -- bash "$0" --inside "$@"
fi
dir=$2 program=$3
[ -w /dev/userfaultfd ] || export STANDIN_USER_MODE_FAULTS=yes
shift 3
mkdir -p "$dir"/{img,io/small,dev/net,run}
for node in net/tun kvm userfaultfd; do
    if [ -e "/dev/$node" ]; then
        : >"$dir/dev/$node"
        mount --bind "/dev/$node" "$dir/dev/$node"
    fi
done
case $program in
    */asan/* | */qemu/*) # it has libraries, and looks around
        ln -sf usr/lib "$dir/lib" && ln -sf usr/lib64 "$dir/lib64"
        for folder in usr proc; do
            mkdir -p "$dir/$folder"
            mount --rbind "/$folder" "$dir/$folder"
        done
        ;;
esac
mount -t tmpfs -o size=1m small "$dir/io/small"
[ -e "$dir/img/vmlinux" ] || printf '\177ELF' >"$dir/img/vmlinux"
[ -e "$dir/img/g.cpio" ] || head -c 512 /dev/zero >"$dir/img/g.cpio"
[ -e "$dir/io/d.img" ] || head -c 4096 /dev/zero >"$dir/io/d.img"
cp --remove-destination "$program" "$dir/program" # the last one may still be ending
exec chroot "$dir" /program "$@"
