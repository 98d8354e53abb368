package dev.mvm.coordinator.api;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.AcceptedSoftware;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.SignedMeasurements;
import dev.mvm.model.Digest;
import dev.mvm.protocol.control.v1.ListMeasurementsResponse;
import dev.mvm.protocol.control.v1.MeasuredPcr;
import dev.mvm.protocol.control.v1.MeasuredRelease;
import dev.mvm.protocol.control.v1.Measurements;
import dev.mvm.protocol.control.v1.PublishMeasurementsRequest;

/// Calls about the software that operators accept on nodes.
final class MeasurementsService {
    private final AcceptedSoftware software;

    MeasurementsService(AcceptedSoftware software) {
        this.software = software;
    }

    Measurements publish(PublishMeasurementsRequest request) throws ProblemException, StoreException {
        return message(software.publish(request.getEnvelope()), request.getEnvelope());
    }

    ListMeasurementsResponse list() throws StoreException {
        var out = ListMeasurementsResponse.newBuilder();
        for (var published : software.all()) {
            out.addMeasurements(message(published.measurements(), published.envelope()));
        }
        return out.build();
    }

    private static Measurements message(SignedMeasurements measurements, ByteString envelope) {
        return Measurements.newBuilder()
                .setVersion(measurements.version())
                .setDigest(measurements.digest().value())
                .setIssuedAt(measurements.issuedAt().toString())
                .setExpires(measurements.expires().toString())
                .addAllReleases(measurements.releases().stream()
                        .map(MeasurementsService::message)
                        .toList())
                .setEnvelope(envelope)
                .build();
    }

    private static MeasuredRelease message(dev.mvm.protocol.trust.authoring.MeasuredRelease release) {
        var out = MeasuredRelease.newBuilder().setName(release.name());
        for (var pcr : release.pcrs()) {
            out.addPcrs(MeasuredPcr.newBuilder()
                    .setPcr(pcr.pcr())
                    .addAllSha256(pcr.digests().stream().map(Digest::value).toList()));
        }
        return out.build();
    }
}
