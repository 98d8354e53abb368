package dev.mvm.agentd.metrics;

import dev.mvm.agentd.credential.Credential;
import dev.mvm.metrics.Exposition;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/// Ages of the node's key and certificate.
record CredentialAges(Supplier<Credential> credential) {
    void put(Exposition out, Instant now) {
        var current = credential.get();
        out.sample(
                        AgentMetric.CERTIFICATE_AGE,
                        Duration.between(current.from(), now).toSeconds())
                .sample(
                        AgentMetric.CERTIFICATE_EXPIRES,
                        Duration.between(now, current.until()).toSeconds())
                .sample(
                        AgentMetric.KEY_AGE,
                        Duration.between(current.written(), now).toSeconds());
    }
}
