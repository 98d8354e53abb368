package dev.mvm.coordinator.grpc;

import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.pki.Peer;
import io.grpc.Context;
import java.security.cert.X509Certificate;

/// The caller of a call, as the certificate of its connection names it.
///
/// @param admitted what the call was admitted as
record Caller(Peer peer, Admitted admitted, X509Certificate certificate) {
    private static final Context.Key<Caller> KEY = Context.key("caller");

    Context in(Context context) {
        return context.withValue(KEY, this);
    }

    /// Returns the caller of the present call. Every call that [CallAdmission] has admitted has one.
    static Caller current() {
        var caller = KEY.get();
        if (caller == null) {
            throw new IllegalStateException("a call without a caller");
        }
        return caller;
    }
}
