package dev.mvm.keyd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.keyd.audit.ReleaseAudit;
import dev.mvm.keyd.documents.Documents;
import dev.mvm.keyd.release.ReleaseService;
import dev.mvm.keyd.release.TenantKeys;
import dev.mvm.keyd.rpc.Answers;
import dev.mvm.keyd.store.StoreStatus;
import dev.mvm.linux.fd.Directory;
import dev.mvm.metrics.Exposition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;

/// Writes metrics to a file, because keyd has no port: a collector of text files reads it.
final class MetricsFile {
    static final String NAME = "metrics.prom";

    private static final int READABLE = 0644;

    private final Directory directory;
    private final Documents documents;
    private final TenantKeys keys;
    private final ReleaseService releases;
    private final ReleaseAudit audit;
    private final Answers answers;

    @SuppressWarnings("MustBeClosedChecker") // open as long as the process is there
    MetricsFile(
            Path directory,
            Documents documents,
            TenantKeys keys,
            ReleaseService releases,
            ReleaseAudit audit,
            Answers answers)
            throws IOException {
        this.directory = Directory.open(directory);
        this.documents = documents;
        this.keys = keys;
        this.releases = releases;
        this.audit = audit;
        this.answers = answers;
    }

    void write() throws IOException {
        directory.replace(NAME, text().getBytes(US_ASCII), READABLE);
    }

    String text() {
        var out = new Exposition();
        var status = keys.status();
        for (var state : StoreStatus.State.values()) {
            out.sample(KeydMetric.STATE, state == status.state() ? 1 : 0, state.word());
        }
        var requests = new TreeMap<List<String>, Long>(java.util.Comparator.comparing(List::getFirst));
        answers.counts().forEach((result, count) -> requests.put(List.of(result), count));
        var counts = releases.counts();
        return out.counts(KeydMetric.REQUESTS, requests)
                .sample(KeydMetric.ALARMS, audit.alarms())
                .sample(KeydMetric.PAIRS, counts.getOrDefault("pairs", 0L))
                .sample(KeydMetric.NODES, counts.getOrDefault("nodes_with_keys", 0L))
                .sample(KeydMetric.KEYS, status.keys())
                .sample(KeydMetric.AUDIT, audit.sequence())
                .sample(
                        KeydMetric.ROOT_EXPIRES,
                        documents.root().value().expires().getEpochSecond())
                .text();
    }
}
