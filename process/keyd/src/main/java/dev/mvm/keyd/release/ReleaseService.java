package dev.mvm.keyd.release;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.tenantkeys.HpkeSealer;
import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.keyd.audit.AuditEntry;
import dev.mvm.keyd.audit.ReleaseAudit;
import dev.mvm.keyd.documents.Documents;
import dev.mvm.keyd.store.StoreException;
import dev.mvm.keyd.store.TenantKeyVersion;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.service.KeyPayloads;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.keyd.service.SignedStatement;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.BootId;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Challenges nodes, and seals tenants' keys to those that may have them. What is handed out is on disk and in the
/// audit before it is handed out.
///
/// Thread-safe; one request at a time.
public final class ReleaseService {
    /// The beginning of periods, in seconds since 1970. A period is a time, so that a restored keyd and a standby,
    /// which do
    /// not know the newest ones, number theirs above them.
    private static final long YEAR_2026 = 1_767_225_600;

    private final Parts parts;
    private final Verifier verifier;
    private final SecureRandom random = new SecureRandom();
    private final BlobSealer sealer;
    private final Standing standing;

    @GuardedBy("this")
    private final NodeRecords records;

    @GuardedBy("this")
    private final LogFloor log;

    @GuardedBy("this")
    private final Challenges challenges;

    @GuardedBy("this")
    private final NodeRelease release;

    /// Parts that the service works with.
    ///
    /// @param files of its own
    /// @param key of role `keys`
    public record Parts(
            Documents documents,
            TenantKeys keys,
            ReleaseAudit audit,
            StateFiles files,
            SigningKey key,
            HpkeSealer hpke,
            SignatureCheck check,
            KeydClock clock) {}

    /// Numbers of the rules; the settings say what they are.
    public record Numbers(Duration challenge, Duration blob, int perHour, int burst) {}

    private ReleaseService(Parts parts, Numbers numbers) throws IOException {
        this.parts = parts;
        this.verifier = new Verifier(parts.check);
        this.sealer = new BlobSealer(parts.keys, parts.key, parts.hpke);
        this.standing = new Standing(parts);
        this.records = new NodeRecords(parts.files);
        this.log = new LogFloor(parts.files);
        this.challenges = new Challenges(numbers.challenge);
        var rations = new Rations(parts.files, numbers.perHour, numbers.burst);
        this.release = new NodeRelease(
                parts, numbers.blob, records, new ReleaseRules(parts.documents, records, rations), sealer);
    }

    /// Opens what the service remembers.
    public static ReleaseService open(Parts parts, Numbers numbers) throws IOException {
        var service = new ReleaseService(parts, numbers);
        service.rootChanged();
        return service;
    }

    /// Which files of a copy are newer than those that are here: records of nodes that have had later challenges there.
    ///
    /// @throws IOException if a file is damaged
    public static Map<String, byte[]> newer(Map<String, byte[]> copy, Map<String, byte[]> here) throws IOException {
        return NodeRecords.newer(copy, here);
    }

    /// Takes notice of the newest trust root.
    public synchronized void rootChanged() throws IOException {
        var roots = parts.documents.roots();
        if (log.follow(roots)) {
            for (var record : records.all()) {
                records.put(record.shown(0, Optional.empty()));
            }
        }
        log.followed(roots);
    }

    /// The key by which the service signs.
    public VerifyKey key() {
        return parts.key.verifyKey();
    }

    /// Demands that keyd serves at all.
    ///
    /// @throws RequestRefusedException `root_expired`, `not_the_key_service`, `held` or `store_behind`
    public void demandReady() throws RequestRefusedException {
        standing.ready();
    }

    /// The number of states in the log that was shown last: the next proof has to continue that.
    public synchronized long logSize() {
        return log.size();
    }

    /// Makes a challenge for a node.
    ///
    /// @return its envelope
    /// @throws RequestRefusedException if the node gets no keys
    public synchronized Bytes challenge(KeydRequest.Challenge request)
            throws RequestRefusedException, IOException, SigningException {
        standing.ready();
        var now = parts.clock.instant();
        var document = standing.document(request.node(), now);
        var tpm = Evidences.challenged(document, request.ak(), random);
        var record = records.of(request.node());
        int period = Math.toIntExact(Math.max(record.period() + 1L, Math.max(1, now.getEpochSecond() - YEAR_2026)));
        records.put(record.inPeriod(period));
        var challenge = challenges.make(parts.documents.fleet(), request.node(), period, now, tpm);
        var payload = KeyPayloads.of(challenge);
        var envelope = sealer.signed(KeyChallenge.TYPE, payload);
        challenges.opened(challenge, Digest.of(payload), tpm);
        return envelope;
    }

