package dev.mvm.protocol.trust;

import static java.util.stream.Collectors.toSet;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.TenantId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/// Newest of everything that a node has accepted; the node never accepts less again. It is written to disk before
/// anything is done because of a new state, so that no crash and no replay can take the node back.
///
/// @param root version of the newest trust root
/// @param sequence of the newest state, 0 before the first
/// @param digest of the newest state, empty before the first
/// @param log the newest head of the log of states that was shown, empty before the first
/// @param time how late it is at least; the clock is never believed to be earlier
/// @param grants the newest grant relied on of each tenant
/// @param keys the newest version of each key that a state has named, its grant names and the key service has signed,
///     by `TENANT/KEY`
public record HighWaterMark(
        int root,
        long sequence,
        Optional<Digest> digest,
        Optional<TreeHead> log,
        TimeMark time,
        Map<TenantId, Newest> grants,
        Map<String, NewestKey> keys) {
    /// Most keys that a node can remember.
    public static final int MAX_KEYS = 4096;

    /// Most bytes that it may have on disk.
    public static final int MAX_BYTES = 2 << 20;

    private static final NewestKey NO_KEY = new NewestKey(0, Bytes.EMPTY);

    /// The floor of a node that has never had a state.
    public static final HighWaterMark NONE = first(1);

    /// The floor of a node that was just installed.
    ///
    /// @param root version of the trust root that it was installed with
    public static HighWaterMark first(int root) {
        return new HighWaterMark(root, 0, Optional.empty(), Optional.empty(), TimeMark.NONE, Map.of(), Map.of());
    }

    /// A tenant's newest grant.
    public record Newest(int version, Digest digest) {
        static Newest of(Verified<Grant> grant) {
            return new Newest(grant.value().version(), grant.digest());
        }

        private static Newest read(JsonFields grant) throws JsonException {
            return new Newest(grant.intBetween("version", 1, Integer.MAX_VALUE), grant.parsed("digest", Digest::new));
        }

        private Json.Obj json() {
            return Json.object()
                    .put("version", version)
                    .put("digest", digest.value())
                    .end();
        }

        private static Newest later(Newest a, Newest b) {
            return a.version >= b.version ? a : b;
        }
    }

    /// A key's newest version.
    ///
    /// @param check which key that is
    public record NewestKey(int version, Bytes check) {
        private static NewestKey read(JsonFields key) throws JsonException {
            return new NewestKey(key.intBetween("version", 1, Integer.MAX_VALUE), key.parsed("check", Bytes::ofBase64));
        }

        private Json.Obj json(String name) {
            return Json.object()
                    .put("key", name)
                    .put("version", version)
                    .put("check", Base64.getEncoder().encodeToString(check.array()))
                    .end();
        }
    }

    public HighWaterMark {
        grants = Map.copyOf(grants);
        keys = Map.copyOf(keys);
    }

    /// This floor with another time.
    public HighWaterMark at(TimeMark other) {
        return new HighWaterMark(root, sequence, digest, log, other, grants, keys);
    }

    /// The newest version of a key that was taken, 0 before the first.
    int newestKey(TenantId tenant, TenantKey key) {
        return keys.getOrDefault(name(tenant, key), NO_KEY).version();
    }

    private static String name(TenantId tenant, TenantKey key) {
        return tenant + "/" + key.id();
    }

    /// Compares a key that a state or a blob names with what was taken.
    ///
    /// @throws RefusedException `key_equivocation` if its version was another key before
    public void requireSameKey(TenantId tenant, TenantKey key) throws RefusedException {
        var known = keys.getOrDefault(name(tenant, key), NO_KEY);
        if (known.version() == key.version() && !known.check().equals(key.check())) {
            throw new RefusedException(
                    DocumentReason.KEY_EQUIVOCATION,
                    "tenant " + tenant + ", key " + key.id() + ", version " + key.version()
                            + ": another key than the one that had this version before");
        }
    }

    /// This floor raised to `installed`, which the log whose head is `head` has. A key that its tenant's grant does not
    /// name any longer is forgotten: no state may name it under this grant, and an older one is refused.
    public HighWaterMark raisedTo(InstalledState installed, TreeHead head) {
        var state = installed.state().value();
        var newest = new LinkedHashMap<>(grants);
        installed.grants().forEach((tenant, grant) -> newest.merge(tenant, Newest.of(grant), Newest::later));
        var granted = new HashSet<String>();
        installed
                .grants()
                .forEach((tenant, grant) -> grant.value().keys().forEach(key -> granted.add(tenant + "/" + key.id())));
        var present = installed.grants().keySet().stream().map(TenantId::value).collect(toSet());
        var versions = new LinkedHashMap<>(keys);
        versions.keySet().removeIf(name -> present.contains(name.split("/", 2)[0]) && !granted.contains(name));
        return new HighWaterMark(
                root,
                state.sequence(),
                Optional.of(installed.state().digest()),
                Optional.of(head),
                time.raisedTo(state.issuedAt()),
                newest,
                versions);
    }

    /// This floor with those keys of `state` that the key service has signed.
    public HighWaterMark with(NodeState state, BiPredicate<TenantId, TenantKey> signed) {
        var versions = new LinkedHashMap<>(keys);
        for (var tenant : state.tenants()) {
            for (var key : tenant.keys()) {
                if (signed.test(tenant.tenant(), key)) {
                    versions.put(name(tenant.tenant(), key), new NewestKey(key.version(), key.check()));
                }
            }
        }
        return new HighWaterMark(root, sequence, digest, log, time, grants, versions);
    }

    /// This floor under a new trust root. What was set by documents that the root does not vouch for falls
    /// away: a stolen key could have set it so high that the node would believe no true document.
    ///
    /// @param stateHolds whether the newest state is still believed
    /// @param keysHold whether what the key service has signed is
    /// @param grantHolds whether a tenant's newest grant is
    public HighWaterMark under(TrustRoot next, boolean stateHolds, boolean keysHold, Predicate<Newest> grantHolds) {
        var versions = keysHold ? keys : Map.<String, NewestKey>of();
        var sinceThen = TimeMark.since(next.issuedAt(), time.uptime());
        var kept = new LinkedHashMap<>(grants);
        kept.values().removeIf(grantHolds.negate());
        return stateHolds
                ? new HighWaterMark(next.version(), sequence, digest, log, time, kept, versions)
                : new HighWaterMark(next.version(), 0, Optional.empty(), Optional.empty(), sinceThen, kept, versions);
    }

    /// Reads what [#bytes] wrote.
    ///
    /// @throws JsonException if it is anything else
    public static HighWaterMark parse(byte[] text) throws JsonException {
        return Json.parseObject(text, JsonLimits.signed(MAX_BYTES)).read(HighWaterMark::read);
    }

    private static HighWaterMark read(JsonFields fields) throws JsonException {
        int root = fields.intBetween("root", 1, Integer.MAX_VALUE);
        long sequence = fields.integer("sequence", 0, Long.MAX_VALUE);
        var digest = fields.parsed(
                "digest", value -> value.isEmpty() ? Optional.<Digest>empty() : Optional.of(new Digest(value)));
        var log = fields.objects("log", 1, TreeHead::read);
        var time = TimeMark.read(fields);
        var grants = fields.object("grants", HighWaterMark::newest);
        var keys = new LinkedHashMap<String, NewestKey>();
        fields.optional("keys"); // of floors from before the key service: versions of other keys than its own
        for (var key : fields.optionalObjects("key_versions", MAX_KEYS, HighWaterMark::version)) {
            keys.put(key.getKey(), key.getValue());
        }
        return new HighWaterMark(root, sequence, digest, log.stream().findFirst(), time, grants, keys);
    }

    private static Map.Entry<String, NewestKey> version(JsonFields key) throws JsonException {
        return Map.entry(key.string("key"), NewestKey.read(key));
    }

    private static Map<TenantId, Newest> newest(JsonFields fields) throws JsonException {
        var out = new LinkedHashMap<TenantId, Newest>();
        for (var entry : fields.rest().entrySet()) {
            if (!(entry.getValue() instanceof Json.Obj grant)) {
                throw new JsonException("not a grant's version and digest");
            }
            out.put(new TenantId(entry.getKey()), grant.read(Newest::read));
        }
        return out;
    }

    public byte[] bytes() {
        var newest = new LinkedHashMap<String, Json>();
        new TreeMap<>(grants).forEach((tenant, grant) -> newest.put(tenant.value(), grant.json()));
        var versions = new ArrayList<Json>();
        new TreeMap<>(keys).forEach((name, key) -> versions.add(key.json(name)));
        var json = Json.object()
                .put("root", root)
                .put("sequence", sequence)
                .put("digest", digest.map(Digest::value).orElse(""))
                .put("log", log.stream().map(TreeHead::json).toList());
        time.write(json);
        return json.put("grants", new Json.Obj(newest))
                .put("key_versions", versions)
                .end()
                .bytes();
    }
}
