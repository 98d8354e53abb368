package dev.mvm.coordinator.pki;

import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The list of what is revoked: names with a moment, and from earlier versions serial numbers. A
/// certificate is revoked if its name was enrolled no later than the moment says.
record RevokedList(Map<String, Instant> names, Set<String> serials) {
    private static final Pattern SERIAL = Pattern.compile("[0-9a-f]{1,40}");
    private static final Pattern NAME = Pattern.compile("[a-z]+/[a-z0-9-]{1,63}");

    RevokedList {
        names = Map.copyOf(names);
        serials = Set.copyOf(serials);
    }

    /// Reads a list.
    ///
    /// @param place name of the list in errors
    /// @throws PkiException for a line that is no revocation: which certificate it means to end is not known
    static RevokedList parse(List<String> lines, String place) throws PkiException {
        var names = new HashMap<String, Instant>();
        var serials = new HashSet<String>();
        for (int i = 0; i < lines.size(); i++) {
            var words = lines.get(i).split(" ", -1);
            if (words.length == 1 && SERIAL.matcher(words[0]).matches()) {
                serials.add(words[0]);
            } else if (words.length == 2
                    && NAME.matcher(words[0]).matches()
                    && moment(words[1]).isPresent()) {
                names.merge(words[0], moment(words[1]).get(), (a, b) -> a.isAfter(b) ? a : b);
            } else {
                throw new PkiException(place + ", line " + (i + 1)
                        + " is no revocation: remove it, then revoke again the name that it was meant for");
            }
        }
        return new RevokedList(names, serials);
    }

    private static Optional<Instant> moment(String word) {
        try {
            return Optional.of(Instant.parse(word));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    static String line(Peer peer, Instant moment) {
        return peer + " " + moment;
    }

    /// Returns the moment up to which a name is revoked.
    Optional<Instant> moment(Peer peer) {
        return Optional.ofNullable(names.get(peer.toString()));
    }

    /// Returns whether an enrolment of a name is revoked.
    boolean names(String name, Instant enrolled) {
        var moment = names.get(name);
        return moment != null && !enrolled.isAfter(moment);
    }

    boolean holds(X509Certificate certificate) throws PkiException {
        if (serials.contains(Certificates.serial(certificate))) {
            return true;
        }
        var peer = Certificates.peer(certificate).flatMap(this::moment);
        return peer.isPresent() && !Enrolment.of(certificate).isAfter(peer.get());
    }
}
