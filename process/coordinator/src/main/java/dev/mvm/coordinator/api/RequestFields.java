package dev.mvm.coordinator.api;

import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.trust.RootLoss;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Reads the text fields of requests. Every method fails with `invalid_request` if a field is malformed.
final class RequestFields {
    private RequestFields() {}

    /// Parses a field.
    ///
    /// @param parser throws [IllegalArgumentException] with a message for the caller
    static <T> T parsed(String text, Function<String, T> parser) throws ProblemException {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid(String.valueOf(e.getMessage()));
        }
    }

    /// Parses a field that may be left out.
    static <T> Optional<T> optional(String text, Function<String, T> parser) throws ProblemException {
        return text.isEmpty() ? Optional.empty() : Optional.of(parsed(text, parser));
    }

    /// Parses what a trust root may end.
    static Set<RootLoss> losses(List<String> words) throws ProblemException {
        var losses = new HashSet<RootLoss>();
        for (var word : words) {
            losses.add(parsed(word, RootLoss::of));
        }
        return losses;
    }

    /// Returns the tenant in an address such as `tenant/pool/instance`; empty for a text without one.
    static String tenantOf(String address) {
        int slash = address.indexOf('/');
        return slash < 0 ? "" : address.substring(0, slash);
    }

    static InstanceAddress instance(String tenant, String pool, String instance) throws ProblemException {
        return new InstanceAddress(
                parsed(tenant, TenantId::new), parsed(pool, PoolId::new), parsed(instance, InstanceId::new));
    }

    static PoolAddress pool(String tenant, String pool) throws ProblemException {
        return new PoolAddress(parsed(tenant, TenantId::new), parsed(pool, PoolId::new));
    }
}
