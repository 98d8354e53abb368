# What programs and kernels are, by their first bytes (elf(5)). Needs die().

# must_be_static FILE: an interpreter (elf(5), PT_INTERP) would be missing in the image, and the kernel would panic.
must_be_static() {
    local file=$1 header phoff phentsize phnum type i
    [ -r "$file" ] || die "cannot read $file"
    read -r -a header < <(od -An -v -w64 -tx1 -N 64 "$file") || true
    [ "${header[*]:0:5} ${header[*]:18:2}" = "7f 45 4c 46 02 3e 00" ] || die "$file is no program for x86-64"
    phoff=$(number "$file" 32 8)
    phentsize=$(number "$file" 54 2)
    phnum=$(number "$file" 56 2)
    for ((i = 0; i < phnum; i++)); do
        type=$(number "$file" $((phoff + i * phentsize)) 4)
        [ "$type" != 3 ] || die "$file is not linked statically"
    done
}

# number FILE OFFSET BYTES: the little-endian number there.
number() {
    local value
    value=$(od -An -v --endian=little "-tu$3" -j "$2" -N "$3" "$1")
    printf '%s\n' "${value//[[:space:]]/}"
}
