import dev.mvm.model.Rates;
import dev.mvm.model.NodeMode;
import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.crypto.sign.LibcryptoLibrary;
import dev.mvm.crypto.sign.PassphraseSource;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.model.NetId;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Resources;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.DefaultSubnet;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// Time to verify the largest permitted node state: 1 MiB, every rule of the verifier.
///
/// `make DIR` writes root, grants and state; `measure DIR JAVA-OPTION...` prints figures. For them it starts JVMs
/// that do `nothing`, and JVMs that do `first DIR`: read the documents as a node does, and verify the state once.
final class TrustBench {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
    private static final NodeId NODE = new NodeId("n-bench");
    private static final Digest RUNTIME = Digest.of(new byte[0]);
    private static final int POOLS = 16;
    private static final int LARGEST = DocumentType.NODE_STATE.maxBytes();

    private TrustBench() {}

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "make" -> make(Path.of(args[1]));
            case "nothing" -> {}
            case "first" -> first(Path.of(args[1]));
            case "measure" -> measure(Path.of(args[1]), List.of(args).subList(2, args.length));
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static void make(Path dir) throws Exception {
        var key = KeyFile.create(dir.resolve("all.key"));
        var keys = new TrustRoot.Keys(1, List.of(key.verifyKey()));
        var root = new TrustRoot(
                1,
                NOW.minus(Duration.ofDays(1)),
                NOW.plus(Duration.ofDays(300)),
                Map.of(Role.ROOT, keys, Role.GRANT, keys, Role.STATE, keys, Role.NODE, keys),
                Set.of());
        Files.write(dir.resolve("root.dsse"), signed(DocumentType.ROOT, Payloads.of(root), key));
        var tenants = new ArrayList<NodeState.Tenant>();
        var grants = new ArrayList<Digest>();
        var largest = new byte[0];
        Grant grant;
        do {
            int number = tenants.size();
            grant = grant(number);
            tenants.add(tenant(grant, POOLS));
            grants.add(Digest.of(Payloads.of(grant)));
            var next = Payloads.of(state(grants, tenants));
            if (next.length <= LARGEST) {
                Files.write(dir.resolve("grant-" + number + ".dsse"), signed(DocumentType.GRANT, Payloads.of(grant), key));
                largest = next;
            } else {
                break;
            }
        } while (true);
        Files.write(dir.resolve("state.dsse"), signed(DocumentType.NODE_STATE, largest, key));
    }

    private static byte[] signed(DocumentType type, byte[] payload, SigningKey key) throws Exception {
        var envelope = Envelopes.unsigned(type, payload);
        return Envelopes.bytes(Envelopes.signed(envelope, new Envelope.Signature(
                        key.verifyKey().id(), Bytes.of(key.sign(envelope.signedBytes())))));
    }

    private static Digest revision(int tenant, int pool) {
        return Digest.of(new byte[] {(byte) tenant, (byte) (tenant >> 8), (byte) pool});
    }

    private static Grant grant(int tenant) {
        var net = new NetId(tenant);
        return new Grant(
                new TenantId("tenant-" + tenant),
                1,
                new TenantNet(net, DefaultSubnet.of(net)),
                NOW.minus(Duration.ofDays(1)),
                NOW.plus(Duration.ofDays(30)),
                new Quotas(10_000, 1 << 24, 1_000, 1_000, 256, 300, 1 << 16, Quotas.UNLIMITED),
                IntStream.range(0, POOLS)
                        .mapToObj(pool -> new Grant.Pool(
                                new PoolId("pool-" + pool),
                                List.of(revision(tenant, pool)),
                                new Resources(2, 512, 10),
                                new Grant.Range(0, 10),
                                Set.of(PoolFlag.EXEC), Rates.UNLIMITED))
                        .toList(), List.of(new GuestRuntime(RUNTIME, RUNTIME)), List.of(), NodeMode.DEV);
    }

    private static NodeState.Tenant tenant(Grant grant, int pools) {
        return new NodeState.Tenant(
                grant.tenant(),
                grant.network(),
                grant.quotas(),
                grant.pools().subList(0, pools).stream()
                        .map(pool -> new NodeState.Pool(
                                pool.pool(),
                                pool.revisions().getFirst(),
                                new Resources(1, 128, 1),
                                new Counts(3, 2, 1),
                                pool.flags(), Rates.UNLIMITED))
                        .toList(), List.of());
    }

    private static NodeState state(List<Digest> grants, List<NodeState.Tenant> tenants) {
        return new NodeState(
                NODE, 1, Optional.empty(), NOW.minusSeconds(1), NOW.plus(Duration.ofHours(24)), grants, tenants);
    }

