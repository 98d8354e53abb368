package dev.mvm.coordinator;

import dev.mvm.coordinator.pki.AuthorityRotation;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.EnrolmentTokens;
import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.KeptKey;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.coordinator.trust.DocumentsSource;
import dev.mvm.crypto.sign.PassphraseFile;
import dev.mvm.crypto.sign.PassphraseSource;
import dev.mvm.crypto.sign.ServiceCredentials;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/// The verbs of `mvm-coordinator`. Exit status: 0 done, 1 failed, 2 wrong usage or configuration.
final class CommandLine {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;

    private static final int MAX_DAYS = 3650;
    private static final int OPERATOR_DAYS = 90;
    private static final String HELP = """
            usage: mvm-coordinator VERB OPTIONS

              init   --dir DIR [--name NAME] [--host HOST]... [--authority-key KEY]
                     create a fleet in DIR: certificate authority, server certificate, token. KEY is an Ed25519 key
                     for the authority, a file's absolute path, a pkcs11: URI or transit:NAME@VERSION; without it a
                     new one is made in a file of DIR
              enrol  --dir DIR (--node NAME | --operator NAME) --out DIR [--days N]
                     create a credential for a node or an operator in the new directory OUT;
                     the operator is an admin, who adds others: mvm operator add
              enrol-token --dir DIR --node NAME
                     print a token by which the machine that is to be NAME gets its first certificate, within an
                     hour and once; its key is made there, by mvm-node bootstrap --token-file
              revoke --dir DIR (--node NAME | --operator NAME)
                     revoke every certificate of NAME, and what it is renewed to, until NAME is enrolled anew; takes
                     effect within seconds
              rotate-authority (start | undo | finish [--even-if-used] | replace) --dir DIR [--authority-key KEY]
                     replace the certificate authority: start lets a new one issue, and both are trusted;
                     undo lets the old one issue again; finish drops the one that does not issue;
                     replace is for a stolen one: all certificates end, and everybody is enrolled anew
              forget-tenant-keys --dir DIR [--yes]
                     remove the keys of tenants that a coordinator of before the key service has left in DIR, with
                     their master key; without --yes say what that gives up. The coordinator has to be stopped
              keys   --config FILE
                     say how each key is kept
              serve  --config FILE
                     run the coordinator until SIGTERM
            """;

    private final DocumentsSource documents;
    private final PrintStream out;
    private final PrintStream err;

    CommandLine(DocumentsSource documents, PrintStream out, PrintStream err) {
        this.documents = documents;
        this.out = out;
        this.err = err;
    }

    /// Runs one verb.
    ///
    /// @return the exit status
    int run(List<String> words) {
        try {
            var verb = words.isEmpty() ? "" : words.getFirst();
            var rest = words.isEmpty() ? words : words.subList(1, words.size());
            return switch (verb) {
                case "init" -> init(Arguments.parse(rest, Set.of("--dir", "--name", "--host", "--authority-key")));
                case "enrol" ->
                    enrol(Arguments.parse(rest, Set.of("--dir", "--node", "--operator", "--out", "--days")));
                case "enrol-token" -> enrolToken(Arguments.parse(rest, Set.of("--dir", "--node")));
                case "revoke" -> revoke(Arguments.parse(rest, Set.of("--dir", "--node", "--operator")));
                case "rotate-authority" -> rotateAuthority(rest);
                case "forget-tenant-keys" -> forgetTenantKeys(rest);
                case "keys" -> keys(Arguments.parse(rest, Set.of("--config")));
                case "serve" -> serve(Arguments.parse(rest, Set.of("--config")));
                case "help", "--help", "-h" -> help();
                default ->
                    throw new SettingsException(
                            "expected a verb: init, enrol, enrol-token, revoke, rotate-authority, forget-tenant-keys,"
                                    + " keys or serve");
            };
        } catch (SettingsException e) {
            err.println("mvm-coordinator: " + e.getMessage());
            return USAGE;
        } catch (DocumentRefusedException e) {
            err.println("mvm-coordinator: " + e.getMessage() + " (" + e.reason() + ")");
            return FAILED;
        } catch (PkiException | StoreException | IOException e) {
            err.println("mvm-coordinator: " + e.getMessage());
            return FAILED;
        }
    }

    private int help() {
        out.print(HELP);
        return DONE;
    }

    private int init(Arguments arguments) throws SettingsException, PkiException {
        var directory = directory(arguments);
        var name = peer(
                        CertificateRole.COORDINATOR,
                        arguments.optional("--name").orElse("main"))
                .name();
        for (var host : arguments.all("--host")) {
            if (!host.matches("[A-Za-z0-9.:-]{1,253}")) {
                throw new SettingsException("--host: not a host name or an IP address");
            }
        }
        try (var fleet = new FleetDirectory(directory)) {
            fleet.create(name, arguments.all("--host"), authorityKey(arguments), Instant.now());
        }
        out.println("created a fleet in " + directory);
        return DONE;
    }

    private int enrol(Arguments arguments) throws SettingsException, PkiException {
        var peer = peer(arguments);
        var where = Path.of(arguments.required("--out"));
        var life = Duration.ofDays(days(arguments, peer.role() == CertificateRole.OPERATOR ? OPERATOR_DAYS : MAX_DAYS));
        try (var fleet = new FleetDirectory(directory(arguments))) {
            fleet.enrol(peer, life, where, Instant.now());
        }
        out.println("enrolled " + peer + " in " + where);
        return DONE;
    }

