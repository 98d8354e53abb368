import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.keyd.service.KeydClient;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TimeMark;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.GrantRelease;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.Reboot;
import dev.mvm.protocol.trust.transparency.TestLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An mvm-keyd as a process: its memory with nothing to do, and the keys that it hands out in a second.
///
/// `KeydBench FOLDER COMMAND...`: an empty folder, and the command line of mvm-keyd without a verb.
public final class KeydBench {
    private static final int TENANTS = 256;
    private static final int SECONDS = 5;
    private static final KeyName KEY = new KeyName("main");
    private static final NodeId LARGE = new NodeId("n-large");
    private static final NodeId SMALL = new NodeId("n-small");

    private final Path folder;
    private final List<String> command;
    private final Ceremony ceremony = new Ceremony();
    private final Map<NodeId, Ceremony.Key> identities =
            Map.of(LARGE, Ceremony.Key.fresh(), SMALL, Ceremony.Key.fresh());
    private final TestLog log = new TestLog();
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private long logged;

    private KeydBench(Path folder, List<String> command) {
        this.folder = folder;
        this.command = command;
    }

    public static void main(String[] args) throws Exception {
        new KeydBench(Path.of(args[0]), Arrays.asList(args).subList(1, args.length)).measure();
    }

    private void measure() throws Exception {
        configure();
        run("make-signing-key", "--config", file("keyd.conf"));
        var root = Ceremony.signed(DocumentType.ROOT, Payloads.of(root()), ceremony.rootKey);
        Files.write(folder.resolve("root.dsse"), root);
        run("init", "--config", file("keyd.conf"), "--root", file("root.dsse"), "--pin", fleet().value());
        var keyd = started("run", "--config", file("keyd.conf"));
        try {
            Thread.sleep(15_000); // what a start needs is given back after ten seconds
            Figures.print("keyd.idle.mib", resident(keyd.pid()), "resident, with nothing to do");
            var client = new KeydClient(folder.resolve("run/keyd.sock"), Duration.ofSeconds(60));
            publish(client);
            sealed(client, LARGE, TENANTS); // first
            sealed(client, SMALL, 1);
            double large = rate(client, LARGE, TENANTS);
            Figures.print("keyd.keys.per_s", large * TENANTS, "keys, " + TENANTS + " in a blob, one client");
            Figures.print("keyd.blobs.per_s", rate(client, SMALL, 1), "blobs of one key, one client");
            Figures.print("keyd.busy.mib", resident(keyd.pid()), "resident, after that");
        } finally {
            keyd.destroy();
            keyd.waitFor();
        }
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private void configure() throws Exception {
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        for (var name : List.of("master", "state", "run")) {
            Files.createDirectory(folder.resolve(name), mode);
        }
        Files.writeString(folder.resolve("keyd.conf"), """
                mode = dev
                state-directory = %1$s/state
                runtime-directory = %1$s/run
                coordinator-uid = %2$s
                signing-key = %1$s/keyd.key
                master = file:%1$s/master
                ration-per-hour = 4096
                ration-burst = 4096
                """.formatted(folder, Files.getAttribute(folder, "unix:uid")));
    }

    private Process start(String... words) throws Exception {
        var all = new ArrayList<>(command);
        all.addAll(List.of(words));
        return new ProcessBuilder(all).redirectErrorStream(true).start();
    }

    private void run(String... words) throws Exception {
        var process = start(words);
        var said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IllegalStateException(words[0] + ": " + said);
        }
    }

    /// Returns the process once it serves; what it says after that is read and forgotten.
    private Process started(String... words) throws Exception {
        var process = start(words);
        var reader = process.inputReader();
        var said = new StringBuilder();
        for (var line = reader.readLine(); line != null; line = reader.readLine()) {
            said.append(line).append('\n');
            if (line.contains("mvm-keyd of fleet")) {
                Thread.ofPlatform().daemon().start(() -> reader.lines().forEach(_ -> {}));
                return process;
            }
        }
        throw new IllegalStateException("it does not serve: " + said);
    }

