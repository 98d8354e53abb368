package dev.mvm.coordinator.pki;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Certificates of nodes, for operators who are not on the coordinator's host: which there are, tokens for new ones,
/// and revocation.
///
/// Thread-safe.
public final class NodeCertificates {
    private final FleetDirectory directory;
    private final EnrolmentTokens tokens;
    private final boolean enrols;
    private final InstantSource clock;

    /// @param enrols whether the coordinator has a port at which tokens are good for something
    public NodeCertificates(FleetDirectory directory, boolean enrols, InstantSource clock) {
        this.directory = directory;
        this.tokens = new EnrolmentTokens(directory);
        this.enrols = enrols;
        this.clock = clock;
    }

    /// State of a certificate, besides its end. The words are a format.
    public enum State {
        GOOD("good"),
        REVOKED("revoked"),
        /// Of an authority that was dropped.
        AUTHORITY_GONE("authority_gone");

        private final String word;

        State(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    /// The certificate that was issued last to a node.
    ///
    /// @param expires empty for a node that has only had a token
    public record Listed(String node, Optional<Instant> expires, State state) {}

    /// A token that was just made. Its secret is in no file.
    public record Made(Peer node, String token, Instant expires) {
        @Override
        public String toString() {
            return "token for " + node;
        }
    }

    /// Returns whether the coordinator has a port at which tokens are good for something.
    public boolean enrols() {
        return enrols;
    }

    /// Lists them by name.
    public List<Listed> all() throws PkiException {
        var revoked = directory.revoked();
        var trusted = directory.authorities().trusted().stream()
                .map(Certificates::serial)
                .collect(Collectors.toSet());
        var out = new ArrayList<Listed>();
        directory.lastOfNodes().forEach((name, last) -> {
            var state = State.GOOD;
            if (revoked.names(new Peer(CertificateRole.NODE, name).toString(), last.enrolled())) {
                state = State.REVOKED;
            } else if (!last.authority().isEmpty() && !trusted.contains(last.authority())) {
                state = State.AUTHORITY_GONE;
            }
            out.add(new Listed(name, Optional.of(last.expires()), state));
        });
        return out;
    }

    /// Makes a token for a node.
    public Made token(Peer node) throws PkiException {
        var now = clock.instant();
        var token = tokens.make(node, now);
        return new Made(node, token, now.plus(EnrolmentTokens.LIFE).truncatedTo(ChronoUnit.SECONDS));
    }

    /// Revokes what a node has, its tokens among it.
    ///
    /// @return what was revoked; empty if the node has never had a certificate, nor a token
    public Optional<Listed> revoke(Peer node) throws PkiException {
        if (!directory.revoke(node, clock.instant())) {
            return Optional.empty();
        }
        var listed =
                all().stream().filter(each -> each.node().equals(node.name())).findFirst();
        return Optional.of(listed.orElse(new Listed(node.name(), Optional.empty(), State.REVOKED)));
    }
}
