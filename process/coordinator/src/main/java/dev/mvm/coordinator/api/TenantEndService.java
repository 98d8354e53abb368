package dev.mvm.coordinator.api;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.TenantEnds;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.SignedTombstone;
import dev.mvm.protocol.control.v1.ListTombstonesResponse;
import dev.mvm.protocol.control.v1.PublishTombstoneRequest;
import dev.mvm.protocol.control.v1.Tombstone;

/// Calls about ends of tenants.
final class TenantEndService {
    private final TenantEnds ends;

    TenantEndService(TenantEnds ends) {
        this.ends = ends;
    }

    Tombstone publish(PublishTombstoneRequest request) throws ProblemException, StoreException {
        return message(ends.publish(request.getEnvelope()), request.getEnvelope());
    }

    ListTombstonesResponse list() throws StoreException {
        var out = ListTombstonesResponse.newBuilder();
        for (var published : ends.all()) {
            out.addTombstones(message(published.tombstone(), published.envelope()));
        }
        return out.build();
    }

    private static Tombstone message(SignedTombstone tombstone, ByteString envelope) {
        return Tombstone.newBuilder()
                .setTenant(tombstone.tenant().value())
                .setVersion(tombstone.version())
                .setDigest(tombstone.digest().value())
                .setIssuedAt(tombstone.issuedAt().toString())
                .setEnvelope(envelope)
                .build();
    }
}
