package dev.mvm.model;

import com.google.errorprone.annotations.Immutable;
import java.util.regex.Pattern;

/// The version of a Firecracker build, as its `GET /version` and `--version` spell it.
///
/// @param suffix what follows the numbers, `-dev` for a build between releases, otherwise empty
@Immutable
public record FirecrackerVersion(int major, int minor, int patch, String suffix) {
    private static final Pattern FORM =
            Pattern.compile("v?(0|[1-9]\\d{0,3})\\.(0|[1-9]\\d{0,3})\\.(0|[1-9]\\d{0,3})(|-[0-9A-Za-z.-]{1,32})");

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

    /// Returns a number that is larger for a later release. A build on the way to a release counts as that release:
    /// what we know of 1.17.0 was measured on 1.17.0-dev.
    public long release() {
        return (major * 10_000L + minor) * 10_000 + patch;
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + patch + suffix;
    }
}
