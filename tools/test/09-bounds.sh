# What ./dev tcb counts in a list of system calls.
list=$DEV/syscalls
printf '%s\n' '# a comment' '' 'futex    # each lock' 'clone arg0 & 0x1 = 0x1' 'clone arg0 & 0x2 = 0x2' 'clone3 ENOSYS' 'dev pidfd_send_signal' \
    'ioctl arg1 & 0xffffffff = 0x1' 'ioctl arg1 & 0xffffffff = 0x2' >"$list"
equal "a call counts once, one of dev mode and one that is refused do not" 3 "$(calls_of "$list")"
equal "requests of ioctl count one by one" 2 "$(ioctls_of "$list")"
echo 'ioctl   # all' >>"$list"
equal "without a number all of them are allowed" any "$(ioctls_of "$list")"
printf '[Service]\nCapabilityBoundingSet=CAP_A CAP_B\n' >"$DEV/unit"
equal "capabilities are those of the unit" "A B" "$(capabilities_of "$DEV/unit")"
printf '[Service]\nCapabilityBoundingSet=\n' >"$DEV/unit"
equal "a unit may have none" none "$(capabilities_of "$DEV/unit")"
printf '%s\n' '#define ALLOW(call) x' '#define ALLOW_VALUE(value) x' 'ALLOW(read), ALLOW(write), UNLESS(__NR_fcntl, 4), ALLOW_VALUE(F_GETFL),' \
    'UNLESS(__NR_ioctl, 9), LOAD(args[1]), ALLOW_VALUE(A),' 'ALLOW_VALUE(B), DENY(SYS_link), DENY(SYS_symlink)' >"$DEV/filter.c"
equal "calls that a filter in C allows count, and not its macros" 4 "$(named_in "$DEV/filter.c" 'ALLOW\([a-z]|UNLESS\(__NR_')"
equal "so do those that it refuses" 2 "$(named_in "$DEV/filter.c" 'DENY\(SYS_')"
equal "requests of ioctl are those after it" 2 "$(ioctls_in "$DEV/filter.c")"
mkdir -p "$DEV/process/target/lib"
touch "$DEV/process/target/lib"/{mvm-own-1.0,other-2.0,mvm-another-1.0}.jar
equal "jars of others are those whose name is not ours" other-2.0.jar "$(others_of "$DEV/process")"
