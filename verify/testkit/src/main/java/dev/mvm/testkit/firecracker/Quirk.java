package dev.mvm.testkit.firecracker;

import dev.mvm.model.FirecrackerVersion;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/// Behaviour of a version that a caller has to know, with the versions that have it. A change of this table is a
/// change of behaviour: each line has its test.
public enum Quirk {
    /// After pause and resume with no snapshot request in between, nothing from the host reaches the guest over
    /// vsock ever again (firecracker pull 6100). [WarmResume] plans around it. A later 1.16 may bring the repair;
    /// the detour does no harm there.
    VSOCK_DEAD_AFTER_BARE_RESUME("1.16.0", "1.17.0"),
    /// A restore of a guest with a vsock packet on the way breaks its vsock (firecracker pull 5958).
    VSOCK_DEAD_AFTER_BUSY_RESTORE("1.16.0", "1.16.1"),
    /// The jailer refuses cgroup and netns paths with symbolic links (firecracker pull 5959).
    JAILER_REFUSES_SYMLINKS("1.16.0", "1.16.1"),
    /// Diff snapshots of guests with more than 3 GiB are corrupt (firecracker pull 5705).
    DIFF_CORRUPT_ABOVE_3_GIB("0.0.0", "1.15.0"),
    /// A signal handler that logs can deadlock the VMM (firecracker pull 6086).
    LOGGER_DEADLOCK("0.0.0", "1.17.0"),
    /// CPU templates read MSRs as zero on host kernels from 6.13 (firecracker pull 6120).
    TEMPLATES_ZERO_MSRS("0.0.0", "1.17.0"),
    /// A snapshot of a running process resets its vsock connections when it is resumed: the host sees neither data
    /// nor an end until it writes.
    SNAPSHOT_RESETS_VSOCK("0.0.0", "9999.0.0"),
    /// The first CONNECT after a restore can be lost: closed at once, or left hanging.
    FIRST_CONNECT_AFTER_RESTORE_LOST("0.0.0", "9999.0.0"),
    /// The API and vsock sockets outlive the process and must be removed before a new one binds them.
    SOCKETS_LEFT_BEHIND("0.0.0", "9999.0.0"),
    /// A `PUT /snapshot/load` that fails after it began ends the process (`LOAD` of its fault kinds).
    FAILED_LOAD_ENDS_PROCESS("0.0.0", "9999.0.0");

    private final FirecrackerVersion from;
    private final FirecrackerVersion until;

    Quirk(String from, String until) {
        this.from = FirecrackerVersion.parse(from);
        this.until = FirecrackerVersion.parse(until);
    }

    /// Returns whether `version` has this quirk.
    public boolean in(FirecrackerVersion version) {
        return version.release() >= from.release() && version.release() < until.release();
    }

    /// All quirks of `version`.
    public static Set<Quirk> of(FirecrackerVersion version) {
        return Arrays.stream(values())
                .filter(quirk -> quirk.in(version))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Quirk.class)));
    }
}
