package dev.mvm.coordinator.keyd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.node.Events;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.Roots;
import dev.mvm.json.JsonException;
import dev.mvm.protocol.control.v1.FleetEvent;
import dev.mvm.protocol.keyd.service.KeydClient;
import dev.mvm.protocol.keyd.service.KeydException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives the key service every document in force. What it has been given is remembered here only, so a coordinator that
/// was started anew gives everything once more, and so does one whose key service was put back; the service takes a
/// document twice without any effect.
///
/// Thread-safe.
public final class KeydDocuments {
    private static final Logger LOG = LoggerFactory.getLogger(KeydDocuments.class);

    /// Time after which a refused document is tried again: one that begins later is taken then.
    private static final Duration REFUSED_PAUSE = Duration.ofMinutes(1);

    /// Time after which everything is given again.
    private static final Duration FORGET = Duration.ofHours(1);

    private final KeydClient client;
    private final FleetStore records;
    private final Roots roots;
    private final Events events;
    private final InstantSource clock;
    private final ReentrantLock passing = new ReentrantLock();

    @GuardedBy("passing")
    private final Set<ByteString> given = new HashSet<>();

    @GuardedBy("passing")
    private final Map<ByteString, Refusal> refused = new HashMap<>();

    /// Documents that an event has named as lacking.
    @GuardedBy("passing")
    private final Map<ByteString, PublishedDocument> told = new HashMap<>();

    @GuardedBy("passing")
    private Instant forgotten;

    private volatile Known known = new Known(false, "", Optional.empty(), List.of());

    private record Refusal(String reason, String text, Instant at) {}

    /// A document that the service has not.
    ///
    /// @param reason `keyd_unreachable`, or the reason of the service's refusal
    public record Lacking(String kind, String subject, String reason) {}

    /// The last that is known of the service.
    ///
    /// @param reachable whether it has answered
    /// @param fault why it has not, a stable code; else empty
    /// @param status the last that it has said, empty before the first answer
    public record Known(boolean reachable, String fault, Optional<KeydStatus> status, List<Lacking> lacking) {
        public Known {
            lacking = List.copyOf(lacking);
        }
    }

    /// Has given nothing yet.
    ///
    /// @param clock never jumps
    KeydDocuments(KeydClient client, FleetStore records, Roots roots, Events events, InstantSource clock) {
        this.client = client;
        this.records = records;
        this.roots = roots;
        this.events = events;
        this.clock = clock;
        this.forgotten = clock.instant();
    }

    /// Returns what is known without asking.
    public Known known() {
        return known;
    }

    /// Gives the service what it lacks. Returns at once if that is being done already.
    public void pass() {
        if (!passing.tryLock()) {
            return;
        }
        try {
            give();
        } catch (StoreException e) {
            LOG.error("documents for the key service cannot be read: {}", e.getMessage());
        } finally {
            passing.unlock();
        }
    }

    /// Makes sure that the service has a document that was published just now. The coordinator has it already, and goes
    /// on trying if this fails.
    ///
    /// @throws ProblemException `keyd_unreachable`, or the reason of the service's refusal
    public void published(ByteString envelope) throws ProblemException, StoreException {
        passing.lock();
        try {
            refused.remove(envelope);
            var lacking = give().stream()
                    .filter(each -> each.envelope().equals(envelope))
                    .findFirst();
            if (lacking.isPresent()) {
                throw problem(lacking.get());
            }
        } finally {
            passing.unlock();
        }
    }

    @GuardedBy("passing")
    private ProblemException problem(PublishedDocument document) {
        var refusal = refused.get(document.envelope());
        if (refusal == null) {
            tell(document, known.fault());
            return new ProblemException(
                    Fault.UNAVAILABLE,
                    known.fault(),
                    "the coordinator has " + document.name()
                            + ", but the key service does not answer; it is given the document as soon as it does,"
                            + " which mvm doctor shows");
        }
        return new ProblemException(
                Fault.CONFLICT,
                refusal.reason,
                "the coordinator has " + document.name() + ", but the key service refuses it: " + refusal.text);
    }

