package dev.mvm.keyd.audit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.audit.AuditChain;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// keyd's audit: every release, refusal, document and boot in a chain whose end keyd signs. What is handed out is
/// written down before it is handed out: an audit that cannot be written stops that.
///
/// Thread-safe.
public final class ReleaseAudit {
    /// The file that holds the signed head.
    public static final String HEAD = "audit-head.dsse";

    /// Most refusals within an hour that are told apart by tenant, node and detail.
    static final int MAX_DISTINCT = 1024;

    /// Most records that one question gets.
    static final int MAX_RECORDS = 1000;

    private static final int MAX_ANSWER = 1 << 20;

    private final AuditFiles lines;
    private final StateFiles heads;
    private final Digest fleet;
    private final SigningKey key;
    private final InstantSource clock;

    @GuardedBy("this")
    private final Map<AuditEntry, Long> seen = new HashMap<>();

    @GuardedBy("this")
    private Instant window = Instant.EPOCH;

    @GuardedBy("this")
    private long alarms;

    /// Opens the audit in `directory`, which is made if it is not there.
    ///
    /// @param heads where the signed head is kept
    public ReleaseAudit(Path directory, StateFiles heads, Digest fleet, SigningKey key, InstantSource clock)
            throws IOException {
        this.lines = new AuditFiles(directory);
        this.heads = heads;
        this.fleet = fleet;
        this.key = key;
        this.clock = clock;
    }

    /// Writes entries down, all of them or an exception; when this returns, they and the signed head are on disk.
    ///
    /// @throws IOException if the disk or the signing key fails
    public synchronized void write(List<AuditEntry> entries) throws IOException {
        append(entries, 1);
    }

    /// Writes a refusal down. A refused client may ask a million times: the very same is written the first, tenth,
    /// hundredth time and so on within an hour.
    public synchronized void refused(AuditEntry entry) throws IOException {
        var now = clock.instant();
        if (Duration.between(window, now).toHours() != 0) {
            seen.clear();
            window = now;
        }
        alarms += entry.result() == AuditEntry.Result.ALARM ? 1 : 0;
        boolean known = seen.size() < MAX_DISTINCT || seen.containsKey(entry);
        var same = known
                ? entry
                : new AuditEntry(entry.action(), "", "", entry.result(), entry.reason(), "more than are told apart");
        long count = seen.merge(same, 1L, Long::sum);
        long digits = count;
        while (digits % 10 == 0) {
            digits /= 10;
        }
        if (digits == 1) {
            append(List.of(same), count);
        }
    }

    @GuardedBy("this")
    private void append(List<AuditEntry> entries, long count) throws IOException {
        if (entries.isEmpty()) {
            return;
        }
        var chain = lines.chain();
        var out = new ByteArrayOutputStream();
        var now = clock.instant();
        for (var entry : entries) {
            var json = entry.json(chain.sequence() + 1, now, count, chain.hash());
            var line = line(json);
            out.writeBytes(line);
            chain = chain.after(line);
        }
        lines.append(out.toByteArray(), chain);
        sign(chain, now);
    }

    private static byte[] line(Json json) {
        var text = json.bytes();
        var line = java.util.Arrays.copyOf(text, text.length + 1);
        line[text.length] = '\n';
        return line;
    }

    private void sign(AuditChain chain, Instant now) throws IOException {
        try {
            heads.put(HEAD, new AuditHead(fleet, chain.sequence(), chain.hash(), now).signed(key));
        } catch (SigningException e) {
            throw new IOException("the audit cannot be signed: " + e.getMessage(), e);
        }
    }

    /// Alarms since the start.
    public synchronized long alarms() {
        return alarms;
    }

    /// Number of the last record, 0 before the first.
    public synchronized long sequence() {
        return lines.chain().sequence();
    }

    /// Records from number `from` on, about a tenant and a node if they are not empty.
    ///
    /// @param most how many, at most [#MAX_RECORDS]
    public synchronized List<String> records(String tenant, String node, long from, int most) throws IOException {
        Predicate<Json.Obj> wanted = record ->
                (tenant.isEmpty() || is(record, "tenant", tenant)) && (node.isEmpty() || is(record, "node", node));
        var out = new ArrayList<String>();
        long next = Math.max(1, from);
        int bytes = 0;
        for (var some = lines.from(next); !some.isEmpty(); some = lines.from(next)) {
            for (var line : some) {
                next++;
                if (wanted.test(parsed(line))) {
                    bytes += line.length();
                    if (out.size() >= Math.min(most, MAX_RECORDS) || bytes > MAX_ANSWER) {
                        return out;
                    }
                    out.add(line);
                }
            }
        }
        return out;
    }

    private static boolean is(Json.Obj record, String member, String value) {
        return record.members().get(member) instanceof Json.Str(var text) && text.equals(value);
    }

    private static Json.Obj parsed(String line) throws IOException {
        try {
            return Json.parseObject(
                    line.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1), JsonLimits.signed(8192));
        } catch (JsonException e) {
            throw new IOException("the audit is damaged: " + e.getMessage(), e);
        }
    }
}
