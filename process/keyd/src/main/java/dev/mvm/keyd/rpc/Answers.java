package dev.mvm.keyd.rpc;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.crypto.sign.SigningException;
import dev.mvm.json.Json;
import dev.mvm.keyd.audit.AuditEntry;
import dev.mvm.keyd.audit.ReleaseAudit;
import dev.mvm.keyd.documents.Documents;
import dev.mvm.keyd.documents.Published;
import dev.mvm.keyd.release.KeydReason;
import dev.mvm.keyd.release.ReleaseService;
import dev.mvm.keyd.release.RequestRefusedException;
import dev.mvm.keyd.release.TenantKeys;
import dev.mvm.keyd.store.ListedKey;
import dev.mvm.keyd.store.StoreException;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.trust.RefusedException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Answers requests. Each refusal and each change is in the audit.
///
/// Thread-safe.
public final class Answers {
    private final Documents documents;
    private final TenantKeys keys;
    private final ReleaseService releases;
    private final ReleaseAudit audit;
    private final Consumer<String> journal;
    private final StatusReport status;
    private final StoreCatchUp catchUp;
    private final Map<String, Long> counts = new ConcurrentHashMap<>();

    public Answers(
            Documents documents,
            TenantKeys keys,
            ReleaseService releases,
            ReleaseAudit audit,
            Consumer<String> journal) {
        this.documents = documents;
        this.keys = keys;
        this.releases = releases;
        this.audit = audit;
        this.journal = journal;
        this.catchUp = new StoreCatchUp(documents, keys, journal);
        this.status = new StatusReport(documents, keys, releases, audit);
    }

    /// Counts of requests since the start, by `REQUEST_RESULT` or `refused_REASON`.
    public Map<String, Long> counts() {
        return new TreeMap<>(counts);
    }

    /// Answers one request.
    ///
    /// @param documentsOnly whether it came by the socket for documents
    public KeydReply answer(KeydRequest request, boolean documentsOnly) {
        var reply = guarded(request, documentsOnly);
        switch (reply) {
            case KeydReply.Refused(var reason, var _) -> count("refused_" + reason);
            case KeydReply.Failed(var reason, var _) -> count("failed_" + reason);
            case KeydReply.Sealed(var _, var refused) -> {
                count("answered");
                refused.forEach(each -> count("refused_" + each.reason()));
            }
            default -> count("answered");
        }
        return reply;
    }

    private void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    /// A connection was closed before its first request.
    void turnedAway(KeydReason reason, String detail) {
        count("refused_" + reason.code());
        note(AuditEntry.refused("connect", "", "", reason.code(), reason.alarm(), detail));
    }

    private KeydReply guarded(KeydRequest request, boolean documentsOnly) {
        var place = RequestPlace.of(request);
        try {
            boolean forAnybody = request instanceof KeydRequest.Publish || request instanceof KeydRequest.AskStatus;
            return documentsOnly && !forAnybody
                    ? new KeydReply.Refused(
                            KeydReason.WRONG_PEER.code(), "this socket takes documents and questions about status only")
                    : handled(request);
        } catch (RequestRefusedException e) {
            if (!e.isNoted()) {
                note(AuditEntry.refused(
                        place.action(),
                        place.tenant(),
                        place.node(),
                        e.code(),
                        e.alarm(),
                        String.valueOf(e.getMessage())));
            }
            return new KeydReply.Refused(e.code(), text(e));
        } catch (RefusedException e) {
            var detail =
                    request instanceof KeydRequest.Publish ? "" : text(e); // anybody may publish, and make up texts
            note(AuditEntry.refused(
                    place.action(), place.tenant(), place.node(), e.reason().code(), place.alarm(), detail));
            return new KeydReply.Refused(e.reason().code(), text(e));
        } catch (StoreException e) {
            return stored(e, place);
        } catch (SigningException e) {
            return failed("signing_failed", text(e));
        } catch (IOException e) {
            return failed("not_written", text(e));
        }
    }

