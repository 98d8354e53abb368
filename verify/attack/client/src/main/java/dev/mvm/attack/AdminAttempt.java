package dev.mvm.attack;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.mvm.agentd.credential.CertificateRequest;
import dev.mvm.protocol.control.v1.AddOperatorRequest;
import dev.mvm.protocol.control.v1.ChangeOperatorRequest;
import dev.mvm.protocol.control.v1.CreateTenantRequest;
import dev.mvm.protocol.control.v1.DestroyTenantRequest;
import dev.mvm.protocol.control.v1.MakeEnrolmentTokenRequest;
import dev.mvm.protocol.control.v1.PublishMeasurementsRequest;
import dev.mvm.protocol.control.v1.PublishNodeRequest;
import dev.mvm.protocol.control.v1.PublishRootRequest;
import dev.mvm.protocol.control.v1.PublishTombstoneRequest;
import dev.mvm.protocol.control.v1.RevokeNodeCertificatesRequest;
import dev.mvm.protocol.control.v1.RevokeOperatorRequest;
import dev.mvm.protocol.control.v1.RewrapKeysRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Calls that the role `admin` alone allows, and what has to come of them.
final class AdminAttempt {
    private static final String OPERATOR = "mallory";
    private static final String TENANT = "loot";
    private static final String NODE = "n-loot";
    private static final String UNTRUSTED = "untrusted_key";

    private AdminAttempt() {}

    /// At least one for each method, in an order in which they can be called.
    ///
    /// @param forged a folder of documents that the thief has signed with keys of its own, `root.dsse` and so on
    /// @throws IOException if a document cannot be read
    static List<Attempt> all(Path forged) throws IOException {
        var all = new ArrayList<>(published(forged));
        var tenant = CreateTenantRequest.newBuilder().setTenant(TENANT).build();
        all.add(new Attempt("CreateTenant", tenant, ""));
        var end = DestroyTenantRequest.newBuilder().setTenant(TENANT).build();
        all.add(new Attempt("DestroyTenant", end, ""));
        all.add(new Attempt("RewrapKeys", RewrapKeysRequest.getDefaultInstance(), ""));
        // a fleet in dev mode has no port for tokens, and the node's own certificates are left to it
        var token = MakeEnrolmentTokenRequest.newBuilder().setNode(NODE).build();
        all.add(new Attempt("MakeEnrolmentToken", token, "no_enrolment"));
        var ended = RevokeNodeCertificatesRequest.newBuilder().setNode(NODE).build();
        all.add(new Attempt("RevokeNodeCertificates", ended, "unknown_node"));
        all.add(new Attempt("AddOperator", added(), ""));
        var changed = ChangeOperatorRequest.newBuilder().setOperator(OPERATOR).setRole("auditor");
        all.add(new Attempt("ChangeOperator", changed.setAllTenants(true).build(), ""));
        var revoked = RevokeOperatorRequest.newBuilder().setOperator(OPERATOR).build();
        all.add(new Attempt("RevokeOperator", revoked, ""));
        return all;
    }

    private static List<Attempt> published(Path forged) throws IOException {
        var root = PublishRootRequest.newBuilder().setEnvelope(bytes(forged, "root"));
        var node = PublishNodeRequest.newBuilder().setEnvelope(bytes(forged, "node"));
        var tombstone = PublishTombstoneRequest.newBuilder().setEnvelope(bytes(forged, "tombstone"));
        var measurements = PublishMeasurementsRequest.newBuilder().setEnvelope(bytes(forged, "measurements"));
        return List.of(
                new Attempt("PublishRoot", root.build(), UNTRUSTED),
                new Attempt("PublishNode", node.build(), UNTRUSTED),
                new Attempt("PublishTombstone", tombstone.build(), UNTRUSTED),
                new Attempt("PublishMeasurements", measurements.build(), UNTRUSTED));
    }

    private static Message added() {
        return AddOperatorRequest.newBuilder()
                .setOperator(OPERATOR)
                .setRole("admin")
                .setAllTenants(true)
                .setRequest(ByteString.copyFrom(CertificateRequest.of(CertificateRequest.newKey())))
                .build();
    }

    private static ByteString bytes(Path forged, String document) throws IOException {
        return ByteString.copyFrom(Files.readAllBytes(forged.resolve(document + ".dsse")));
    }
}
