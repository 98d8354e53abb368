#!/usr/bin/env bash
# Fetches Debian's cloud kernel for the tests that boot a machine: OUT/kernel/vmlinux and the modules they need,
# which are inserted in the order of the arguments.
#   kernel.sh OUT MODULE...
set -euo pipefail
out=$1/kernel
shift
[ -e "$out/vmlinux" ] && exit 0
rm -rf "$out.new"
mkdir -p "$out.new"
cd "$out.new"
package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
apt-get -q download "$package" > download.log 2>&1 || { cat download.log >&2; exit 1; }
dpkg -x ./*.deb unpacked
# the uncompressed kernel is the zstd stream in the bzImage; zstd complains about what follows it
image=$(echo unpacked/boot/vmlinuz-*)
offset=$(LC_ALL=C grep -aobP -m1 '\x28\xb5\x2f\xfd' "$image" | head -1 | cut -d: -f1)
tail -c +$((offset + 1)) "$image" | zstd -dcq > vmlinux 2> zstd.log || true
[ "$(head -c 4 vmlinux)" = $'\x7fELF' ] || { echo "no ELF kernel in $package" >&2; exit 1; }
mkdir modules
n=10
for module; do
    n=$((n + 1))
    xz -dc unpacked/usr/lib/modules/*/kernel/"$module".ko.xz > "modules/$n-$(basename "$module").ko"
done
rm -rf unpacked ./*.deb ./*.log
cd ..
mv kernel.new kernel
