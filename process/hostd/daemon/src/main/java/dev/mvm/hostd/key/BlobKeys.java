package dev.mvm.hostd.key;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.store.TrustStore;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/// Tenants' keys as the key service has sealed them to this node, for one period at a time; docs/protocol/keyd.md. What
/// opens them is in secret memory alone: it is wiped when the next period's blob has come, when its own time is over by
/// a clock that nobody sets, and with the machine. Each key is opened for each use, and wiped after it.
///
/// Thread-safe.
public final class BlobKeys {
    private final Self self;
    private final Hpke hpke;
    private final NodeIdentity identity;
    private final Verifier verifier;
    private final TrustStore trust;
    private final LongSupplier uptime;

    @GuardedBy("this")
    private final KeptPeriod kept;

    /// A sealing key whose statement awaits its first blob.
    @GuardedBy("this")
    private Optional<Period> stated = Optional.empty();

    /// Uptime in seconds from which on it waits no longer: until then the key service takes its statement.
    @GuardedBy("this")
    private long statedEnd;

    @GuardedBy("this")
    private Optional<Held> held = Optional.empty();

    /// Members of a statement that are this node's own.
    ///
    /// @param boot the kernel's boot id
    public record Self(NodeId node, NodeMode mode, String boot) {}

    private record Period(int number, SecretMemory key, Digest statement) {}

    /// @param own numbers of the keys for what this node has sealed: a blob may have thousands of others
    /// @param end uptime in seconds from which on it is not used
    private record Held(Period period, KeyBlob blob, Map<TenantId, Map<TenantKey, Integer>> own, long end) {
        private Held(Period period, KeyBlob blob, long end) {
            this(period, blob, new HashMap<>(), end);
            for (int i = 0; i < blob.keys().size(); i++) {
                var key = blob.keys().get(i);
                if (key.home().equals(blob.node())) {
                    own.computeIfAbsent(key.tenant(), _ -> new HashMap<>()).put(key.key(), i);
                }
            }
        }

        private boolean has(TenantId tenant, TenantKey key) {
            return own.getOrDefault(tenant, Map.of()).containsKey(key);
        }
    }

    /// @param uptime of the node in seconds
    public BlobKeys(
            Self self,
            Hpke hpke,
            NodeIdentity identity,
            Verifier verifier,
            TrustStore trust,
            LongSupplier uptime,
            KeptPeriod kept) {
        this.self = self;
        this.hpke = hpke;
        this.identity = identity;
        this.verifier = verifier;
        this.trust = trust;
        this.uptime = uptime;
        this.kept = kept;
    }

    /// Goes on with the period of an earlier hostd, unless it is over, or its blob is not believed any longer.
    public synchronized void resume() throws IOException {
        var earlier = kept.take();
        if (earlier.isEmpty()) {
            return;
        }
        var it = earlier.get();
        try {
            var blob = verified(it.blob());
            boolean belongs = blob.statement().equals(it.statement()) && blob.period() == it.number();
            requireNot(!belongs, DocumentReason.KEY_NOT_VOUCHED, "a blob to another statement");
            var now = new Held(new Period(it.number(), it.key(), it.statement()), blob, it.end());
            trust.keysSigned(now::has);
            held = Optional.of(now);
        } catch (RefusedException _) {
            it.key().close();
            kept.forget();
        }
        expire();
    }

    private KeyBlob verified(Bytes envelope) throws RefusedException {
        var blob = KeyBlob.verified(verifier, trust.roots().newest(), envelope.array())
                .value();
        requireOwn(blob.fleet(), blob.node());
        return blob;
    }

    /// Makes a sealing key for the period of a challenge.
    ///
    /// @return the envelope of the statement that has its public half
    @SuppressWarnings("MustBeClosedChecker") // wiped when another takes its place
    public synchronized Bytes answer(Bytes envelope) throws RefusedException, IOException {
        var verified = KeyChallenge.verified(verifier, trust.roots().newest(), envelope.array());
        var challenge = verified.value();
        requireOwn(challenge.fleet(), challenge.node());
        trust.notBefore(challenge.time());
        requireNot(!trust.now().isBefore(challenge.expires()), DocumentReason.EXPIRED, "challenge");
        boolean earlier = periods().anyMatch(each -> each.number() >= challenge.period());
        requireNot(earlier, DocumentReason.REPLAYED, "challenge of period " + challenge.period());
        requireNot(!identity.exists(), DocumentReason.NO_NODE_KEY, "run mvm-hostd make-node-key");
        var key = SecretMemory.allocate(Hpke.KEY_SIZE);
        stated.ifPresent(before -> before.key().close());
        stated = Optional.of(new Period(challenge.period(), key, verified.digest())); // no blob is to a challenge
        statedEnd = uptime.getAsLong() + challenge.time().until(challenge.expires(), ChronoUnit.SECONDS);
        hpke.generate(key);
        var half = Bytes.of(hpke.publicKey(key));
        var floor = KeyStatement.FloorKey.of(trust.floor());
        var statement = new KeyStatement(
                        challenge.fleet(), self.node(), verified.digest(), self.boot(), half, self.mode(), floor)
                .unsigned();
        stated = Optional.of(
                new Period(challenge.period(), key, statement.payload().digest()));
        var signature = identity.sign(statement.signedBytes());
        return Bytes.of(KeyStatement.signed(statement, identity.publicHalf().id(), signature));
    }

