package dev.mvm.coordinator.api;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.model.Digest;
import dev.mvm.protocol.control.v1.GetGrantRequest;
import dev.mvm.protocol.control.v1.GetLogConsistencyRequest;
import dev.mvm.protocol.control.v1.GetLogProofRequest;
import dev.mvm.protocol.control.v1.ListLogRequest;
import dev.mvm.protocol.control.v1.ListLogResponse;
import dev.mvm.protocol.control.v1.LogHead;
import dev.mvm.protocol.control.v1.LogPath;
import dev.mvm.protocol.control.v1.SignedGrant;
import java.util.HexFormat;
import java.util.List;

/// Calls of operators and nodes about the log of states.
public final class LogService {
    /// A page ends with the state that brings it to this many bytes; a single state may be larger.
    static final int PAGE_BYTES = 1 << 20;

    private static final int DEFAULT_PAGE = 100;
    private static final int MAX_PAGE = 1_000;

    private final FleetStore records;

    LogService(FleetStore records) {
        this.records = records;
    }

    LogHead head() throws StoreException {
        var tip = records.log().end().tip();
        var out = LogHead.newBuilder().setSize(tip.size()).setEnvelope(tip.head());
        if (tip.size() > 0) {
            out.setRootHash(tip.root().value());
        }
        return out.build();
    }

    ListLogResponse list(ListLogRequest request) throws ProblemException, StoreException {
        if (request.getFrom() < 0 || request.getLimit() < 0 || request.getLimit() > MAX_PAGE) {
            throw ProblemException.invalid("from is 0 or more, limit 0 to " + MAX_PAGE);
        }
        int limit = request.getLimit() == 0 ? DEFAULT_PAGE : request.getLimit();
        return ListLogResponse.newBuilder()
                .addAllEnvelopes(records.log().page(request.getFrom(), limit, PAGE_BYTES))
                .build();
    }

    LogPath proof(GetLogProofRequest request) throws ProblemException, StoreException {
        long index = request.getIndex();
        long size = request.getSize();
        if (index < 0 || index >= size || size > records.log().end().tip().size()) {
            throw ProblemException.invalid("expected 0 <= index < size <= the size of the log");
        }
        return path(records.log().inclusion(index, size));
    }

    LogPath consistency(GetLogConsistencyRequest request) throws ProblemException, StoreException {
        return path(consistency(request.getFrom(), request.getTo()));
    }

    private static LogPath path(List<Digest> hashes) {
        return LogPath.newBuilder().addAllHashes(bytes(hashes)).build();
    }

    /// Returns hashes as 32 bytes each.
    public static List<ByteString> bytes(List<Digest> hashes) {
        return hashes.stream()
                .map(hash -> ByteString.copyFrom(HexFormat.of().parseHex(hash.hex())))
                .toList();
    }

    /// Returns the consistency path from the log of `from` states to the log of `to` states; empty if the former is
    /// empty or both are the same.
    ///
    /// @throws ProblemException `invalid_request` unless 0 <= from <= to <= the size of the log
    public List<Digest> consistency(long from, long to) throws ProblemException, StoreException {
        if (from < 0 || from > to || to > records.log().end().tip().size()) {
            throw ProblemException.invalid("expected 0 <= from <= to <= the size of the log");
        }
        return from == 0 || from == to ? List.of() : records.log().consistency(from, to);
    }

    SignedGrant grant(GetGrantRequest request) throws ProblemException, StoreException {
        var digest = RequestFields.parsed(request.getDigest(), Digest::new);
        var published = records.store().get(FleetKeys.publishedKey(digest)).map(Entry::value);
        // older coordinators kept only the grants in force
        var envelope = published.isPresent() ? published : records.inForce(digest);
        return SignedGrant.newBuilder()
                .setEnvelope(envelope.orElseThrow(() -> new ProblemException(
                        Fault.MISSING, "unknown_grant", "no grant " + digest + " was published here")))
                .build();
    }
}
