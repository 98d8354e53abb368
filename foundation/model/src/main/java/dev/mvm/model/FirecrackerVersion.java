package dev.mvm.model;

import com.google.errorprone.annotations.Immutable;
import java.util.Comparator;
import java.util.regex.Pattern;

/// The version of a Firecracker build, as its `GET /version` and `--version` spell it.
///
/// @param suffix what follows the numbers, `-dev` for a build between releases, otherwise empty
@Immutable
public record FirecrackerVersion(int major, int minor, int patch, String suffix)
        implements Comparable<FirecrackerVersion> {
    private static final Pattern FORM =
            Pattern.compile("v?(0|[1-9]\\d{0,3})\\.(0|[1-9]\\d{0,3})\\.(0|[1-9]\\d{0,3})(|-[0-9A-Za-z.-]{1,32})");
    private static final Comparator<FirecrackerVersion> ORDER = Comparator.comparingInt(FirecrackerVersion::major)
            .thenComparingInt(FirecrackerVersion::minor)
            .thenComparingInt(FirecrackerVersion::patch)
            .thenComparing(version -> version.suffix.isEmpty())
            .thenComparing(FirecrackerVersion::suffix);

    public FirecrackerVersion {
        if (!FORM.matcher(major + "." + minor + "." + patch + suffix).matches()) {
            throw new IllegalArgumentException("not a Firecracker version");
        }
    }

    /// Reads `1.16.1`, `v1.16.1` or `1.17.0-dev`.
    ///
    /// @throws IllegalArgumentException for anything else; the text is not repeated
    public static FirecrackerVersion parse(String text) {
        var match = FORM.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException("not a Firecracker version");
        }
        return new FirecrackerVersion(
                Integer.parseInt(match.group(1)),
                Integer.parseInt(match.group(2)),
                Integer.parseInt(match.group(3)),
                match.group(4));
    }

    /// Returns whether this build has the features of `release`. A build on the way to a release counts as that
    /// release: what we know of 1.17.0 was measured on 1.17.0-dev.
    public boolean atLeast(FirecrackerVersion release) {
        return new FirecrackerVersion(major, minor, patch, "").compareTo(release) >= 0;
    }

    /// By number; a build on the way to a release comes before it.
    @Override
    public int compareTo(FirecrackerVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + patch + suffix;
    }
}