    @GuardedBy("this")
    private Stream<Period> periods() {
        return Stream.concat(stated.stream(), held.stream().map(Held::period));
    }

    /// Takes a blob in place of the one before. The same one once more changes nothing, its end least of all.
    public synchronized void install(Bytes envelope) throws RefusedException, IOException {
        expire();
        var blob = verified(envelope);
        var period = periods()
                .filter(each -> each.statement().equals(blob.statement()) && each.number() == blob.period())
                .findFirst()
                .orElseThrow(() -> new RefusedException(
                        DocumentReason.KEY_NOT_VOUCHED, "a blob to no statement that this hostd has made"));
        if (held.filter(now -> now.blob().equals(blob)).isPresent()) {
            return;
        }
        boolean older = held.isPresent() && !held.get().blob().issued().isBefore(blob.issued());
        requireNot(older, DocumentReason.REPLAYED, "blob of " + blob.issued());
        var left = Duration.between(trust.now(), blob.expires());
        requireNot(!left.isPositive(), DocumentReason.EXPIRED, "blob");
        for (var key : blob.keys()) {
            trust.floor().requireSameKey(key.tenant(), key.key());
        }
        long life = Duration.between(blob.issued(), blob.expires()).toSeconds();
        long end = uptime.getAsLong() + Math.min(left.toSeconds(), life); // the key service counts from `issued`
        var next = new Held(period, blob, end);
        trust.keysSigned(next::has);
        var former = held.map(Held::period).filter(each -> !each.equals(period));
        stated = stated.filter(each -> !each.equals(period));
        held = Optional.of(next);
        kept.keep(new KeptPeriod.Period(period.number(), end, period.statement(), period.key(), envelope));
        former.ifPresent(each -> each.key().close()); // last: a wiped key is not what the next hostd gets
    }

    private void requireOwn(Digest fleet, NodeId node) throws RefusedException {
        boolean own = fleet.equals(trust.roots().roots().getFirst().digest()) && node.equals(self.node());
        requireNot(!own, DocumentReason.KEY_NOT_VOUCHED, "made for node " + node + " of the fleet " + fleet);
    }

    private static void requireNot(boolean so, DocumentReason reason, String detail) throws RefusedException {
        if (so) {
            throw new RefusedException(reason, detail);
        }
    }

    /// Wipes what has come to its end.
    public synchronized void expire() {
        long now = uptime.getAsLong();
        if (held.isPresent() && now >= held.get().end()) {
            held.get().period().key().close();
            held = Optional.empty();
            kept.forget();
        }
        if (stated.isPresent() && now >= statedEnd) {
            stated.get().key().close();
            stated = Optional.empty();
        }
    }

    /// Returns the period of the blob that is held, 0 without one.
    public synchronized int period() {
        expire();
        return held.map(now -> now.period().number()).orElse(0);
    }

    @GuardedBy("this")
    private Map<TenantKey, Integer> own(TenantId tenant) {
        expire();
        return held.map(now -> now.own().get(tenant)).orElse(Map.of());
    }

    /// Returns what a tenant's data of `purpose` may lie under besides the key in force, the newest first.
    public synchronized List<TenantKey> older(TenantId tenant, KeyPurpose purpose, Optional<TenantKey> inForce) {
        return own(tenant).keySet().stream()
                .filter(key -> key.purpose() == purpose && !inForce.equals(Optional.of(key)))
                .sorted(Comparator.comparingInt(TenantKey::version).reversed())
                .toList();
    }

    /// Returns whether a key that the state in force names can be opened now.
    public synchronized boolean atHand(TenantId tenant, TenantKey key) {
        return own(tenant).containsKey(key);
    }

    /// Work with a key.
    @FunctionalInterface
    public interface Work<T> {
        T with(MemorySegment key) throws IOException;
    }

    /// Lends a key of the state in force, or one of [#older], to `work`, which has it for as long as it runs.
    ///
    /// @return what came out, empty if the key is not at hand
    public <T> Optional<T> lend(TenantId tenant, TenantKey key, Work<T> work) throws IOException {
        try (var once = SecretMemory.allocate(TenantKey.KEY_SIZE)) {
            return open(tenant, key, once) ? Optional.of(work.with(once.bytes())) : Optional.empty();
        }
    }

    /// Returns whether the key was at hand, and is in `into`.
    private synchronized boolean open(TenantId tenant, TenantKey key, SecretMemory into) throws IOException {
        var number = own(tenant).get(key);
        if (number == null) {
            return false;
        }
        var blob = held.orElseThrow().blob();
        var own = held.orElseThrow().period().key();
        var it = blob.keys().get(number);
        return hpke.open(own, blob.enc().array(), number, it.sealed().array(), KeyBlob.info(), blob.aad(it), into);
    }
}
