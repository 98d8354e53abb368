package dev.mvm.agentd.credential;

import dev.mvm.agentd.execute.Backoff;
import dev.mvm.model.NodeId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// Renews the node's certificate after a third of its lifetime, with a new key: what was stolen of a disk or a
/// memory is good for that long. A failure is tried again, with growing pauses, and the certificate in use stays.
public final class Renewal implements Runnable {
    /// An operator's new credential is seen after this time.
    private static final Duration LOOK = Duration.ofMinutes(1);

    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);
    private static final String PEER = "coordinator";

    /// Nodes that were enrolled in one moment renew within a thirtieth of the lifetime, a day of thirty.
    private static final int JITTER = 30;

    private static final int RENEW = 3;
    private static final int WARN = 10;

    private final Credentials credentials;
    private final NodeId node;
    private final RenewalPort coordinator;
    private final Consumer<String> outcomes;
    private final RandomGenerator random;
    private final InstantSource clock;
    private final Consumer<String> log;
    private final Backoff<String> backoff;
    private Optional<Credential> scheduled = Optional.empty();
    private Instant due = Instant.MAX;
    private volatile boolean warned;
    private volatile Optional<RenewalFault> said = Optional.empty();

    /// @param outcomes takes a word for each attempt: `renewed`, or that of the fault
    public Renewal(
            Credentials credentials,
            NodeId node,
            RenewalPort coordinator,
            Consumer<String> outcomes,
            RandomGenerator random,
            InstantSource clock,
            Consumer<String> log) {
        this.credentials = credentials;
        this.node = node;
        this.coordinator = coordinator;
        this.outcomes = outcomes;
        this.random = random;
        this.clock = clock;
        this.log = log;
        this.backoff = Backoff.ofOneOfMany(random, LONGEST_PAUSE);
    }

    @Override
    public void run() {
        try {
            while (true) {
                look();
                Thread.sleep(LOOK);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Takes the credential that an operator has installed meanwhile, and renews the one in use if its time has
    /// come.
    public void look() {
        credentials.reload();
        var now = clock.instant();
        var current = credentials.current();
        if (scheduled.isEmpty() || !scheduled.get().same(current)) {
            schedule(current);
        }
        if (!now.isBefore(due) && backoff.ready(PEER, now)) {
            attempt(current, now);
        }
        warn(credentials.current(), now);
    }

    /// The certificate in use, for reports.
    public CertificateStatus status() {
        return new CertificateStatus(credentials.current().until(), warned ? said : Optional.empty());
    }

    private void schedule(Credential current) {
        var lifetime = current.lifetime();
        long jitter = random.nextLong(lifetime.dividedBy(JITTER).toMillis() + 1);
        due = current.from().plus(lifetime.dividedBy(RENEW)).plusMillis(jitter);
        scheduled = Optional.of(current);
        warned = false;
    }

    private void attempt(Credential current, Instant now) {
        try {
            var pair = CertificateRequest.newKey();
            var answer = coordinator.ask(CertificateRequest.of(pair));
            write(answer.credential(pair, node, current.authorities(), now));
            backoff.worked(PEER);
            said = Optional.empty();
            schedule(credentials.current());
            outcomes.accept("renewed");
        } catch (RenewalException e) {
            backoff.failed(PEER, now);
            outcomes.accept(e.fault().word());
            if (!said.equals(Optional.of(e.fault()))) {
                log.accept("the certificate was not renewed: " + e.getMessage() + " ("
                        + e.fault().word() + "); tried again until it expires, " + current.until());
            }
            said = Optional.of(e.fault());
        }
    }

    private void write(Credential fresh) throws RenewalException {
        try {
            credentials.renewed(fresh);
        } catch (IOException e) {
            throw new RenewalException(RenewalFault.NOT_WRITTEN, "it cannot be written: " + e.getMessage());
        }
    }

    private void warn(Credential current, Instant now) {
        if (!warned && now.isAfter(current.until().minus(current.lifetime().dividedBy(WARN)))) {
            warned = true;
            log.accept("the certificate of this node expires " + current.until()
                    + ", and then the coordinator does not take it: mvm-coordinator enrol makes another");
        }
    }
}
