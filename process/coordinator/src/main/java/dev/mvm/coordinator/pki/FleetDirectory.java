package dev.mvm.coordinator.pki;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Stream;

/// The folder `fleet` in a coordinator's state directory: the authority, the coordinator's own credential, the token
/// of dev mode, and the lists of issued and of revoked certificates.
public final class FleetDirectory implements AutoCloseable {
    /// Lifetime of the coordinator's own certificate, which is replaced after half of it.
    public static final Duration SERVER_LIFE = Duration.ofHours(24);

    private static final String CA = "ca.pem";
    private static final String SERVER = "server.pem";
    private static final String TOKEN = "token";
    private static final String REVOKED = "revoked";
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "::1");

    private final Path fleet;
    private final IssuedList issued;
    private final TokenFolder tokens;
    private final AuthorityKeys keys;
    private final AuthorityFile authorityFile;

    /// @param state the coordinator's state directory
    public FleetDirectory(Path state) {
        this.fleet = state.resolve("fleet");
        this.issued = new IssuedList(fleet.resolve("issued"));
        this.tokens = new TokenFolder(fleet);
        this.keys = new AuthorityKeys(fleet);
        this.authorityFile = new AuthorityFile(fleet.resolve(CA), keys);
    }

    /// Creates the folder with everything in it, and a key file for the authority.
    ///
    /// @throws PkiException if the folder already exists
    public void create(String name, List<String> hosts, Instant now) throws PkiException {
        create(name, hosts, Optional.empty(), now);
    }

    /// Creates the folder with everything in it.
    ///
    /// @param key reference to the authority's key; empty for a new one in a file of the folder
    /// @param hosts names and addresses by which clients dial this coordinator, besides the loopback names
    /// @throws PkiException if the folder already exists
    public void create(String name, List<String> hosts, Optional<String> key, Instant now) throws PkiException {
        var fresh = key.isPresent() ? Optional.<AuthorityKeys.Fresh>empty() : Optional.of(keys.fresh());
        var own = fresh.isPresent() ? fresh.get().key() : keys.given(key.orElseThrow());
        var authority = Authority.create(own, now);
        var all = new ArrayList<>(LOOPBACK);
        all.addAll(hosts);
        var server = newServer(authority, new Peer(CertificateRole.COORDINATOR, name), all, now);
        var files = new LinkedHashMap<String, byte[]>();
        var authorities = new Authorities(authority, Optional.empty());
        fresh.ifPresent(made -> files.put(made.name(), made.content()));
        files.put(CA, AuthorityFile.text(authorities));
        files.put(SERVER, PemText.of(server));
        files.put(TOKEN, (newToken() + "\n").getBytes(US_ASCII));
        files.put("hosts", String.join("\n", all).concat("\n").getBytes(US_ASCII));
        files.put("issued", new byte[0]);
        files.put(REVOKED, new byte[0]);
        files.put("operators", new byte[0]);
        try {
            PrivateFiles.createParents(fleet);
            PrivateFiles.createDirectory(fleet, files, written -> {
                authorityFile.demand(written.resolve(CA), authorities);
                if (fresh.isPresent()) {
                    keys.demandWritten(own, written.resolve(fresh.get().name()));
                }
                opens(written.resolve(SERVER), server);
            });
        } catch (FileAlreadyExistsException e) {
            throw new PkiException("a fleet already exists in " + fleet);
        } catch (IOException e) {
            throw new PkiException(fleet + " cannot be created", e);
        } finally {
            fresh.ifPresent(AuthorityKeys.Fresh::close);
        }
    }

    private static ServerCredential newServer(Authority authority, Peer peer, List<String> hosts, Instant now)
            throws PkiException {
        var pair = Authority.newKeyPair();
        var request = new Authority.Request(peer, pair.getPublic(), SERVER_LIFE, hosts);
        return new ServerCredential(
                pair.getPrivate(), authority.issue(request, Enrolment.at(now, Optional.empty()), now));
    }

    private static String newToken() {
        var bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /// Returns the authority that issues.
    ///
    /// @throws PkiException if the folder or the authority is missing or unreadable
    public Authority authority() throws PkiException {
        return authorities().issuing();
    }

    /// Returns all authorities that are trusted.
    ///
    /// @throws PkiException if the folder or an authority is missing or unreadable
    Authorities authorities() throws PkiException {
        return authorityFile.read();
    }

    /// Returns the tokens that were not used yet.
    TokenFolder tokens() {
        return tokens;
    }

    /// Returns the file of authorities.
    public AuthorityFile authorityFile() {
        return authorityFile;
    }

    private ServerCredential credential(String name) throws PkiException {
        var file = fleet.resolve(name);
        return PemText.credential(PrivateFiles.read(file), file.toString());
    }

    /// Returns the coordinator's own credential, replaced first if half of its time is over, or if another
    /// authority has to sign it.
    public ServerCredential server(Instant now) throws PkiException {
        var current = credential(SERVER);
        var authority = authorities().ofServer();
        if (!current.halfSpent(now) && current.chain().getLast().equals(authority.certificate())) {
            return current;
        }
        var peer = Certificates.peer(current.certificate())
                .filter(named -> named.role() == CertificateRole.COORDINATOR)
                .orElseThrow(() -> new PkiException(fleet.resolve(SERVER) + " is not of a coordinator"));
        var hosts = new String(PrivateFiles.read(fleet.resolve("hosts")), US_ASCII)
                .lines()
                .toList();
        var next = newServer(authority, peer, hosts, now);
        try {
            PrivateFiles.replace(fleet.resolve(SERVER), PemText.of(next), written -> opens(written, next));
        } catch (IOException e) {
            throw new PkiException(fleet.resolve(SERVER) + " cannot be replaced", e);
        }
        return next;
    }

    /// Creates a credential in the new directory `out`: `key.pem`, `cert.pem` with the chain, and `ca.pem`
    /// with every trusted authority. An operator becomes an admin.
    public void enrol(Peer peer, Duration life, Path out, Instant now) throws PkiException {
        var pair = Authority.newKeyPair();
        var issued = enrol(peer, pair.getPublic(), life, now);
        if (peer.role() == CertificateRole.OPERATOR) {
            operators().enrolled(peer.name(), now);
        }
        CredentialFolder.create(out, pair.getPrivate(), issued);
    }

    /// Requires that a file holds this credential.
    private static void opens(Path written, ServerCredential meant) throws PkiException {
        var found = PemText.credential(PrivateFiles.read(written), written.toString());
        if (!found.chain().equals(meant.chain()) || !found.fits()) {
            throw new PkiException("a credential does not read back as it was written: " + written);
        }
    }

    /// Signs a certificate for a name that is enrolled, and records it.
    public List<X509Certificate> issue(Authority authority, Authority.Request request, Instant now)
            throws PkiException {
        return issue(authority, request, Enrolment.at(now, revoked().moment(request.peer())), now);
    }

    private List<X509Certificate> issue(Authority authority, Authority.Request request, Instant enrolled, Instant now)
            throws PkiException {
        var chain = authority.issue(request, enrolled, now);
        issued.add(request.peer(), chain.getFirst(), enrolled, authority);
        return chain;
    }

    /// Signs a certificate for a name that is enrolled with a key of its own.
    public Issued enrol(Peer peer, PublicKey key, Duration life, Instant now) throws PkiException {
        var _ = authorities(); // a fleet that is missing is the first error
        return enrol(peer, key, life, Enrolment.at(now, revoked().moment(peer)), now);
    }

    /// Signs a certificate for a name that was enrolled at a moment of its own.
    Issued enrol(Peer peer, PublicKey key, Duration life, Instant enrolled, Instant now) throws PkiException {
        var authorities = authorities();
        var request = new Authority.Request(peer, key, life, List.of());
        return new Issued(issue(authorities.issuing(), request, enrolled, now), authorities.trusted());
    }

    /// A certificate that was just issued.
    ///
    /// @param chain the certificate and that of its authority
    /// @param authorities every authority that the fleet trusts
    public record Issued(List<X509Certificate> chain, List<X509Certificate> authorities) {}

    /// Signs a certificate with the name and the moment of enrolment of the present one. The present one
    /// has to be of the issuing authority, or else on the list of issued ones: who has nothing but the key
    /// of an authority that is being replaced gets nothing of the next one.
    ///
    /// @param life from now on
    /// @throws PkiException if it is not
    public Issued renew(X509Certificate present, PublicKey key, Duration life, Instant now) throws PkiException {
        var authorities = authorities();
        var issuing = authorities.issuing();
        var peer = Certificates.peer(present)
                .orElseThrow(() -> new PkiException("the certificate names no member of this fleet"));
        if (!authorities.issuerOf(present).equals(Optional.of(issuing)) && !issued.holds(present)) {
            throw new PkiException("the certificate is of an authority that is being replaced, and there is no record"
                    + " of it: enrol " + peer + " anew");
        }
        var request = new Authority.Request(peer, key, life, List.of());
        return new Issued(issue(issuing, request, Enrolment.of(present), now), authorities.trusted());
    }

    /// Revokes every certificate of `peer` that comes of an enrolment until now: those of today, and those
    /// to which they are renewed, whatever else is issued meanwhile. So do its tokens.
    ///
    /// @return whether it has ever had a certificate, or has a token
    public boolean revoke(Peer peer, Instant now) throws PkiException {
        var latest = Stream.of(tokens.enrolled(peer), issued.enrolled(peer))
                .flatMap(Optional::stream)
                .max(Comparator.naturalOrder());
        if (latest.isEmpty()) {
            return false;
        }
        var second = now.truncatedTo(ChronoUnit.SECONDS);
        var _ = revoked(); // a list that is not understood counts for nothing
        try {
            PrivateFiles.append(
                    fleet.resolve(REVOKED),
                    RevokedList.line(peer, latest.get().isAfter(second) ? latest.get() : second));
        } catch (IOException e) {
            throw new PkiException(fleet.resolve(REVOKED) + " cannot be written", e);
        }
        return true;
    }

    /// Returns what is revoked.
    RevokedList revoked() throws PkiException {
        var file = fleet.resolve(REVOKED);
        var lines = new String(PrivateFiles.read(file), US_ASCII).lines().toList();
        return RevokedList.parse(lines, file.toString());
    }

    /// Returns the names that would lose their last certificate with one authority.
    Set<String> left(Authority behind, Authority staying, Instant now) throws PkiException {
        return issued.left(behind, staying, revoked(), now);
    }

    /// Returns the certificate that was issued last to each node, by name.
    SortedMap<String, IssuedList.Last> lastOfNodes() throws PkiException {
        return issued.last(CertificateRole.NODE);
    }

    /// Returns a text that differs after every change of what is revoked and of the authorities.
    String stamp() throws PkiException {
        return PrivateFiles.stamp(fleet.resolve(REVOKED)) + " " + authorityFile.stamp();
    }

    /// Returns the operators that were enrolled on this machine.
    public EnrolledOperators operators() {
        return new EnrolledOperators(fleet);
    }

    /// Lets go of the authorities' keys.
    @Override
    public void close() {
        keys.close();
    }

    /// Returns the file of dev mode's token.
    public Path tokenFile() {
        return fleet.resolve(TOKEN);
    }
}
