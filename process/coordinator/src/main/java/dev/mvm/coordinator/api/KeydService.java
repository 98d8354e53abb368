package dev.mvm.coordinator.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.keyd.Keyd;
import dev.mvm.coordinator.keyd.KeydDocuments;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.KeyServiceStatus;
import dev.mvm.protocol.control.v1.LackingDocument;
import dev.mvm.protocol.control.v1.ListKeyRecordsRequest;
import dev.mvm.protocol.control.v1.ListKeyRecordsResponse;

/// Calls about the key service itself. Blocking.
final class KeydService {
    private static final int LIMIT = 100;
    private static final int MOST = 1000;
    private static final int MOST_BYTES = 64 * 1024;

    private final Keyd keyd;

    KeydService(Keyd keyd) {
        this.keyd = keyd;
    }

    KeyServiceStatus status() {
        var out = KeyServiceStatus.newBuilder();
        keyd.documents().pass(); // so that the answer is of now
        known(keyd.documents().known(), out);
        return out.build();
    }

    private static void known(KeydDocuments.Known known, KeyServiceStatus.Builder out) {
        out.setReachable(known.reachable())
                .setReason(known.fault())
                .setLackingTotal(known.lacking().size());
        known.status().ifPresent(status -> {
            if (known.reachable()) {
                out.setState(status.state()).setReason(status.reason());
            }
            out.setFleet(status.fleet())
                    .setRootVersion(status.root())
                    .setEpoch(status.epoch())
                    .setGeneration(status.generation());
        });
        known.lacking().stream()
                .limit(MOST)
                .map(each -> LackingDocument.newBuilder()
                        .setKind(each.kind())
                        .setSubject(each.subject())
                        .setReason(each.reason()))
                .forEach(out::addLacking);
    }

    ListKeyRecordsResponse records(Admitted caller, ListKeyRecordsRequest request) throws ProblemException {
        int limit = request.getLimit() == 0 ? LIMIT : request.getLimit();
        if (request.getFrom() < 0 || limit < 1 || limit > MOST) {
            throw ProblemException.invalid("from is 0 or more, limit 1 to " + MOST);
        }
        var tenant = RequestFields.optional(request.getTenant(), TenantId::new);
        var node = RequestFields.optional(request.getNode(), NodeId::new);
        var out = ListKeyRecordsResponse.newBuilder();
        keyd.records(tenant, node, request.getFrom(), limit).stream()
                .filter(record -> covers(caller, record))
                .forEach(out::addRecords);
        return out.build();
    }

    /// A record about no tenant is for callers for all tenants.
    private static boolean covers(Admitted caller, String record) {
        try {
            var fields = Json.parseObject(record.getBytes(UTF_8), JsonLimits.signed(MOST_BYTES))
                    .fields();
            return caller.covers(fields.has("tenant") ? fields.string("tenant") : "");
        } catch (JsonException e) {
            return false;
        }
    }
}
