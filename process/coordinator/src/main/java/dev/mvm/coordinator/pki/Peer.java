package dev.mvm.coordinator.pki;

import java.util.Optional;
import java.util.regex.Pattern;

/// A name in a certificate, as a SPIFFE-form URI: `spiffe://mvm/node/edge-1`.
///
/// @param name 1 to 63 of `a-z`, `0-9` and `-`, beginning with a letter, not ending in a hyphen
public record Peer(CertificateRole role, String name) {
    private static final String PREFIX = "spiffe://mvm/";
    private static final Pattern NAME = Pattern.compile("[a-z]([a-z0-9-]{0,61}[a-z0-9])?");

    public Peer {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a name of a " + role.word()
                    + ": expected 1 to 63 of a-z, 0-9 and -, beginning with a letter, not ending in -");
        }
    }

    public String uri() {
        return PREFIX + role.word() + "/" + name;
    }

    /// Returns the peer that `uri` names; empty if the URI has another form.
    static Optional<Peer> ofUri(String uri) {
        var parts = uri.startsWith(PREFIX) ? uri.substring(PREFIX.length()).split("/", -1) : new String[0];
        if (parts.length != 2 || !NAME.matcher(parts[1]).matches()) {
            return Optional.empty();
        }
        return CertificateRole.of(parts[0]).map(role -> new Peer(role, parts[1]));
    }

    @Override
    public String toString() {
        return role.word() + "/" + name;
    }
}
