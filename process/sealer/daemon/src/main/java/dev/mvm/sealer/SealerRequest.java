package dev.mvm.sealer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyName;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.TransferMode;
import dev.mvm.protocol.snapshot.Machine;
import dev.mvm.protocol.snapshot.SnapshotId;
import dev.mvm.sealer.JobRefusedException.Code;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// A request of hostd: the sealer's side of [dev.mvm.protocol.sealer.SealRequest].
///
/// @param key name of the tenant's key
/// @param keyVersion 1 or more
/// @param next the new key of a [Job#REWRAP]; empty for other jobs
record SealerRequest(
        Job job,
        TransferMode way,
        SnapshotId place,
        Machine machine,
        KeyName key,
        int keyVersion,
        Optional<SealerRequest.Key> next) {
    /// @param version 1 or more
    record Key(KeyName name, int version) {}

    static final int MAX_BYTES = 4096;

    private static final Pattern TEXT = Pattern.compile("[ -~\n]*\n");
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]*");

    /// @throws JobRefusedException `malformed_request`
    static SealerRequest parse(byte[] packet) throws JobRefusedException {
        var text = new String(packet, ISO_8859_1);
        if (packet.length > MAX_BYTES || !TEXT.matcher(text).matches()) {
            throw malformed("not lines of printable ASCII");
        }
        var lines = new Lines(text.split("\n", -1));
        lines.first("mvm-seal 1");
        var job = lines.value("job", SealerRequest::job);
        var request = new SealerRequest(
                job,
                lines.value("way", SealerRequest::way),
                new SnapshotId(
                        lines.value("tenant", TenantId::new),
                        lines.value("pool", PoolId::new),
                        lines.value("instance", InstanceId::new),
                        lines.value("epoch", SealerRequest::number)),
                machine(lines),
                lines.value("key", KeyName::new),
                lines.value("key_version", SealerRequest::version),
                next(job, lines));
        lines.end();
        if (request.way == (job == Job.SEAL ? TransferMode.PAGES : TransferMode.FILES)) {
            throw malformed(job.word() + " by " + request.way.word());
        }
        return request;
    }

    private static Optional<Key> next(Job job, Lines lines) throws JobRefusedException {
        return job == Job.REWRAP
                ? Optional.of(new Key(
                        lines.value("new_key", KeyName::new), lines.value("new_key_version", SealerRequest::version)))
                : Optional.empty();
    }

    private static Machine machine(Lines lines) throws JobRefusedException {
        var texts = new String[] {
            lines.value("vmm", Function.identity()),
            lines.value("vmm_version", Function.identity()),
            lines.value("format", Function.identity()),
            lines.value("cpu", Function.identity()),
            lines.value("kernel", Function.identity())
        };
        long vcpus = lines.value("vcpus", SealerRequest::number);
        long memory = lines.value("memory_bytes", SealerRequest::number);
        try {
            return new Machine(texts[0], texts[1], texts[2], texts[3], texts[4], Math.toIntExact(vcpus), memory);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw malformed("the machine: " + e.getMessage());
        }
    }

    private static Job job(String word) {
        for (var job : Job.values()) {
            if (job.word().equals(word)) {
                return job;
            }
        }
        throw new IllegalArgumentException("unknown job");
    }

    private static TransferMode way(String word) {
        for (var way : TransferMode.values()) {
            if (way.word().equals(word)) {
                return way;
            }
        }
        throw new IllegalArgumentException("unknown way");
    }

    private static long number(String text) {
        if (!NUMBER.matcher(text).matches()) {
            throw new IllegalArgumentException("not a number");
        }
        return Long.parseLong(text);
    }

    private static int version(String text) {
        long version = number(text);
        if (version < 1 || version > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("not a version");
        }
        return (int) version;
    }

    private static JobRefusedException malformed(String detail) {
        return new JobRefusedException(Code.MALFORMED_REQUEST, detail);
    }

    /// The lines of a request, in their fixed order.
    private static final class Lines {
        private final String[] lines;
        private int at;

        Lines(String[] lines) {
            this.lines = lines;
        }

        void first(String line) throws JobRefusedException {
            if (!lines[at++].equals(line)) {
                throw malformed("expected " + line);
            }
        }

        <T> T value(String key, Function<String, T> read) throws JobRefusedException {
            if (at == lines.length || !lines[at].startsWith(key + "=")) {
                throw malformed("expected " + key);
            }
            try {
                return read.apply(lines[at++].substring(key.length() + 1));
            } catch (IllegalArgumentException e) {
                throw malformed(key + ": " + e.getMessage());
            }
        }

        /// Checks that nothing follows the last line feed.
        void end() throws JobRefusedException {
            if (at != lines.length - 1 || !lines[at].isEmpty()) {
                throw malformed("a line too many");
            }
        }
    }
}
