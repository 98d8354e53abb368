package dev.mvm.attack;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.mvm.agentd.credential.CertificateRequest;
import dev.mvm.protocol.control.v1.AskAgentRequest;
import dev.mvm.protocol.control.v1.ChangeInstanceRequest;
import dev.mvm.protocol.control.v1.GetGrantRequest;
import dev.mvm.protocol.control.v1.GetInstanceRequest;
import dev.mvm.protocol.control.v1.GetKeyServiceRequest;
import dev.mvm.protocol.control.v1.GetLogConsistencyRequest;
import dev.mvm.protocol.control.v1.GetLogHeadRequest;
import dev.mvm.protocol.control.v1.GetLogProofRequest;
import dev.mvm.protocol.control.v1.GetNodeRequest;
import dev.mvm.protocol.control.v1.ListEventsRequest;
import dev.mvm.protocol.control.v1.ListInstancesRequest;
import dev.mvm.protocol.control.v1.ListKeyRecordsRequest;
import dev.mvm.protocol.control.v1.ListKeysRequest;
import dev.mvm.protocol.control.v1.ListLogRequest;
import dev.mvm.protocol.control.v1.ListMeasurementsRequest;
import dev.mvm.protocol.control.v1.ListNodeCertificatesRequest;
import dev.mvm.protocol.control.v1.ListNodeDocumentsRequest;
import dev.mvm.protocol.control.v1.ListNodesRequest;
import dev.mvm.protocol.control.v1.ListOperatorsRequest;
import dev.mvm.protocol.control.v1.ListPoolsRequest;
import dev.mvm.protocol.control.v1.ListRootsRequest;
import dev.mvm.protocol.control.v1.ListTenantsRequest;
import dev.mvm.protocol.control.v1.ListTombstonesRequest;
import dev.mvm.protocol.control.v1.PublishGrantRequest;
import dev.mvm.protocol.control.v1.Question;
import dev.mvm.protocol.control.v1.ReadAuditRequest;
import dev.mvm.protocol.control.v1.RenewOperatorRequest;
import dev.mvm.protocol.control.v1.RevisePoolRequest;
import dev.mvm.protocol.control.v1.RotateKeyRequest;
import dev.mvm.protocol.control.v1.ScalePoolRequest;
import dev.mvm.protocol.control.v1.Verb;
import dev.mvm.protocol.control.v1.VerifyNetworksRequest;
import java.util.ArrayList;
import java.util.List;

/// A call that the role `operator` allows, and what has to come of it.
///
/// @param reason of the refusal; empty for a call that has to be answered
record Attempt(String method, Message request, String reason) {
    private static final int FIRST_PAGE = 1000;
    private static final int MOST = 100; // that a request may say

    /// Names of a fleet in dev mode.
    ///
    /// @param forged a grant that the thief has signed with a key of its own
    record Fleet(
            String tenant, String pool, String instance, String node, String key, String grant, ByteString forged) {}

    private static Attempt answered(String method, Message request) {
        return new Attempt(method, request, "");
    }

    /// At least one for each method of the service Fleet that has one request, and that the role allows.
    static List<Attempt> all(Fleet fleet) {
        var all = new ArrayList<>(reading(fleet));
        all.addAll(ofTheLog(fleet));
        all.addAll(changing(fleet));
        all.addAll(asking(fleet));
        return all;
    }