    /// A node before a state arrives: libraries, a root, the grants.
    private record Node(SignatureCheck check, Verifier verifier, Verifier.Context context, byte[] state) {
        static Node of(Path dir) throws Exception {
            var library = LibcryptoLibrary.find()
                    .orElseThrow(() -> new IllegalStateException("libcrypto is not there, or may not be called"));
            var check = library.check();
            var verifier = new Verifier(check);
            var root = Files.readAllBytes(dir.resolve("root.dsse"));
            var pin = Envelope.parse(root, DocumentType.ROOT).payload().digest();
            var pinned = verifier.pinnedRoot(root, pin);
            var grants = new ArrayList<Verified<Grant>>();
            for (int i = 0; Files.exists(dir.resolve("grant-" + i + ".dsse")); i++) {
                grants.add(verifier.grant(pinned, Files.readAllBytes(dir.resolve("grant-" + i + ".dsse"))));
            }
            return new Node(
                    check,
                    verifier,
                    new Verifier.Context(pinned, NODE, NodeMode.DEV, HighWaterMark.NONE, NOW, grants),
                    Files.readAllBytes(dir.resolve("state.dsse")));
        }

        Figures.Work signature() throws Exception {
            var envelope = Envelope.parse(state, DocumentType.NODE_STATE);
            var key = context.root().value().keys(Role.STATE).keys().getFirst();
            var message = envelope.signedBytes();
            var signature = envelope.signatures().getFirst().value().array();
            return () -> {
                if (!check.valid(key, message, signature)) {
                    throw new IllegalStateException("a good signature is refused");
                }
            };
        }

        void verify() throws Exception {
            if (!verifier.newState(state, context).state().value().node().equals(NODE)) {
                throw new IllegalStateException("another node");
            }
        }
    }

    /// Prints how long the first verification took, in nanoseconds.
    private static void first(Path dir) throws Exception {
        var node = Node.of(dir);
        long begin = System.nanoTime();
        node.verify();
        System.out.println(System.nanoTime() - begin);
    }

    private static void measure(Path dir, List<String> java) throws Exception {
        var node = Node.of(dir);
        var sha256 = MessageDigest.getInstance("SHA-256");
        Figures.Work hash = () -> {
            if (sha256.digest(node.state).length != 32) {
                throw new IllegalStateException("not a hash");
            }
        };
        var signature = node.signature();
        for (int i = 0; i < 200; i++) { // until all is compiled
            hash.once();
            signature.once();
            node.verify();
        }
        Figures.print(
                "trust.signature.vs_sha256",
                Figures.median(() -> Figures.rate(hash) / Figures.rate(signature)),
                "its signature alone, times as long as SHA-256 of the envelope");
        Figures.print(
                "trust.hot.vs_sha256",
                Figures.median(() -> Figures.rate(hash) / Figures.rate(node::verify)),
                "all of it, times as long as SHA-256 of the envelope");
        Figures.print(
                "trust.hot.ms",
                1e3 / Figures.median(() -> Figures.rate(node::verify)),
                "an envelope of " + node.state.length + " bytes, on one thread");
        var key = KeyFile.read(dir.resolve("all.key"), PassphraseSource.none("the key is plain"));
        var message = Envelope.parse(node.state, DocumentType.NODE_STATE).signedBytes();
        Figures.print(
                "trust.signs.per_s",
                Figures.median(() -> Figures.rate(() -> {
                    if (key.sign(message).length != SignatureCheck.SIGNATURE_BYTES) {
                        throw new IllegalStateException("not a signature");
                    }
                })),
                "signatures over that state by the coordinator's library, on one thread");
        var firsts = new ArrayList<Double>();
        var ratios = new ArrayList<Double>();
        double processes = Figures.median(() -> {
            double nothing = seconds(java, "nothing");
            double begin = System.nanoTime();
            double first = run(java, "first", dir.toString()) / 1e9;
            firsts.add(first);
            ratios.add(first / nothing);
            return (System.nanoTime() - begin) / 1e9 / nothing;
        });
        Figures.print(
                "trust.first.vs_empty_jvm",
                middle(ratios),
                "the first state in a JVM, times as long as one that does nothing");
        Figures.print("trust.first.ms", middle(firsts) * 1e3, "where libraries, root and grants were there before");
        Figures.print(
                "trust.process.vs_empty_jvm",
                processes,
                "a JVM that reads root, grants and state, against one that does nothing");
    }

    private static double middle(List<Double> all) {
        return all.stream().sorted().toList().get(all.size() / 2);
    }

    private static double seconds(List<String> java, String... arguments) {
        long begin = System.nanoTime();
        run(java, arguments);
        return (System.nanoTime() - begin) / 1e9;
    }

    private static double run(List<String> java, String... arguments) {
        var command = new ArrayList<>(java);
        command.add("TrustBench");
        command.addAll(List.of(arguments));
        try {
            var process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            var text = new String(process.getInputStream().readAllBytes()).strip();
            if (process.waitFor() != 0) {
                throw new IllegalStateException(command + " failed");
            }
            return text.isEmpty() ? 0 : Double.parseDouble(text);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
