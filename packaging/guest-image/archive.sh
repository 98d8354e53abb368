# Writes a cpio archive of the kind that the kernel unpacks (newc, Linux' Documentation/driver-api/early-userspace/
# buffer-format.rst), to stdout and without looking at any file's metadata. So device nodes need no root, and the bytes
# depend on names, modes and contents alone.

archive_entries=0

folder() { entry $((0040000 + 0$1)) "$2" 0; } # folder MODE NAME

device() { entry $((0020000 + 0$1)) "$2" 0 "$3" "$4"; } # device MODE NAME MAJOR MINOR: a character device

link() { # link NAME TARGET
    entry 0120777 "$1" ${#2}
    printf %s "$2"
    pad ${#2}
}

file() { # file MODE NAME CONTENT
    local size
    size=$(stat -L -c %s "$3")
    entry $((0100000 + 0$1)) "$2" "$size"
    cat "$3"
    pad "$size"
}

end_of_archive() { entry 0 'TRAILER!!!' 0; }

# entry MODE NAME SIZE [MAJOR MINOR]: the header and the name. Everything belongs to root and dates from the epoch.
entry() {
    archive_entries=$((archive_entries + 1))
    # inode, mode, uid, gid, links, date, size, device, device of the node, length of the name, no check sum
    printf '070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x' \
        $archive_entries "$1" 0 0 1 0 "$3" 0 0 "${4:-0}" "${5:-0}" $((${#2} + 1)) 0
    printf '%s\0' "$2"
    pad $((110 + ${#2} + 1))
}

pad() { # pad LENGTH: zeros up to the next multiple of four
    case $(($1 % 4)) in
        1) printf '\0\0\0' ;;
        2) printf '\0\0' ;;
        3) printf '\0' ;;
    esac
}
