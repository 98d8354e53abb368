# The kernel as VMMs boot it: the ELF file within Debian's bzImage, which Firecracker wants and QEMU starts faster.

# uncompressed_kernel TREE: to stdout. Offsets are those of Linux' Documentation/arch/x86/boot.rst.
uncompressed_kernel() {
    local images=("$1"/boot/vmlinuz-*) image start length size
    [ ${#images[@]} -eq 1 ] && [ -r "${images[0]}" ] || die "want one kernel in $1/boot"
    image=${images[0]}
    [ "$(number "$image" 514 4)" = 1400005704 ] || die "$image is no bzImage" # HdrS
    start=$(((($(number "$image" 497 1) + 1) * 512) + $(number "$image" 584 4)))
    length=$(number "$image" 588 4)
    [ "$(number "$image" $start 4)" = 4247762216 ] || die "$image is not compressed with zstd"
    # the kernel's build appends the uncompressed size to the zstd stream
    size=$(number "$image" $((start + length - 4)) 4)
    dd if="$image" iflag=skip_bytes,count_bytes,fullblock bs=1M skip=$start count=$((length - 4)) status=none |
        zstd -dcq > "$work/kernel.elf"
    [ "$(stat -c %s "$work/kernel.elf")" = "$size" ] || die "$image has been cut"
    [ "$(number "$work/kernel.elf" 0 4)" = 1179403647 ] || die "no ELF file in $image"
    cat "$work/kernel.elf"
    rm "$work/kernel.elf"
}
