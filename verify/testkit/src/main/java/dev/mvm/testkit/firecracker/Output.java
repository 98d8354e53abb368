package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// The log and the metrics of a process. A line of metrics is one that the real 1.16.1 wrote, with the time of now.
final class Output {
    private static final String METRICS = "metrics-1.16.1.json";

    private final Jail jail;
    private final String id;
    private Optional<Path> log = Optional.empty();
    private Optional<Path> metrics = Optional.empty();

    Output(Jail jail, String id) {
        this.jail = jail;
        this.id = id;
    }

    void logTo(String path) throws FaultException {
        if (!path.isEmpty()) {
            log = Optional.of(open(path, "Logger error: Failed to open target file: "));
        }
    }

    void metricsTo(String path) throws FaultException {
        var prefix = "Metrics error: Cannot initialize the metrics system due to bad user input: ";
        var file = open(path, prefix);
        if (metrics.isPresent()) {
            throw new FaultException(prefix + "Reinitialization of metrics not allowed.");
        }
        metrics = Optional.of(file);
    }

    private Path open(String path, String prefix) throws FaultException {
        try {
            var file = jail.outside(path);
            Files.write(file, new byte[0], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            return file;
        } catch (IOException e) {
            throw new FaultException(prefix + FaultException.text(e));
        }
    }

    void log(String what) {
        append(log, "[" + id + ":fc_api:INFO] The API server received " + what + ".");
    }

    void flushMetrics() {
        if (metrics.isPresent()) {
            append(metrics, new String(line().bytes(), UTF_8));
        }
    }

    private static Json line() {
        try (var in = Output.class.getResourceAsStream(METRICS)) {
            if (in == null) {
                throw new AssertionError(METRICS + " is missing");
            }
            var recorded = Json.parseObject(in.readAllBytes(), JsonLimits.foreign(1 << 20));
            return Config.with(recorded, "utc_timestamp_ms", Json.of(System.currentTimeMillis()));
        } catch (IOException | JsonException e) {
            throw new AssertionError(METRICS, e);
        }
    }

    private static void append(Optional<Path> file, String line) {
        file.ifPresent(path -> {
            try {
                Files.writeString(path, line + "\n", StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
