package dev.mvm.cli.signing;

import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.authoring.MeasuredRelease;
import dev.mvm.protocol.trust.authoring.Measurements;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Lists of measurements before they are signed.
public final class MeasurementsDraft {
    private static final int MAX_DAYS = 3650;

    private MeasurementsDraft() {}

    /// Returns a release from registers as the command line has them, such as `7=sha256:...`.
    ///
    /// @throws IllegalArgumentException if one of them is invalid
    public static MeasuredRelease release(String name, List<String> pcrs) {
        var values = new TreeMap<Integer, List<Digest>>();
        for (var text : pcrs) {
            int equals = text.indexOf('=');
            if (equals < 1 || !text.substring(0, equals).matches("[0-9]{1,2}")) {
                throw new IllegalArgumentException(
                        "invalid register: " + text + ", expected N=DIGEST such as 7=sha256:...");
            }
            int pcr = Integer.parseInt(text.substring(0, equals));
            values.computeIfAbsent(pcr, _ -> new ArrayList<>()).add(new Digest(text.substring(equals + 1)));
        }
        return new MeasuredRelease(
                name,
                values.entrySet().stream()
                        .map(entry -> new MeasuredRelease.Pcr(entry.getKey(), entry.getValue()))
                        .toList());
    }

    /// Returns a release from the registers of a machine that has booted it.
    ///
    /// @param only the registers that are taken; empty for all
    /// @throws IllegalArgumentException if the machine does not have one of them
    public static MeasuredRelease release(String name, TpmIdentity machine, List<Integer> only) {
        var pcrs = machine.pcrs().stream()
                .filter(pcr -> only.isEmpty() || only.contains(pcr.pcr()))
                .toList();
        for (var wanted : only) {
            if (pcrs.stream().noneMatch(pcr -> pcr.pcr() == wanted)) {
                throw new IllegalArgumentException("no register " + wanted + " in what the machine has printed");
            }
        }
        return new MeasuredRelease(name, pcrs);
    }

    /// Returns the first list of a fleet, issued now.
    ///
    /// @param days validity, 1 to 3650
    /// @throws IllegalArgumentException if a number is out of range
    public static Measurements first(Digest fleet, int days, MeasuredRelease release) {
        return list(fleet, 1, days, List.of(release));
    }

    /// Returns the list that follows `before`, with one release more.
    ///
    /// @throws IllegalArgumentException if it has a release of that name
    public static Measurements with(Measurements before, int days, MeasuredRelease release) {
        var releases = new ArrayList<>(before.releases());
        releases.add(release);
        return after(before, days, releases);
    }

    /// Returns the list that follows `before`, without a release.
    ///
    /// @throws IllegalArgumentException if it has no release of that name
    public static Measurements without(Measurements before, int days, String name) {
        var releases = new ArrayList<>(before.releases());
        if (!releases.removeIf(release -> release.name().equals(name))) {
            throw new IllegalArgumentException("the list has no release " + name);
        }
        return after(before, days, releases);
    }

    private static Measurements after(Measurements before, int days, List<MeasuredRelease> releases) {
        return list(before.fleet(), Math.addExact(before.version(), 1), days, releases);
    }

    private static Measurements list(Digest fleet, int version, int days, List<MeasuredRelease> releases) {
        if (days < 1 || days > MAX_DAYS) {
            throw new IllegalArgumentException("days out of range: " + days + ", must be 1 to " + MAX_DAYS);
        }
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        return new Measurements(fleet, version, now, now.plus(Duration.ofDays(days)), releases);
    }
}