    private static List<Attempt> reading(Fleet fleet) {
        return List.of(
                answered("ListInstances", ListInstancesRequest.getDefaultInstance()),
                answered(
                        "GetInstance",
                        GetInstanceRequest.newBuilder()
                                .setTenant(fleet.tenant())
                                .setPool(fleet.pool())
                                .setInstance(fleet.instance())
                                .build()),
                answered("ListPools", ListPoolsRequest.getDefaultInstance()),
                answered("ListTenants", ListTenantsRequest.getDefaultInstance()),
                answered("ListKeys", ListKeysRequest.getDefaultInstance()),
                answered("GetKeyService", GetKeyServiceRequest.getDefaultInstance()),
                answered("ListKeyRecords", ListKeyRecordsRequest.getDefaultInstance()),
                answered("ListNodeDocuments", ListNodeDocumentsRequest.getDefaultInstance()),
                answered("ListTombstones", ListTombstonesRequest.getDefaultInstance()),
                answered("ListMeasurements", ListMeasurementsRequest.getDefaultInstance()),
                answered("ListOperators", ListOperatorsRequest.getDefaultInstance()),
                answered("ListNodeCertificates", ListNodeCertificatesRequest.getDefaultInstance()),
                answered(
                        "ReadAudit",
                        ReadAuditRequest.newBuilder()
                                .setNode(fleet.node())
                                .setTenant(fleet.tenant())
                                .build()),
                answered(
                        "ListEvents",
                        ListEventsRequest.newBuilder().setLimit(FIRST_PAGE).build()),
                answered("ListNodes", ListNodesRequest.getDefaultInstance()),
                answered(
                        "GetNode",
                        GetNodeRequest.newBuilder().setNode(fleet.node()).build()));
    }

    private static List<Attempt> ofTheLog(Fleet fleet) {
        return List.of(
                answered("ListRoots", ListRootsRequest.getDefaultInstance()),
                answered(
                        "GetGrant",
                        GetGrantRequest.newBuilder().setDigest(fleet.grant()).build()),
                answered(
                        "ListLog",
                        ListLogRequest.newBuilder().setLimit(FIRST_PAGE).build()),
                answered("GetLogHead", GetLogHeadRequest.getDefaultInstance()),
                answered(
                        "GetLogProof",
                        GetLogProofRequest.newBuilder().setSize(1).build()),
                answered(
                        "GetLogConsistency",
                        GetLogConsistencyRequest.newBuilder()
                                .setFrom(1)
                                .setTo(2)
                                .build()));
    }

    private static List<Attempt> changing(Fleet fleet) {
        var pool = ScalePoolRequest.newBuilder().setTenant(fleet.tenant()).setPool(fleet.pool());
        var revision = RevisePoolRequest.newBuilder().setTenant(fleet.tenant()).setPool(fleet.pool());
        var request = ByteString.copyFrom(CertificateRequest.of(CertificateRequest.newKey()));
        var out = new ArrayList<Attempt>();
        out.add(answered("ScalePool", pool.clone().setRunning(1).build()));
        out.add(new Attempt("ScalePool", pool.clone().setRunning(MOST).build(), "beyond_grant_count"));
        out.add(new Attempt(
                "ScalePool", pool.clone().setPool("other").setRunning(1).build(), "unknown_pool"));
        out.add(new Attempt(
                "RevisePool", revision.setRevision("sha256:" + "6".repeat(64)).build(), "beyond_grant_revision"));
        out.add(new Attempt(
                "ChangeInstance",
                ChangeInstanceRequest.newBuilder()
                        .setTenant(fleet.tenant())
                        .setPool(fleet.pool())
                        .setInstance("i-0badcafe")
                        .setVerb(Verb.START)
                        .build(),
                "unknown_instance"));
        out.add(new Attempt(
                "PublishGrant",
                PublishGrantRequest.newBuilder().setEnvelope(fleet.forged()).build(),
                "untrusted_key"));
        out.add(answered(
                "RotateKey",
                RotateKeyRequest.newBuilder()
                        .setTenant(fleet.tenant())
                        .setKey(fleet.key())
                        .build()));
        out.add(answered(
                "RenewOperator",
                RenewOperatorRequest.newBuilder().setRequest(request).build()));
        return out;
    }

    private static List<Attempt> asking(Fleet fleet) {
        var out = new ArrayList<Attempt>();
        out.add(answered(
                "VerifyNetworks",
                VerifyNetworksRequest.newBuilder().setNode(fleet.node()).build()));
        for (var question : List.of(Question.DESIRED, Question.PLAN, Question.RECONCILE)) {
            out.add(answered(
                    "AskAgent",
                    AskAgentRequest.newBuilder()
                            .setNode(fleet.node())
                            .setQuestion(question)
                            .build()));
        }
        return out;
    }
}
