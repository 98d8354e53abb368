package dev.mvm.cli.signing;

import dev.mvm.json.Json;
import dev.mvm.model.KeyName;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The next version of a grant: the same with some members changed, valid from now on.
public final class GrantChange {
    private static final int MAX_DAYS = 3650;
    private static final String RELEASE = "release";
    private static final String KEYS = "keys";
    private static final String NOBODY = "none";

    private final MemberChange members;

    private GrantChange(MemberChange members) {
        this.members = members;
    }

    /// Begins the next version of `grant`, valid from now on.
    ///
    /// @param days validity, 1 to 3650
    ///
    /// @throws IllegalArgumentException if the days are out of range
    public static GrantChange of(GrantDocument grant, int days) {
        if (days < 1 || days > MAX_DAYS) {
            throw new IllegalArgumentException("days out of range: " + days + ", must be 1 to " + MAX_DAYS);
        }
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        var members = new MemberChange("a grant", Set.of("release.nodes", "release.labels"), Payloads.newest(grant));
        members.set("version", Integer.toString(grant.grant().version() + 1));
        members.set("not_before", now.toString());
        members.set("expires", now.plus(Duration.ofDays(days)).toString());
        return new GrantChange(members);
    }

    /// Sets one member.
    ///
    /// @param path member names and list positions joined by dots; a pool and a key go by their name:
    ///     `mode`, `quotas.max_vcpus`, `pools.web.count.max`, `pools.web.rates.net_mib`,
    ///     `pools.web.revisions.0`, `runtimes.0.initramfs`, `keys.disk.min_version`, `release.nodes`
    /// @param value a number or a text; texts joined by commas for `release.nodes` and `release.labels`; `none` for
    ///     `release`, which takes it out
    /// @throws IllegalArgumentException if the grant has no such member or the value does not fit
    public void set(String path, String value) {
        if (path.equals(RELEASE) && value.equals(NOBODY)) {
            members.remove(RELEASE);
            return;
        }
        if (path.startsWith(RELEASE + ".") && release() == null) {
            members.put(RELEASE, ReleaseDraft.BLANK);
        }
        members.set(path, value);
    }

    /// Adds a key, which the grant does not have.
    public void addKey(Grant.Key key) {
        var keys = new ArrayList<>(keys());
        keys.add(Json.object()
                .put("id", key.id().value())
                .put("purpose", key.purpose().word())
                .put("min_version", key.minVersion())
                .end());
        members.put(KEYS, Json.array(keys));
    }

    /// Takes a key out; no-op if the grant does not have it.
    public void removeKey(KeyName id) {
        var name = Json.of(id.value());
        members.put(
                KEYS,
                Json.array(keys().stream()
                        .filter(each -> !(each instanceof Json.Obj key
                                && name.equals(key.members().get("id"))))
                        .toList()));
    }

    private List<Json> keys() {
        return members.document().members().get(KEYS) instanceof Json.Arr(var items) ? items : List.of();
    }

    private @Nullable Json release() {
        return members.document().members().get(RELEASE);
    }

    /// Returns the changed grant. A release that does not say how many nodes there may be gets as many as it names.
    ///
    /// @throws IllegalArgumentException if the changed document is not a valid grant
    public GrantDocument grant() {
        if (release() instanceof Json.Obj(var release) && Json.of(0).equals(release.get("max_nodes"))) {
            boolean open = !Json.array(List.of()).equals(release.get("labels"))
                    || !Json.of(0).equals(release.get("any"));
            int nodes = release.get("nodes") instanceof Json.Arr(var items) ? items.size() : 0;
            members.set("release.max_nodes", Integer.toString(ReleaseDraft.most(nodes, open)));
        }
        var text = Envelopes.unsigned(DocumentType.GRANT, members.document().bytes());
        try {
            return Payloads.grant(text);
        } catch (RefusedException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