    private static double resident(long pid) throws Exception {
        return Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup")).stream()
                .filter(line -> line.startsWith("Rss:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .sum()
                / 1024.0;
    }

    private TrustRoot root() throws Exception {
        var plain = ceremony.rootWithNodeKey(1);
        var roles = new HashMap<>(plain.roles());
        var key = VerifyKey.ofBase64(Files.readString(folder.resolve("keyd.key.pub")).strip());
        roles.put(Role.KEYS, new TrustRoot.Keys(1, List.of(key)));
        return Ceremony.root(1, now.minusSeconds(60), now.plus(Duration.ofDays(30)), roles);
    }

    private Digest fleet() throws Exception {
        return Digest.of(Payloads.of(root()));
    }

    private void publish(KeydClient client) throws Exception {
        for (var node : identities.keySet()) {
            var traits = new NodeTraits(
                    List.of(), Optional.empty(), NodeTraits.Largest.UNLIMITED, 4096, Reboot.GO, Optional.empty(), List.of());
            var document = new NodeDocument(
                    fleet(),
                    node,
                    1,
                    now,
                    now.plus(Duration.ofDays(30)),
                    Optional.of(identities.get(node).verifyKey()),
                    traits);
            client.publish(Ceremony.signed(NodeDocument.TYPE, Payloads.of(document), ceremony.nodeKey));
        }
        for (int i = 0; i < TENANTS; i++) {
            var release = new GrantRelease(List.of(), List.of(), true, 4096, Attestation.NONE);
            var document = new GrantDocument(grant(i), Optional.of(release));
            client.publish(Ceremony.signed(DocumentType.GRANT, Payloads.of(document), ceremony.grantKey));
        }
    }

    private Grant grant(int number) {
        var plain = Ceremony.grant(
                new TenantId("tenant-" + number), number, new Grant.Key(KEY, KeyPurpose.SNAPSHOT, 1));
        return new Grant(
                plain.tenant(),
                1,
                plain.network(),
                now.minusSeconds(60),
                now.plus(Duration.ofDays(30)),
                plain.quotas(),
                plain.pools(), plain.runtimes(),
                plain.keys(),
                NodeMode.DEV);
    }

    private byte[] state(NodeId node, int tenants) {
        var grants = new ArrayList<Verified<Grant>>();
        for (int i = 0; i < tenants; i++) {
            grants.add(ceremony.verified(grant(i)));
        }
        return ceremony.signed(new NodeState(
                node,
                1,
                Optional.empty(),
                now.minusSeconds(1),
                now.plus(Duration.ofHours(24)),
                List.of(),
                Ceremony.state(grants, new Counts(1, 0, 0)).tenants()));
    }

    private final Map<NodeId, byte[]> states = new HashMap<>();

    private double rate(KeydClient client, NodeId node, int tenants) throws Exception {
        long begin = System.nanoTime();
        int times = 0;
        while (System.nanoTime() - begin < SECONDS * 1_000_000_000L) {
            sealed(client, node, tenants);
            times++;
        }
        return times * 1e9 / (System.nanoTime() - begin);
    }

    /// Asks for a blob as a node and a coordinator do: challenge, statement, seal.
    private void sealed(KeydClient client, NodeId node, int tenants) throws Exception {
        var challenge = Envelope.parse(client.challenge(node, Bytes.EMPTY).array(), KeyChallenge.TYPE);
        var hpke = new Hpke(new Libcrypto());
        try (var key = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            hpke.generate(key);
            var statement = new KeyStatement(
                    fleet(),
                    node,
                    challenge.payload().digest(),
                    "00000000-0000-4000-8000-000000000001",
                    Bytes.of(hpke.publicKey(key)),
                    NodeMode.DEV,
                    List.of());
            var unsigned = statement.unsigned();
            var identity = identities.get(node);
            var signed = KeyStatement.signed(
                    unsigned, identity.verifyKey().id(), Bytes.of(identity.sign(unsigned.signedBytes())));
            var state = Bytes.of(states.computeIfAbsent(node, _ -> state(node, tenants)));
            var proof = log.proof(state, ceremony.stateKey, known());
            var reply = client.seal(new KeydRequest.Seal(Bytes.of(signed), Bytes.EMPTY, state, proof));
            logged = Long.parseLong(client.status().replaceAll(".*\"log_size\":([0-9]+).*", "$1"));
            var blob = KeyBlob.parse(
                    Envelope.parse(reply.envelope().array(), KeyBlob.TYPE).payload().array());
            if (blob.keys().size() != tenants || !reply.refused().isEmpty()) {
                throw new IllegalStateException(blob.keys().size() + " keys, refused: " + reply.refused());
            }
        }
    }

    private HighWaterMark known() {
        Optional<TreeHead> head =
                logged == 0 ? Optional.empty() : Optional.of(new TreeHead(logged, Ceremony.SOME, now));
        return new HighWaterMark(1, 0, Optional.empty(), head, TimeMark.NONE, Map.of(), Map.of());
    }
}
