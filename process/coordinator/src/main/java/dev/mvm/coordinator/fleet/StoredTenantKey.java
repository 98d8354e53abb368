package dev.mvm.coordinator.fleet;

import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/// A tenant's key as the store has it: every version that may still be needed, wrapped by the authority.
///
/// @param purpose never changes
/// @param versions oldest first, at least one
public record StoredTenantKey(TenantId tenant, KeyName id, KeyPurpose purpose, List<Version> versions) {
    /// Limit of versions at once. It is reached only if nodes have not connected for a long time.
    public static final int MAX_VERSIONS = 64;

    private static final int MAX_WRAPPED = 512;

    /// A version of the key.
    ///
    /// @param wrapped the key, wrapped by the authority
    public record Version(int version, String wrapped, Instant madeAt) {
        private Version(JsonFields fields) throws JsonException {
            this(
                    fields.intBetween("version", 1, Integer.MAX_VALUE),
                    fields.string("wrapped"),
                    fields.parsed("made_at", Instant::parse));
        }

        public Version {
            if (wrapped.length() > MAX_WRAPPED) {
                throw new IllegalArgumentException("a wrapped key has at most " + MAX_WRAPPED + " characters");
            }
        }

        private Json.Obj json() {
            return Json.object()
                    .put("version", version)
                    .put("wrapped", wrapped)
                    .put("made_at", madeAt.toString())
                    .end();
        }
    }

    StoredTenantKey(JsonFields fields) throws JsonException {
        this(
                fields.parsed("tenant", TenantId::new),
                fields.parsed("id", KeyName::new),
                fields.parsed("purpose", KeyPurpose::of),
                fields.objects("versions", MAX_VERSIONS, Version::new));
    }

    public StoredTenantKey {
        versions = List.copyOf(versions);
        if (versions.isEmpty() || versions.size() > MAX_VERSIONS) {
            throw new IllegalArgumentException("a key has 1 to " + MAX_VERSIONS + " versions");
        }
    }

    Json.Obj json() {
        return Json.object()
                .put("tenant", tenant.value())
                .put("id", id.value())
                .put("purpose", purpose.word())
                .put("versions", versions.stream().map(Version::json).toList())
                .end();
    }

    public Version newest() {
        return versions.getLast();
    }

    public Optional<Version> version(int number) {
        return versions.stream().filter(each -> each.version() == number).findFirst();
    }

    /// Returns the place that a version is bound to.
    public KeyPlace place(int version) {
        return new KeyPlace(tenant, id, purpose, version);
    }

    /// Returns this key with a newer version, without the older versions that are no longer needed.
    ///
    /// @param needed tests whether a version is still needed; the newest up to now always is
    public StoredTenantKey with(Version newer, IntPredicate needed) {
        var out = new ArrayList<>(versions);
        out.removeIf(each -> !each.equals(newest()) && !needed.test(each.version()));
        out.add(newer);
        return new StoredTenantKey(tenant, id, purpose, out);
    }

    /// Returns this key with versions that were wrapped again.
    public StoredTenantKey with(List<Version> rewrapped) {
        return new StoredTenantKey(tenant, id, purpose, rewrapped);
    }
}
