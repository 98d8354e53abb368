package dev.mvm.cli.signing;

import dev.mvm.json.Json;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// The next version of a grant: the same with some members changed, valid from now on.
public final class GrantChange {
    private static final int MAX_DAYS = 3650;

    private Json document;

    private GrantChange(Json document) {
        this.document = document;
    }

    /// Begins the next version of `grant`, valid from now on.
    ///
    /// @param days validity, 1 to 3650
    ///
    /// @throws IllegalArgumentException if the days are out of range
    public static GrantChange of(Grant grant, int days) {
        if (days < 1 || days > MAX_DAYS) {
            throw new IllegalArgumentException("days out of range: " + days + ", must be 1 to " + MAX_DAYS);
        }
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        var change = new GrantChange(Payloads.newest(grant));
        change.set("version", Integer.toString(grant.version() + 1));
        change.set("not_before", now.toString());
        change.set("expires", now.plus(Duration.ofDays(days)).toString());
        return change;
    }

    /// Sets one member.
    ///
    /// @param path member names and list positions joined by dots; a pool and a key go by their name:
    ///     `mode`, `quotas.max_vcpus`, `pools.web.count.max`, `pools.web.rates.net_mib`,
    ///     `pools.web.revisions.0.kernel`, `keys.disk.min_version`
    /// @param value a number or a text
    /// @throws IllegalArgumentException if the grant has no such member or the value does not fit
    public void set(String path, String value) {
        document = with(document, List.of(path.split("\\.", -1)), value, path);
    }

    private static Json with(Json value, List<String> path, String text, String whole) {
        if (path.isEmpty()) {
            return leaf(value, text, whole);
        }
        var name = path.getFirst();
        var rest = path.subList(1, path.size());
        switch (value) {
            case Json.Obj(var members)
            when members.containsKey(name) -> {
                var changed = new LinkedHashMap<>(members);
                changed.replaceAll((key, member) -> key.equals(name) ? with(member, rest, text, whole) : member);
                return Json.object(changed);
            }
            case Json.Arr(var items) -> {
                var changed = new ArrayList<>(items);
                int at = position(items, name);
                if (at >= 0) {
                    changed.set(at, with(items.get(at), rest, text, whole));
                    return Json.array(changed);
                }
            }
            default -> {}
        }
        throw new IllegalArgumentException("a grant has no " + whole + ": unknown '" + name + "'");
    }

    private static int position(List<Json> items, String name) {
        for (int i = 0; i < items.size(); i++) {
            boolean named = items.get(i) instanceof Json.Obj(var members)
                    && (Json.of(name).equals(members.get("pool"))
                            || Json.of(name).equals(members.get("id")));
            if (named || name.equals(Integer.toString(i))) {
                return i;
            }
        }
        return -1;
    }

    private static Json leaf(Json before, String text, String path) {
        if (before instanceof Json.Int) {
            if (!text.matches("-?[0-9]{1,18}")) {
                throw new IllegalArgumentException(path + " is a number, not " + text);
            }
            return Json.of(Long.parseLong(text));
        }
        if (before instanceof Json.Str) {
            return Json.of(text);
        }
        throw new IllegalArgumentException(path + " is not a single value; edit the file itself");
    }

    /// Returns the changed grant.
    ///
    /// @throws IllegalArgumentException if the changed document is not a valid grant
    public Grant grant() {
        var text = Envelopes.unsigned(DocumentType.GRANT, document.bytes());
        try {
            return Payloads.grant(text);
        } catch (RefusedException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
