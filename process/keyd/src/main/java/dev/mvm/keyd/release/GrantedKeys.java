package dev.mvm.keyd.release;

import dev.mvm.keyd.store.ListedKey;
import dev.mvm.protocol.keyd.service.SignedStatement;
import dev.mvm.protocol.trust.Grant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A tenant's keys that go into a blob. Pure.
final class GrantedKeys {
    private GrantedKeys() {}

    /// Those of a tenant's keys that its grant still allows.
    static List<BlobSealer.Granted> of(List<ListedKey> all, Optional<Grant> grant) {
        var out = new ArrayList<BlobSealer.Granted>();
        for (var key : all) {
            grant.stream()
                    .flatMap(each -> each.keys().stream())
                    .filter(each -> each.id().equals(key.id()) && each.purpose() == key.purpose())
                    .map(each -> new BlobSealer.Granted(key, each.minVersion()))
                    .filter(each -> !each.versions().isEmpty())
                    .forEach(out::add);
        }
        return out;
    }

    /// The number of versions of keys.
    static long count(List<BlobSealer.Granted> keys) {
        return keys.stream().mapToLong(each -> each.versions().size()).sum();
    }

    /// The line of the audit about a release.
    static String said(List<BlobSealer.Granted> keys, int period, Instant until, SignedStatement statement) {
        var names = keys.stream()
                .map(each -> each.key().id() + " "
                        + each.versions().stream()
                                .map(version -> Integer.toString(version.number()))
                                .reduce((a, b) -> a + "," + b)
                                .orElse(""))
                .reduce((a, b) -> a + "; " + b)
                .orElse("");
        return "until " + until + ", period " + period + ", boot "
                + statement.value().boot() + ", statement "
                + statement.digest().hex().substring(0, 16) + ": " + names;
    }
}
