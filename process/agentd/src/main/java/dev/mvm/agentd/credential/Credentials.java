package dev.mvm.agentd.credential;

import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// The two credentials of a node: the one that an operator has installed, which the agent can only read, and the one
/// that the agent has renewed, one file of its own. The one whose certificate was issued later is in use; one that
/// is valid now goes before one that is not. Thread-safe.
public final class Credentials {
    private static final String FILE = "credential.pem";

    private final Path installed;
    private final StateFiles own;
    private final NodeId node;
    private final InstantSource clock;
    private final Consumer<String> log;
    private final List<Consumer<Credential>> listeners = new CopyOnWriteArrayList<>();
    private volatile Credential current;
    private Optional<Credential> renewed;
    private String said = "";

    private Credentials(
            Path installed,
            StateFiles own,
            NodeId node,
            InstantSource clock,
            Consumer<String> log,
            Optional<Credential> renewed)
            throws IOException, GeneralSecurityException {
        this.installed = installed;
        this.own = own;
        this.node = node;
        this.clock = clock;
        this.log = log;
        this.renewed = renewed;
        this.current = renewed.isEmpty() ? read() : choice(renewed.get());
    }

    /// Reads both credentials.
    ///
    /// @param installed directory with `key.pem`, `cert.pem` and `ca.pem`
    /// @param own files of the agent, for the renewed credential alone
    /// @param log takes one line for what cannot be used
    /// @throws IOException if neither can be read
    /// @throws GeneralSecurityException if neither can be used
    public static Credentials open(
            Path installed, StateFiles own, NodeId node, InstantSource clock, Consumer<String> log)
            throws IOException, GeneralSecurityException {
        return new Credentials(installed, own, node, clock, log, kept(own, node, log));
    }

    private static Optional<Credential> kept(StateFiles own, NodeId node, Consumer<String> log) throws IOException {
        var file = Optional.ofNullable(own.all().get(FILE));
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try {
            var read = Credential.of(file.get());
            if (Credential.names(read.certificate(), node)) {
                return Optional.of(read);
            }
            log.accept("the renewed credential is another node's, and is passed over");
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            log.accept("the renewed credential cannot be used, and is passed over: " + e.getMessage());
        }
        return Optional.empty();
    }

    private Credential read() throws IOException, GeneralSecurityException {
        try {
            var read = Credential.installed(installed);
            if (!Credential.names(read.certificate(), node)) {
                throw new GeneralSecurityException("its certificate is not one of node " + node);
            }
            return read;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new GeneralSecurityException("the credential in " + installed + " cannot be used: " + e.getMessage());
        }
    }

    /// Returns the renewed credential or the installed one.
    private Credential choice(Credential kept) {
        try {
            var now = clock.instant();
            said = "";
            return Stream.of(kept, read())
                    .max(Comparator.comparing((Credential one) -> one.validAt(now))
                            .thenComparing(Credential::from))
                    .orElse(kept);
        } catch (IOException | GeneralSecurityException e) {
            complain(e);
            return kept;
        }
    }

    private void complain(Exception e) {
        var line = "the installed credential: " + e.getMessage();
        if (!line.equals(said)) {
            log.accept(line);
        }
        said = line;
    }

    /// The credential in use.
    public Credential current() {
        return current;
    }

    /// Has `listener` called with each credential that comes into use.
    public void listen(Consumer<Credential> listener) {
        listeners.add(listener);
    }

    /// Reads the installed credential again, which an operator may have replaced.
    synchronized void reload() {
        if (renewed.isPresent()) {
            use(choice(renewed.get()));
            return;
        }
        try {
            use(read());
            said = "";
        } catch (IOException | GeneralSecurityException e) {
            complain(e);
        }
    }

    /// Writes `fresh` to disk, in place of the renewed one before it, and uses it.
    ///
    /// @throws IOException if it cannot be written; the earlier credential stays in use then
    synchronized void renewed(Credential fresh) throws IOException {
        try {
            own.put(FILE, fresh.text());
        } catch (CertificateException e) {
            throw new IOException("a certificate has no encoding", e);
        }
        renewed = Optional.of(fresh);
        use(fresh);
    }

    private void use(Credential chosen) {
        if (chosen.same(current)) {
            return;
        }
        current = chosen;
        log.accept("the certificate of this node is another one now, good until " + chosen.until());
        listeners.forEach(listener -> listener.accept(chosen));
    }
}
