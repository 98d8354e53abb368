package dev.mvm.cli.transparency;

import dev.mvm.cli.failure.Failure;
import dev.mvm.json.Json;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.transparency.Merkle;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Compares heads of the log from different parties: all of them must be of one log that only grows.
public final class Witness {
    private Witness() {}

    /// Source of consistency paths. It need not be trusted, since paths are verified.
    @FunctionalInterface
    public interface Paths {
        /// Returns the path from a smaller size to a larger one.
        List<Digest> path(long smaller, long larger) throws Failure;
    }

    /// Two heads that are not of one log: evidence of equivocation if both are signed.
    ///
    /// @param reason `equivocation` for two roots of one size, `log_inconsistent` if no path leads from one to the
    ///     other
    public record Finding(DocumentReason reason, SeenHead older, SeenHead newer, List<Digest> path) {
        public Finding {
            path = List.copyOf(path);
        }

        /// Returns the finding in one line.
        public String message() {
            var what = switch (reason) {
                case EQUIVOCATION -> "two logs of the same size: " + older.brief() + " and " + newer.brief();
                case LOG_ROLLBACK ->
                    older.from() + " shows a log of " + older.size() + " states, after one of " + newer.size();
                default ->
                    "the larger log does not continue the smaller one: " + older.brief() + " and " + newer.brief();
            };
            return reason.code() + ": " + what;
        }

        /// Returns evidence that anyone with the trust root can verify.
        public Json.Obj json() {
            return Json.object()
                    .put("schema", 1)
                    .put("found", reason.code())
                    .put("heads", List.of(older.json(), newer.json()))
                    .put("path", path.stream().map(hash -> Json.of(hash.hex())).toList())
                    .end();
        }
    }

    /// Compares each head with the next larger one; consistency is transitive.
    ///
    /// @return the first two heads that are not of one log
    /// @throws Failure if a path is needed and not available; then nothing is proven
    public static Optional<Finding> compare(List<SeenHead> heads, Paths paths) throws Failure {
        var bySize =
                heads.stream().sorted(Comparator.comparingLong(SeenHead::size)).toList();
        for (int i = 1; i < bySize.size(); i++) {
            var older = bySize.get(i - 1);
            var newer = bySize.get(i);
            if (older.size() == newer.size()) {
                if (!older.root().equals(newer.root())) {
                    return Optional.of(new Finding(DocumentReason.EQUIVOCATION, older, newer, List.of()));
                }
            } else {
                var path = paths.path(older.size(), newer.size());
                if (!Merkle.continues(older.size(), older.root(), newer.size(), newer.root(), path)) {
                    return Optional.of(new Finding(DocumentReason.LOG_INCONSISTENT, older, newer, path));
                }
            }
        }
        return Optional.empty();
    }
}
