package dev.mvm.cli.transparency;

import dev.mvm.cli.api.CoordinatorClient;
import dev.mvm.cli.failure.Failure;
import dev.mvm.json.Json;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.transparency.LogProof;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The log as the coordinator serves it, page by page, up to the head at the time of opening. States that are
/// appended later are ignored.
public final class CoordinatorLog implements LogSource {
    private static final int PAGE = 1000;
    private static final int AT_ONCE = 16;
    private static final Duration PACE = Duration.ofMillis(110);

    private final CoordinatorClient coordinator;
    private final long size;
    private final Optional<byte[]> head;
    private List<byte[]> page = List.of();
    private long pageBegin;
    private int calls;

    private CoordinatorLog(CoordinatorClient coordinator, long size, Optional<byte[]> head) {
        this.coordinator = coordinator;
        this.size = size;
        this.head = head;
    }

    /// Opens the log up to its current head.
    public static CoordinatorLog open(CoordinatorClient coordinator) throws Failure {
        var answer = coordinator.get("/v1/log/head");
        long size = number(answer);
        return new CoordinatorLog(
                coordinator,
                size,
                size == 0
                        ? Optional.empty()
                        : Optional.of(bytes(answer.members().get("envelope"))));
    }

    /// Keeps to the coordinator's rate limit for operators: 20 calls at once, then 10 per second.
    private Json.Obj get(String path) throws Failure {
        if (++calls > AT_ONCE) {
            try {
                Thread.sleep(PACE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Failure("interrupted");
            }
        }
        return coordinator.get(path);
    }

    private static long number(Json.Obj answer) throws Failure {
        return switch (answer.members().get("size")) {
            case Json.Str(var text) when text.matches("[0-9]{1,18}") -> Long.parseLong(text);
            case Json.Int(var value) when value >= 0 -> value;
            case null -> 0;
            default -> throw unreadable();
        };
    }

    private static Failure unreadable() {
        return new Failure("invalid log data in the coordinator's response");
    }

    private static byte[] bytes(@org.jspecify.annotations.Nullable Json value) throws Failure {
        try {
            if (value instanceof Json.Str(var text)) {
                return Base64.getDecoder().decode(text);
            }
        } catch (IllegalArgumentException _) { // treated like a missing text
        }
        throw unreadable();
    }

    private static <T> List<T> list(Json.Obj answer, String name, int most, Function<byte[], T> reading)
            throws Failure {
        var out = new ArrayList<T>();
        if (answer.members().get(name) instanceof Json.Arr(var items)) {
            if (items.size() > most) {
                throw unreadable();
            }
            for (var item : items) {
                try {
                    out.add(reading.apply(bytes(item)));
                } catch (IllegalArgumentException e) {
                    throw unreadable();
                }
            }
        }
        return out;
    }

    @Override
    public Optional<byte[]> head() {
        return head;
    }

    @Override
    public Optional<byte[]> state(long index) throws Failure {
        if (index >= size) {
            return Optional.empty();
        }
        if (index < pageBegin || index >= pageBegin + page.size()) {
            page = list(get("/v1/log?from=" + index + "&limit=" + PAGE), "envelopes", PAGE, x -> x);
            pageBegin = index;
        }
        return page.isEmpty() ? Optional.empty() : Optional.of(page.get((int) (index - pageBegin)));
    }

    @Override
    public Optional<byte[]> grant(Digest digest) throws Failure {
        try {
            var answer = get("/v1/grants?digest=" + digest.value());
            return Optional.of(bytes(answer.members().get("envelope")));
        } catch (Failure e) {
            if (String.valueOf(e.getMessage()).endsWith("(unknown_grant)")) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// Returns the consistency path from the log of `from` states to that of `to` states. It is not verified.
    public static List<Digest> consistency(CoordinatorClient coordinator, long from, long to) throws Failure {
        var answer = coordinator.get("/v1/log/consistency?from=" + from + "&to=" + to);
        return list(answer, "hashes", LogProof.MAX_PATH, Digest::ofHash);
    }
}
