# What a suite begins with:  . /opt/mvm-test/suite.sh
#
# It has the checks of tap.sh; end_tap is its last line. Its machine is a clone of one that has booted and has the
# product's packages installed. There is more in /opt/mvm-test:
#   packages/    the packages that were installed          vmm/firecracker, vmm/jailer    what runs microVMs, and
#   image/       vmlinux and rootfs.cpio of the demo       vmm/name                       what that is, in a line
#                                                          vmm/seccomp.bpf               a compiled filter for it
#
# A suite may reboot: it ends there, and is run again when the machine is up, with MARK as it was given. Counts go on.
#   if [ -z "$MARK" ]; then ...; reboot_to second; fi

export SUITE_DIR=/opt/mvm-test
# shellcheck source=verify/scenarios/tap.sh
. "$SUITE_DIR/tap.sh"
# shellcheck disable=SC2034 # for the checks
PATIENCE=600 # emulated processors, on a machine that may be busy
# shellcheck disable=SC2034
AGAIN=1 # a look takes a second of the processors that what is waited for needs
MARK=
begin_step node "$(basename "$0")"
if [ -e "$SUITE_DIR/mark" ]; then
    # shellcheck source=/dev/null
    . "$SUITE_DIR/mark"
    rm "$SUITE_DIR/mark"
fi

leave_mark() {
    printf 'TAP_COUNT=%d\nTAP_FAILED=%d\nMARK=%q\n' "$TAP_COUNT" "$TAP_FAILED" "$1" >"$SUITE_DIR/mark"
    sync "$SUITE_DIR/mark"
}

# reboot_to MARK: an orderly reboot. power_cut_to MARK: as if the plug was pulled; only what was synced is there.
reboot_to() {
    leave_mark "$1"
    exit 75
}

power_cut_to() {
    leave_mark "$1"
    exit 76
}

# exposure UNIT: what systemd-analyze security gives it, and bounded UNIT MOST: whether it is at most that.
exposure() { systemd-analyze security --no-pager "$1" | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p'; }
bounded() { awk -v is="$(exposure "$1")" -v most="$2" 'BEGIN {exit !(is != "" && is + 0 <= most + 0)}'; }