    private KeydReply handled(KeydRequest request)
            throws RequestRefusedException, RefusedException, StoreException, SigningException, IOException {
        return switch (request) {
            case KeydRequest.Publish(var envelope) -> publish(envelope.array());
            case KeydRequest.Challenge challenge -> new KeydReply.Challenged(releases.challenge(challenge));
            case KeydRequest.Seal seal -> releases.seal(seal);
            case KeydRequest.Rotate rotate -> rotate(rotate);
            case KeydRequest.ListKeys(var tenant) ->
                new KeydReply.Keys(keys.list().stream()
                        .filter(key -> tenant.isEmpty() || tenant.get().equals(key.tenant()))
                        .map(Answers::listed)
                        .toList());
            case KeydRequest.ListReleases(var tenant, var node, var from, var most) ->
                new KeydReply.Releases(audit.records(
                        tenant.map(TenantId::value).orElse(""),
                        node.map(NodeId::value).orElse(""),
                        from,
                        most));
            case KeydRequest.AskStatus _ -> new KeydReply.Status(text(status.json(counts(), catchUp.pending())));
            case KeydRequest.Rewrap _ -> rewrap();
        };
    }

    private KeydReply publish(byte[] envelope) throws IOException, RefusedException, StoreException {
        var published = documents.publish(envelope);
        if (published.isPresent()) {
            audit.write(List.of(
                    switch (published.get()) {
                        case Published.Grant(var grant) ->
                            AuditEntry.done(
                                    "publish",
                                    grant.grant().tenant().value(),
                                    "",
                                    published.get().text());
                        case Published.End(var tombstone) ->
                            AuditEntry.done(
                                    "destroy",
                                    tombstone.tenant().value(),
                                    "",
                                    published.get().text());
                        case Published.Node(var node) ->
                            AuditEntry.done(
                                    "publish",
                                    "",
                                    node.node().value(),
                                    published.get().text());
                        case Published.Root _, Published.Measured _ ->
                            AuditEntry.done("publish", "", "", published.get().text());
                    }));
            journal.accept("in force: " + published.get().text());
            if (published.get() instanceof Published.Root) {
                releases.rootChanged();
                catchUp.all();
            }
        }
        catchUp.with(documents.tenant(envelope));
        return new KeydReply.Done();
    }

    /// Brings the store up to all documents: at the start.
    public void applyAll() {
        catchUp.all();
    }

    /// Does what the store could not do when its turn was.
    public void applyLeft() {
        catchUp.left();
    }

    private KeydReply rotate(KeydRequest.Rotate request) throws RequestRefusedException, StoreException, IOException {
        releases.demandReady();
        int version = keys.rotate(request.tenant(), request.key());
        audit.write(List.of(AuditEntry.done(
                "rotate", request.tenant().value(), "", "key " + request.key() + " has version " + version)));
        return new KeydReply.Rotated(version);
    }

    private KeydReply rewrap() throws StoreException, IOException {
        keys.rewrap();
        audit.write(List.of(
                AuditEntry.done("rewrap", "", "", "epoch " + keys.status().epoch())));
        return new KeydReply.Done();
    }

    private static KeydReply.StoredKey listed(ListedKey key) {
        return new KeydReply.StoredKey(
                key.tenant(),
                key.id(),
                key.purpose(),
                key.primary(),
                key.versions().stream()
                        .map(version -> new KeydReply.StoredVersion(version.number(), version.check(), version.made()))
                        .toList());
    }

    private KeydReply stored(StoreException e, RequestPlace place) {
        return switch (e.reason()) {
            case NO_MASTER_KEY, MASTER_EXPOSED, MASTER_UNREACHABLE, STORE_DAMAGED, STORE_PLACE, STORE_IN_USE, FAILED ->
                failed(e.reason().code(), text(e));
            case HELD,
                    STORE_BEHIND,
                    KEY_UNKNOWN,
                    TOO_SOON,
                    TOO_MANY_VERSIONS,
                    GRANT_SUPERSEDED,
                    PURPOSE_DIFFERS,
                    TENANT_DESTROYED,
                    STANDBY,
                    GRANT_AWAITED -> {
                note(AuditEntry.refused(
                        place.action(),
                        place.tenant(),
                        place.node(),
                        e.reason().code(),
                        e.reason() == StoreException.Reason.STORE_BEHIND,
                        text(e)));
                yield new KeydReply.Refused(e.reason().code(), text(e));
            }
        };
    }

    private KeydReply failed(String code, String text) {
        journal.accept("failed: " + code + ": " + text);
        return new KeydReply.Failed(code, text);
    }

    /// Writes a refusal down. It is refused all the same if that fails.
    private void note(AuditEntry entry) {
        try {
            audit.refused(entry);
        } catch (IOException e) {
            count("audit_unwritten");
            journal.accept("the audit cannot be written: " + e.getMessage());
        }
    }

    private static String text(Json json) {
        return new String(json.bytes(), US_ASCII);
    }

    private static String text(Exception e) {
        return String.valueOf(e.getMessage()).replaceAll("[^ -~]", "?");
    }
}