    /// Seals to the sealing key of a statement the keys of all tenants that the node's state has and that may be there.
    ///
    /// @throws RequestRefusedException if the node gets nothing at all
    public synchronized KeydReply.Sealed seal(KeydRequest.Seal request)
            throws RequestRefusedException, RefusedException, IOException, SigningException, StoreException {
        standing.ready();
        var now = parts.clock.instant();
        var statement = SignedStatement.read(request.statement().array(), standing::identity, parts.check);
        var node = statement.value().node();
        try {
            return sealed(request, statement, now);
        } catch (RequestRefusedException e) {
            refused("release", "", node.value(), e.code(), e.alarm(), message(e));
            throw e.noted();
        } catch (RefusedException e) {
            var refusal = new RequestRefusedException(e, true);
            refused("release", "", node.value(), refusal.code(), true, message(refusal));
            throw refusal.noted();
        }
    }

    @GuardedBy("this")
    private KeydReply.Sealed sealed(KeydRequest.Seal request, SignedStatement statement, Instant now)
            throws RequestRefusedException, RefusedException, IOException, SigningException, StoreException {
        var said = statement.value();
        var document = standing.document(said.node(), now);
        if (!document.identity().equals(Optional.of(statement.identity()))) {
            throw new RequestRefusedException(
                    KeydReason.STATEMENT_FORGED,
                    "a statement of node " + said.node() + " by another node's identity key");
        }
        if (!said.fleet().equals(parts.documents.fleet())) {
            throw new RequestRefusedException(KeydReason.WRONG_FLEET, "a statement for fleet " + said.fleet());
        }
        var challenge = challenges.answered(said.node(), said.challenge(), now);
        boot(document, new BootId(said.boot()));
        parts.keys.observe(said.keys().stream()
                .map(key -> new TenantKeyVersion(key.tenant(), key.id(), key.version(), key.check()))
                .toList());
        var state = state(said.node(), request, now);
        var attestation = Evidences.judge(
                challenge.tpm(),
                parts.documents.measurements().map(Verified::value),
                statement,
                request.evidence(),
                now);
        var released = records.of(said.node()).releasedAt(now);
        var asking = new ReleaseRules.Asking(document, said.mode(), attestation, released, now);
        return release.to(state, asking, statement, challenge.period());
    }

    @GuardedBy("this")
    private void boot(NodeDocument document, BootId boot) throws IOException, RequestRefusedException {
        var record = records.of(document.node());
        var outcome = Boots.spoken(record, document, boot);
        if (!outcome.record().equals(record)) {
            records.put(outcome.record());
        }
        if (outcome.refusal().isPresent()) {
            throw outcome.refusal().get();
        }
        if (outcome.admitted()) {
            parts.audit.write(List.of(AuditEntry.done(
                    "boot",
                    "",
                    document.node().value(),
                    "boot " + boot
                            + record.boot().map(before -> " after " + before).orElse(""))));
        }
    }

    /// The newest state of a node, verified, in the log, and not older than what was shown before.
    @GuardedBy("this")
    private NodeState state(NodeId node, KeydRequest.Seal request, Instant now)
            throws IOException, RequestRefusedException, RefusedException {
        var root = parts.documents.root();
        var envelope = request.state().array();
        if (envelope.length == 0) {
            throw new RequestRefusedException(KeydReason.NOT_PLACED, "no state of node " + node + " was shown");
        }
        var state = verifier.loggedState(root, envelope);
        var record = PlacedState.demand(records.of(node), state, now);
        var payload =
                Envelope.parse(envelope, DocumentType.NODE_STATE).payload().array();
        log.demand(verifier, root, payload, request.proof());
        if (!record.equals(records.of(node))) {
            records.put(record);
        }
        return state.value();
    }

    private static String message(Exception e) {
        return String.valueOf(e.getMessage());
    }

    private void refused(String action, String tenant, String node, String code, boolean alarm, String text)
            throws IOException {
        parts.audit.refused(AuditEntry.refused(action, tenant, node, code, alarm, text));
    }

    /// The counts for status: nodes that have keys, and pairs of tenant and node.
    public synchronized Map<String, Long> counts() {
        var now = parts.clock.instant();
        long pairs = 0;
        long nodes = 0;
        for (var record : records.all()) {
            int own = record.releasedAt(now).size();
            pairs += own;
            nodes += own > 0 ? 1 : 0;
        }
        return Map.of("nodes_with_keys", nodes, "pairs", pairs);
    }
}
