package dev.mvm.coordinator.pki;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The folder `fleet` in a coordinator's state directory: the authority, the coordinator's own credential, the token
/// of dev mode, and the lists of issued and of revoked certificates.
public final class FleetDirectory {
    /// Lifetime of the coordinator's own certificate, which is replaced after half of it.
    public static final Duration SERVER_LIFE = Duration.ofHours(24);

    private static final String CA = "ca.pem";
    private static final String SERVER = "server.pem";
    private static final String TOKEN = "token";
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "::1");

    private final Path fleet;

    /// @param state the coordinator's state directory
    public FleetDirectory(Path state) {
        this.fleet = state.resolve("fleet");
    }

    /// Creates the folder with everything in it.
    ///
    /// @param hosts names and addresses by which clients dial this coordinator, besides the loopback names
    /// @throws PkiException if the folder already exists
    public void create(String name, List<String> hosts, Instant now) throws PkiException {
        var authority = Authority.create(now);
        var all = new ArrayList<>(LOOPBACK);
        all.addAll(hosts);
        var server = newServer(authority, new Peer(CertificateRole.COORDINATOR, name), all, now);
        var files = new LinkedHashMap<String, byte[]>();
        files.put(CA, pem(authority.credential()));
        files.put(SERVER, pem(server));
        files.put(TOKEN, (newToken() + "\n").getBytes(US_ASCII));
        files.put("hosts", String.join("\n", all).concat("\n").getBytes(US_ASCII));
        files.put("issued", new byte[0]);
        files.put("revoked", new byte[0]);
        files.put("operators", new byte[0]);
        try {
            PrivateFiles.createParents(fleet);
            PrivateFiles.createDirectory(fleet, files, written -> {
                opens(written.resolve(CA), authority.credential());
                opens(written.resolve(SERVER), server);
            });
        } catch (FileAlreadyExistsException e) {
            throw new PkiException("a fleet already exists in " + fleet);
        } catch (IOException e) {
            throw new PkiException(fleet + " cannot be created", e);
        }
    }

    private static ServerCredential newServer(Authority authority, Peer peer, List<String> hosts, Instant now) {
        var pair = Authority.newKeyPair();
        var request = new Authority.Request(peer, pair.getPublic(), SERVER_LIFE, hosts);
        return new ServerCredential(pair.getPrivate(), authority.issue(request, now));
    }

    private static String newToken() {
        var bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] pem(ServerCredential credential) {
        return (new String(PemText.of(credential.key()), US_ASCII)
                        + new String(PemText.of(credential.chain()), US_ASCII))
                .getBytes(US_ASCII);
    }

    /// Returns the authority.
    ///
    /// @throws PkiException if the folder or the authority is missing or unreadable
    public Authority authority() throws PkiException {
        if (!Files.exists(fleet)) {
            throw new PkiException("there is no fleet in " + fleet + ": run mvm-coordinator init first");
        }
        return new Authority(credential(CA));
    }

    private ServerCredential credential(String name) throws PkiException {
        var file = fleet.resolve(name);
        return PemText.credential(PrivateFiles.read(file), file.toString());
    }

    /// Returns the coordinator's own credential, replaced first if half of its time is over.
    public ServerCredential server(Instant now) throws PkiException {
        var current = credential(SERVER);
        if (!current.halfSpent(now)) {
            return current;
        }
        var peer = Certificates.peer(current.certificate())
                .filter(named -> named.role() == CertificateRole.COORDINATOR)
                .orElseThrow(() -> new PkiException(fleet.resolve(SERVER) + " is not of a coordinator"));
        var hosts = new String(PrivateFiles.read(fleet.resolve("hosts")), US_ASCII)
                .lines()
                .toList();
        var next = newServer(authority(), peer, hosts, now);
        try {
            PrivateFiles.replace(fleet.resolve(SERVER), pem(next), written -> opens(written, next));
        } catch (IOException e) {
            throw new PkiException(fleet.resolve(SERVER) + " cannot be replaced", e);
        }
        return next;
    }

    /// Creates a credential in the new directory `out`: `key.pem`, `cert.pem` with the chain, and `ca.pem`. An operator
    /// becomes an admin.
    public void enrol(Peer peer, Duration life, Path out, Instant now) throws PkiException {
        var pair = Authority.newKeyPair();
        var chain = issue(authority(), new Authority.Request(peer, pair.getPublic(), life, List.of()), now);
        if (peer.role() == CertificateRole.OPERATOR) {
            operators().enrolled(peer.name(), now);
        }
        var files = Map.of(
                "key.pem", PemText.of(pair.getPrivate()),
                "cert.pem", PemText.of(chain),
                "ca.pem", PemText.of(List.of(chain.getLast())));
        try {
            PrivateFiles.createDirectory(out, files, written -> opens(written, chain));
        } catch (FileAlreadyExistsException e) {
            throw new PkiException("file exists, not overwritten: " + out);
        } catch (IOException e) {
            throw new PkiException(out + " cannot be created", e);
        }
    }

    /// Requires that a file holds this credential.
    private static void opens(Path written, ServerCredential meant) throws PkiException {
        var found = PemText.credential(PrivateFiles.read(written), written.toString());
        if (!found.chain().equals(meant.chain()) || !found.fits()) {
            throw new PkiException("a credential does not read back as it was written: " + written);
        }
    }

    /// Requires that a directory holds a key for this chain, the chain, and its last certificate.
    private static void opens(Path written, List<X509Certificate> chain) throws PkiException {
        var files = new ByteArrayOutputStream();
        files.writeBytes(PrivateFiles.read(written.resolve("key.pem")));
        files.writeBytes(PrivateFiles.read(written.resolve("cert.pem")));
        var found = PemText.credential(files.toByteArray(), written.toString());
        var last = PemText.certificates(PrivateFiles.read(written.resolve("ca.pem")), written.toString());
        if (!found.chain().equals(chain) || !found.fits() || !last.equals(List.of(chain.getLast()))) {
            throw new PkiException("a credential does not read back as it was written: " + written);
        }
    }

    /// Signs a certificate, after recording its serial number.
    public List<X509Certificate> issue(Authority authority, Authority.Request request, Instant now)
            throws PkiException {
        var chain = authority.issue(request, now);
        var certificate = chain.getFirst();
        try {
            PrivateFiles.append(
                    fleet.resolve("issued"),
                    Certificates.serial(certificate) + " " + request.peer() + " "
                            + certificate.getNotAfter().toInstant());
        } catch (IOException e) {
            throw new PkiException(fleet.resolve("issued") + " cannot be written", e);
        }
        return chain;
    }

    /// Revokes every certificate that `peer` has ever had.
    ///
    /// @return the number of its certificates
    public int revoke(Peer peer) throws PkiException {
        var issued = new String(PrivateFiles.read(fleet.resolve("issued")), US_ASCII);
        var serials = issued.lines()
                .map(line -> line.split(" ", -1))
                .filter(words -> words.length == 3 && words[1].equals(peer.toString()))
                .map(words -> words[0])
                .toList();
        try {
            for (var serial : serials) {
                PrivateFiles.append(fleet.resolve("revoked"), serial);
            }
        } catch (IOException e) {
            throw new PkiException(fleet.resolve("revoked") + " cannot be written", e);
        }
        return serials.size();
    }

    /// Returns the serial numbers of revoked certificates.
    Set<String> revoked() throws PkiException {
        return new HashSet<>(new String(PrivateFiles.read(fleet.resolve("revoked")), US_ASCII)
                .lines()
                .toList());
    }

    /// Returns a text that differs after every change of the list of revoked certificates.
    String revokedStamp() throws PkiException {
        var file = fleet.resolve("revoked");
        try {
            return Files.getLastModifiedTime(file) + " " + Files.size(file);
        } catch (NoSuchFileException e) {
            throw new PkiException("no such file: " + file);
        } catch (IOException e) {
            throw new PkiException(file + " cannot be read", e);
        }
    }

    /// Returns the operators that were enrolled on this machine.
    public EnrolledOperators operators() {
        return new EnrolledOperators(fleet);
    }

    /// Returns the file of dev mode's token.
    public Path tokenFile() {
        return fleet.resolve(TOKEN);
    }
}
