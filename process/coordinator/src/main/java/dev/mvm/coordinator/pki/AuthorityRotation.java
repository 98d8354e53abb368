package dev.mvm.coordinator.pki;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Replaces a fleet's authority while the fleet runs. In between both are trusted: the new one issues, and
/// the old one goes on signing the coordinator's own certificate, so that nodes reach it to renew and learn
/// the new one. Each step is one file that is replaced whole, which a running coordinator reads within
/// seconds.
public final class AuthorityRotation implements AutoCloseable {
    private static final int SHOWN = 10;

    private final FleetDirectory directory;

    public AuthorityRotation(Path state) {
        this.directory = new FleetDirectory(state);
    }

    /// Makes an authority that issues from now on, beside the present one.
    ///
    /// @param key reference to its key; empty for a new one in a file
    public void start(Optional<String> key, Instant now) throws PkiException {
        var present = directory.authorities();
        if (present.other().isPresent()) {
            throw new PkiException("a rotation is under way: finish it, or undo it and then finish that");
        }
        // younger by whole seconds, which certificates count in: the older one signs for the coordinator
        var next = present.issuing()
                .certificate()
                .getNotBefore()
                .toInstant()
                .plus(Authority.SKEW)
                .plusSeconds(1);
        var made = made(key, now.isAfter(next) ? now : next);
        directory.authorityFile().put(new Authorities(made, Optional.of(present.issuing())));
    }

    /// Exchanges the two authorities: the one that was to go issues again. What the other one has issued
    /// counts until the rotation is finished.
    public void undo() throws PkiException {
        var present = directory.authorities();
        directory.authorityFile().put(new Authorities(other(present), Optional.of(present.issuing())));
    }

    /// Makes an authority and drops all others: for one whose key was stolen, whose thief may have had
    /// certificates renewed by now. All members of the fleet are enrolled anew.
    ///
    /// @param key as in [#start]
    public void replace(Optional<String> key, Instant now) throws PkiException {
        var _ = directory.authorities();
        directory.authorityFile().put(new Authorities(made(key, now), Optional.empty()));
    }

    private Authority made(Optional<String> key, Instant now) throws PkiException {
        return directory.authorityFile().made(key, now);
    }

    /// Drops the authority that does not issue. Its certificates end.
    ///
    /// @param evenIfUsed drop it although members of the fleet have certificates of it alone
    public void finish(boolean evenIfUsed, Instant now) throws PkiException {
        var present = directory.authorities();
        var left = directory.left(other(present), present.issuing(), now);
        if (!left.isEmpty() && !evenIfUsed) {
            throw new PkiException(left.size() + " have a certificate of the old authority only: " + shown(left)
                    + ". Nodes renew by themselves, operators are enrolled anew; --even-if-used ends them now");
        }
        directory.authorityFile().put(new Authorities(present.issuing(), Optional.empty()));
    }

    @Override
    public void close() {
        directory.close();
    }

    private static Authority other(Authorities present) throws PkiException {
        return present.other().orElseThrow(() -> new PkiException("no rotation is under way: start one first"));
    }

    private static String shown(Set<String> names) {
        return names.stream().limit(SHOWN).collect(Collectors.joining(", ")) + (names.size() > SHOWN ? ", ..." : "");
    }
}