    private int enrolToken(Arguments arguments) throws SettingsException, PkiException {
        var node = peer(CertificateRole.NODE, arguments.required("--node"));
        try (var fleet = new FleetDirectory(directory(arguments))) {
            out.println(new EnrolmentTokens(fleet).make(node, Instant.now()));
        }
        return DONE;
    }

    private int revoke(Arguments arguments) throws SettingsException, PkiException {
        var peer = peer(arguments);
        var fleet = new FleetDirectory(directory(arguments));
        if (!fleet.revoke(peer, Instant.now())) {
            throw new PkiException("no certificate of " + peer + " was ever issued");
        }
        if (peer.role() == CertificateRole.OPERATOR) {
            fleet.operators().revoked(peer.name(), Instant.now());
        }
        out.println("revoked " + peer);
        return DONE;
    }

    private int rotateAuthority(List<String> words) throws SettingsException, PkiException {
        var step = words.isEmpty() ? "" : words.getFirst();
        boolean evenIfUsed = step.equals("finish") && words.contains("--even-if-used");
        var options = words.stream()
                .skip(1)
                .filter(word -> !evenIfUsed || !word.equals("--even-if-used"))
                .toList();
        if (!Set.of("start", "undo", "finish", "replace").contains(step)) {
            throw new SettingsException("rotate-authority: expected start, undo, finish or replace");
        }
        boolean makes = Set.of("start", "replace").contains(step);
        var arguments = Arguments.parse(options, makes ? Set.of("--dir", "--authority-key") : Set.of("--dir"));
        try (var rotation = new AuthorityRotation(directory(arguments))) {
            switch (step) {
                case "start" -> rotation.start(authorityKey(arguments), Instant.now());
                case "undo" -> rotation.undo();
                case "replace" -> rotation.replace(authorityKey(arguments), Instant.now());
                default -> rotation.finish(evenIfUsed, Instant.now());
            }
        }
        boolean one = Set.of("finish", "replace").contains(step);
        out.println(
                one
                        ? "one authority is trusted now, the one that issues"
                        : "another authority issues now, and both are trusted until rotate-authority finish");
        return DONE;
    }

    private int forgetTenantKeys(List<String> words) throws SettingsException, StoreException, IOException {
        var options = words.stream().filter(word -> !word.equals("--yes")).toList();
        var where = directory(Arguments.parse(options, Set.of("--dir")));
        var removal = new TenantKeyRemoval(where);
        int keys = removal.keys().size();
        if (keys > 0 && !words.contains("--yes")) {
            err.println("mvm-coordinator: nothing is removed yet: volumes and sleeping instances that were sealed under"
                    + " these " + keys + " keys of tenants open on no node afterwards, and in no backup; destroy them,"
                    + " or save what is in them, and then add --yes (not_confirmed)");
            return FAILED;
        }
        removal.run();
        out.println("removed " + keys + " keys of tenants and their master key from " + where + "; copies of it are"
                + " yours to destroy, and a master key behind Transit");
        return DONE;
    }

    private int keys(Arguments arguments) throws SettingsException, PkiException {
        KeysReport.of(SettingsFile.read(Path.of(arguments.required("--config"))))
                .forEach(out::println);
        return DONE;
    }

    private static Optional<String> authorityKey(Arguments arguments) throws SettingsException {
        var reference = arguments.optional("--authority-key");
        if (reference.isPresent() && !reference.get().matches("/.*|(pkcs11|transit):.*")) {
            throw new SettingsException("--authority-key: expected the absolute path of a file, a pkcs11: URI or"
                    + " transit:NAME@VERSION");
        }
        return reference;
    }

    private static Path directory(Arguments arguments) throws SettingsException {
        return Path.of(arguments.required("--dir"));
    }

    private static Peer peer(Arguments arguments) throws SettingsException {
        var node = arguments.optional("--node");
        var operator = arguments.optional("--operator");
        if (node.isPresent() == operator.isPresent()) {
            throw new SettingsException("expected either --node or --operator");
        }
        return node.isPresent()
                ? peer(CertificateRole.NODE, node.get())
                : peer(CertificateRole.OPERATOR, operator.orElseThrow());
    }

    private static Peer peer(CertificateRole role, String name) throws SettingsException {
        try {
            return new Peer(role, name);
        } catch (IllegalArgumentException e) {
            throw new SettingsException(String.valueOf(e.getMessage()));
        }
    }

    private static int days(Arguments arguments, int most) throws SettingsException {
        var text = arguments.optional("--days").orElse("30");
        int days = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
        if (days < 1 || days > most) {
            throw new SettingsException("--days: expected a number from 1 to " + most);
        }
        return days;
    }

    /// Returns the reference to the state key, which a credential may stand for.
    private static String stateKey(CoordinatorConfig.Trust trust) {
        var kept = KeptKey.of(trust.stateKey());
        return kept.kind() == KeptKey.Kind.CREDENTIAL
                ? ServiceCredentials.here().place(Path.of(kept.place())).toString()
                : trust.stateKey();
    }

    private int serve(Arguments arguments)
            throws SettingsException, PkiException, StoreException, IOException, DocumentRefusedException {
        var settings = SettingsFile.read(Path.of(arguments.required("--config")));
        var trust = settings.trust();
        var passphrases = trust.passphraseFile()
                .<PassphraseSource>map(PassphraseFile::new)
                .orElseGet(() -> PassphraseSource.none("trust.state-key-passphrase-file names a file with it"));
        var coordinator =
                Coordinator.start(settings, documents.open(trust.root(), trust.pin(), stateKey(trust), passphrases));
        // the JVM exits when the hooks have run; this thread waits until then
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(coordinator::close));
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return DONE;
    }
}