    /// Gives what is lacking.
    ///
    /// @return the documents that the service lacks then
    @GuardedBy("passing")
    private List<PublishedDocument> give() throws StoreException {
        var missing = new ArrayList<PublishedDocument>();
        var fault = "";
        Optional<KeydStatus> status = Optional.empty();
        try {
            status = Optional.of(KeydStatus.parse(client.status()));
            forget(status.get());
        } catch (KeydException e) {
            fault = e.reason();
        } catch (JsonException e) {
            fault = "keyd_malformed_answer";
        }
        int root = status.or(known::status).map(KeydStatus::root).orElse(1); // the first is the one that it began with
        for (var document : PublishedDocument.all(records, roots, root)) {
            if (fault.isEmpty()) {
                fault = give(document);
            }
            if (!given.contains(document.envelope())) {
                missing.add(document);
            }
        }
        conclude(fault, status, missing);
        return missing;
    }

    @GuardedBy("passing")
    private void forget(KeydStatus status) {
        var now = clock.instant();
        if (known.status().filter(status::hasForgotten).isPresent() || !now.isBefore(forgotten.plus(FORGET))) {
            given.clear();
            refused.clear();
            forgotten = now;
        }
    }

    /// Gives one document.
    ///
    /// @return why the service did not answer, a stable code; empty if it did
    @GuardedBy("passing")
    private String give(PublishedDocument document) {
        var envelope = document.envelope();
        var earlier = refused.get(envelope);
        if (given.contains(envelope) || (earlier != null && clock.instant().isBefore(earlier.at.plus(REFUSED_PAUSE)))) {
            return "";
        }
        try {
            client.publish(envelope.toByteArray());
            given.add(envelope);
            if (document.kind().equals("root")) {
                refused.clear(); // what the earlier root did not vouch for
            } else {
                refused.remove(envelope);
            }
            return "";
        } catch (KeydException e) {
            if (e.kind() == KeydException.Kind.UNAVAILABLE) {
                return e.reason();
            }
            refused.put(envelope, new Refusal(e.reason(), KeydText.of(e), clock.instant()));
            tell(document, e.reason());
            return "";
        }
    }

    @GuardedBy("passing")
    private void tell(PublishedDocument document, String reason) {
        if (told.put(document.envelope(), document) == null) {
            LOG.warn("the key service lacks {}: {}", document.name(), reason);
            event("keyd_lacks", document.name() + ": " + reason);
        }
    }

    @GuardedBy("passing")
    private void conclude(String fault, Optional<KeydStatus> status, List<PublishedDocument> missing) {
        boolean reachable = fault.isEmpty();
        if (!reachable && !fault.equals(known.fault())) {
            LOG.error("the key service cannot be asked: {}", fault);
            event("keyd_lost", fault);
        }
        if (reachable && !known.fault().isEmpty()) {
            LOG.info("the key service answers again");
            event("keyd_back", "");
        }
        var lacking = new HashSet<ByteString>();
        missing.forEach(document -> lacking.add(document.envelope()));
        told.entrySet().removeIf(entry -> {
            boolean over = !lacking.contains(entry.getKey());
            if (over) {
                event("keyd_complete", entry.getValue().name());
            }
            return over;
        });
        var lines = new ArrayList<Lacking>();
        for (var document : missing) {
            lines.add(lacking(document, fault));
        }
        known = new Known(reachable, fault, status.or(known::status), lines);
    }

    @GuardedBy("passing")
    private Lacking lacking(PublishedDocument document, String fault) {
        var refusal = refused.get(document.envelope());
        return new Lacking(document.kind(), document.subject(), refusal == null ? fault : refusal.reason);
    }

    private void event(String event, String detail) {
        events.add(FleetEvent.newBuilder().setEvent(event).setDetail(detail));
    }
}
