#!/usr/bin/env bash
# Makes an initramfs:   initramfs.sh OUT.cpio PATH_IN_IT=FILE...
set -euo pipefail
out=$(readlink -f "$1")
shift
root=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$root"' EXIT
for entry; do
    install -D -m 755 "${entry#*=}" "$root/${entry%%=*}"
done
mkdir -p "$root"/{dev,proc,sys,srv,var,run,etc,tmp}
(cd "$root" && find . | sort | cpio -o -H newc --quiet) > "$out"
chmod 644 "$out"
