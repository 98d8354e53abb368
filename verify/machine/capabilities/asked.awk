# What the kernel's trace says about capabilities, one question a line, fields separated by tabs: when, the process, the
# thread's name, the capability, `granted` or `denied`, the system call that it was asked in, and the error that call
# returned, or `-` where it was another one.
function settle(thread) {
    if (thread in question)
        print question[thread] "\t" name_of(thread) "\t-"
    delete question[thread]
    delete call[thread]
}
function name_of(thread) { return thread in call ? call[thread] : "?" }
# a set in hexadecimal has the bit
function has(set, bit,   digit) {
    sub(/^0x/, "", set)
    digit = length(set) - int(bit / 4)
    digit = digit < 1 ? 0 : index("0123456789abcdef", substr(set, digit, 1)) - 1
    return int(digit / 2 ^ (bit % 4)) % 2
}
BEGIN {
    split("CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " \
        "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN " \
        "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE " \
        "MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE", names, " ")
    error[-1] = "EPERM"
    error[-13] = "EACCES"
}
# COMM-TID (TGID) [CPU] FLAGS TIME: EVENT
match($0, /-[0-9]+ +\([ 0-9-]+\) \[[0-9]+\] [^ ]+ +[0-9.]+: /) {
    head = substr($0, RSTART + 1, RLENGTH - 1)
    rest = substr($0, RSTART + RLENGTH)
    split(head, part, /[ ()]+/)
    thread = part[1]
    group = part[2]
    match(head, /[0-9.]+: $/)
    when = substr(head, RSTART, RLENGTH - 2)
    if (rest ~ /^cap: /) {
        settle(thread)
        match(rest, /comm="[^"]*"/) # what stands in front of the line is what the thread is called by now
        comm = substr(rest, RSTART + 6, RLENGTH - 7)
        match(rest, / cap=[0-9]+/)
        number = substr(rest, RSTART + 5, RLENGTH - 5)
        match(rest, /eff=0x[0-9a-f]+/)
        word = has(substr(rest, RSTART + 4, RLENGTH - 4), number) ? "granted" : "denied"
        question[thread] = when "\t" group "\t" comm "\tCAP_" names[number + 1] "\t" word
    } else if (rest ~ /^<stack trace>/) {
        stack = thread
        before = ""
    } else if (rest ~ /^sys_exit: /) {
        number = rest
        sub(/.* = /, "", number)
        if (thread in question && number in error) {
            print question[thread] "\t" name_of(thread) "\t" error[number]
            delete question[thread]
            delete call[thread]
        }
    }
    next
}
# the frame below the entry is the system call's own
/^ => do_syscall_64/ {
    if (stack in question) {
        sub(/^(__x64_sys_|__do_sys_|__se_sys_|__sys_|ksys_|do_)/, "", before)
        call[stack] = before
    }
}
/^ => / { before = $2 }
END {
    for (thread in question)
        settle(thread)
}
