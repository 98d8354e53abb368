package dev.mvm.cli.command;

import dev.mvm.model.FirecrackerVersion;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/// Dates until which Firecracker versions are maintained upstream. Source: `docs/RELEASE_POLICY.md` of the
/// Firecracker project, August 2026. Of each minor version only the newest patch is maintained.
final class VmmSupport {
    private static final List<Line> LINES = List.of(
            new Line("1.16.1", LocalDate.of(2026, 12, 3)),
            new Line("1.15.1", LocalDate.of(2026, 9, 9)),
            new Line("1.14.4", LocalDate.of(2026, 6, 3)),
            new Line("1.13.2", LocalDate.of(2026, 3, 9)),
            new Line("1.12.1", LocalDate.of(2025, 12, 17)));

    private record Line(FirecrackerVersion newest, LocalDate ends) {
        Line(String newest, LocalDate ends) {
            this(FirecrackerVersion.parse(newest), ends);
        }
    }

    private static final String NAME = "firecracker ";

    private VmmSupport() {}

    /// Upstream support of a version.
    sealed interface Support {
        /// Maintained up to and including that day.
        record Maintained(LocalDate until) implements Support {}

        /// Maintained, but only in a newer patch.
        record Superseded(FirecrackerVersion newest, LocalDate until) implements Support {}

        /// No longer maintained since the day after this one.
        record Ended(LocalDate last) implements Support {}

        /// Older than the table.
        record TooOld() implements Support {}

        /// Newer than the table, or no release.
        record Unknown() implements Support {}
    }

    /// Returns a notice about a VMM that is not maintained; empty if it is, or if it is not Firecracker.
    ///
    /// @param vmm name as a node reports it, such as `firecracker 1.16.1`
    static Optional<String> notice(String vmm, LocalDate today) {
        if (!vmm.startsWith(NAME)) {
            return Optional.empty();
        }
        return switch (named(vmm.substring(NAME.length()), today)) {
            case Support.Maintained _ -> Optional.empty();
            case Support.Superseded(var newest, var _) -> Optional.of(vmm + " is superseded by " + newest);
            case Support.Ended(var last) -> Optional.of(vmm + " is not maintained upstream since " + last);
            case Support.TooOld _ -> Optional.of(vmm + " is no longer maintained upstream");
            case Support.Unknown _ -> Optional.of("unknown how long " + vmm + " is maintained upstream");
        };
    }

    private static Support named(String version, LocalDate today) {
        try {
            return of(FirecrackerVersion.parse(version), today);
        } catch (IllegalArgumentException e) {
            return new Support.Unknown(); // a node may report any text
        }
    }

    /// Returns the support of `version` on the day `today`.
    static Support of(FirecrackerVersion version, LocalDate today) {
        if (!version.suffix().isEmpty()) {
            return new Support.Unknown();
        }
        for (var line : LINES) {
            if (version.major() == line.newest.major() && version.minor() == line.newest.minor()) {
                return of(version, line, today);
            }
        }
        return version.release() < LINES.getLast().newest.release() ? new Support.TooOld() : new Support.Unknown();
    }

    private static Support of(FirecrackerVersion version, Line line, LocalDate today) {
        if (today.isAfter(line.ends)) {
            return new Support.Ended(line.ends);
        }
        int order = Long.compare(version.release(), line.newest.release());
        if (order > 0) {
            return new Support.Unknown();
        }
        return order == 0 ? new Support.Maintained(line.ends) : new Support.Superseded(line.newest, line.ends);
    }
}
