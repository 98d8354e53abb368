package dev.mvm.coordinator;

import dev.mvm.coordinator.keyd.Keyd;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Begins to use the key service that the configuration names.
final class ConfiguredKeyd {
    private static final Logger LOG = LoggerFactory.getLogger(ConfiguredKeyd.class);
    private static final Duration PASS = Duration.ofSeconds(10);

    private ConfiguredKeyd() {}

    /// Begins to use it. A service that does not answer is asked again and again.
    static Keyd open(CoordinatorConfig config, Keyd.Behind behind, Workers workers, InstantSource steady) {
        var settings = config.keyd();
        LOG.info("key service: {}", settings.socket());
        var options = Keyd.Options.of(settings.socket(), settings.period());
        var keyd = Keyd.of(options, behind, workers.threads(), steady);
        var pass = Workers.guarded("documents for the key service", keyd::pass);
        // not on the timer itself, which would wait for the service's answers
        workers.threads().execute(pass);
        workers.every(PASS, () -> workers.threads().execute(pass));
        return keyd;
    }
}
