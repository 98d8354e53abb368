package dev.mvm.coordinator.api;

import com.google.protobuf.Message;
import dev.mvm.coordinator.authz.Access;
import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.Scope;
import io.grpc.MethodDescriptor;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The calls of the Fleet service that have one request and one answer. Both ports offer exactly these.
public final class Calls {
    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

    private static final Access ACCESS = Access.ofProtocol();

    private final List<Call<?, ?>> all;

    /// A method, and the work that answers it.
    ///
    /// @param empty a request without content
    /// @param scope its meaning for callers for named tenants
    /// @param changed told of a change; does nothing for a call that changes nothing
    public record Call<I extends Message, O extends Message>(
            MethodDescriptor<I, O> method, I empty, Scope scope, Work<I, O> work, Changed changed) {
        /// Runs the call.
        ///
        public O run(Admitted caller, I request) throws ProblemException {
            caller.requireScope(scope, request);
            try {
                var answer = work.run(caller, request);
                changed.note(caller.name(), method.getFullMethodName(), request, answer);
                return answer;
            } catch (StoreException e) {
                LOG.error("{}: {}", method.getBareMethodName(), e.getMessage());
                throw ProblemException.of(e);
            }
        }

        /// Runs the call with a request of a type that is known only at run time.
        ///
        /// @throws IllegalArgumentException if the request is not of the method's type
        public O runUnchecked(Admitted caller, Message request) throws ProblemException {
            if (!request.getDescriptorForType().equals(empty.getDescriptorForType())) {
                throw new IllegalArgumentException("not a request of " + method.getFullMethodName());
            }
            @SuppressWarnings("unchecked") // the descriptor says so
            var typed = (I) request;
            return run(caller, typed);
        }
    }

    /// The work of a call.
    @FunctionalInterface
    public interface Work<I, O> {
        O run(Admitted caller, I request) throws ProblemException, StoreException;
    }

    /// The work of a call whose answer is the same for every caller.
    @FunctionalInterface
    private interface PlainWork<I, O> {
        O run(I request) throws ProblemException, StoreException;
    }

    /// Listener of changes.
    @FunctionalInterface
    public interface Changed {
        void note(String caller, String method, Message request, Message answer)
                throws ProblemException, StoreException;
    }

    Calls(FleetService fleet, ChangeRecords records) {
        Changed noted = records::note;
        Changed published = (caller, method, request, answer) -> {
            records.note(caller, method, request, answer);
            fleet.published(request);
        };
        this.all = Stream.of(fleetCalls(fleet, noted), certificateCalls(fleet, noted), documentCalls(fleet, published))
                .flatMap(List::stream)
                .toList();
    }

    private static List<Call<?, ?>> fleetCalls(FleetService fleet, Changed noted) {
        Changed nothing = (_, _, _, _) -> {};
        return List.of(
                callOfCaller(FleetGrpc.getListInstancesMethod(), fleet.instances()::list, nothing),
                call(FleetGrpc.getGetInstanceMethod(), fleet.instances()::get, nothing),
                call(FleetGrpc.getChangeInstanceMethod(), fleet.instances()::change, noted),
                callOfCaller(FleetGrpc.getListPoolsMethod(), fleet.pools()::list, nothing),
                call(FleetGrpc.getScalePoolMethod(), fleet.pools()::scale, noted),
                call(FleetGrpc.getRevisePoolMethod(), fleet.pools()::revise, noted),
                callOfCaller(FleetGrpc.getListTenantsMethod(), fleet.tenants()::list, nothing),
                call(FleetGrpc.getCreateTenantMethod(), fleet.tenants()::create, noted),
                call(FleetGrpc.getDestroyTenantMethod(), fleet.tenants()::destroy, noted),
                call(FleetGrpc.getListLogMethod(), fleet.log()::list, nothing),
                call(FleetGrpc.getGetLogHeadMethod(), _ -> fleet.log().head(), nothing),
                call(FleetGrpc.getGetLogProofMethod(), fleet.log()::proof, nothing),
                call(FleetGrpc.getGetLogConsistencyMethod(), fleet.log()::consistency, nothing),
                callOfCaller(FleetGrpc.getListKeysMethod(), fleet.keys()::list, nothing),
                call(FleetGrpc.getRotateKeyMethod(), fleet.keys()::rotate, noted),
                call(FleetGrpc.getRewrapKeysMethod(), _ -> fleet.keys().rewrap(), noted),
                call(FleetGrpc.getGetKeyServiceMethod(), _ -> fleet.keyService().status(), nothing),
                callOfCaller(FleetGrpc.getListKeyRecordsMethod(), fleet.keyService()::records, nothing),
                call(FleetGrpc.getListNodesMethod(), _ -> fleet.nodes().list(), nothing),
                call(FleetGrpc.getGetNodeMethod(), fleet.nodes()::get, nothing),
                call(FleetGrpc.getVerifyNetworksMethod(), fleet.nodes()::verifyNetworks, nothing),
                call(FleetGrpc.getAskAgentMethod(), fleet.nodes()::askAgent, nothing),
                call(FleetGrpc.getReadAuditMethod(), fleet.observation()::readAudit, nothing),
                callOfCaller(FleetGrpc.getListEventsMethod(), fleet.observation()::listEvents, nothing));
    }

    /// Calls about who may connect: operators, and certificates of nodes.
    private static List<Call<?, ?>> certificateCalls(FleetService fleet, Changed noted) {
        Changed nothing = (_, _, _, _) -> {};
        return List.of(
                call(FleetGrpc.getListOperatorsMethod(), _ -> fleet.operators().list(), nothing),
                callOfCaller(FleetGrpc.getAddOperatorMethod(), fleet.operators()::add, noted),
                callOfCaller(FleetGrpc.getChangeOperatorMethod(), fleet.operators()::change, noted),
                callOfCaller(FleetGrpc.getRevokeOperatorMethod(), fleet.operators()::revoke, noted),
                callOfCaller(FleetGrpc.getRenewOperatorMethod(), fleet.operators()::renew, noted),
                call(
                        FleetGrpc.getListNodeCertificatesMethod(),
                        _ -> fleet.certificates().list(),
                        nothing),
                call(FleetGrpc.getMakeEnrolmentTokenMethod(), fleet.certificates()::makeToken, noted),
                call(FleetGrpc.getRevokeNodeCertificatesMethod(), fleet.certificates()::revoke, noted));
    }

    /// Calls that bring signed documents, which the key service gets as well, or list them.
    private static List<Call<?, ?>> documentCalls(FleetService fleet, Changed published) {
        Changed nothing = (_, _, _, _) -> {};
        return List.of(
                call(FleetGrpc.getPublishGrantMethod(), fleet.tenants()::publishGrant, published),
                call(
                        FleetGrpc.getPublishRootMethod(),
                        request -> fleet.roots()
                                .publish(request.getEnvelope(), RequestFields.losses(request.getEvenIfList())),
                        published),
                call(FleetGrpc.getListRootsMethod(), _ -> fleet.roots().list(), nothing),
                call(FleetGrpc.getGetGrantMethod(), fleet.log()::grant, nothing),
                call(FleetGrpc.getPublishNodeMethod(), fleet.documents()::publish, published),
                call(FleetGrpc.getListNodeDocumentsMethod(), fleet.documents()::list, nothing),
                call(FleetGrpc.getPublishTombstoneMethod(), fleet.ends()::publish, published),
                call(FleetGrpc.getListTombstonesMethod(), _ -> fleet.ends().list(), nothing),
                call(FleetGrpc.getPublishMeasurementsMethod(), fleet.measurements()::publish, published),
                call(
                        FleetGrpc.getListMeasurementsMethod(),
                        _ -> fleet.measurements().list(),
                        nothing));
    }

    private static <I extends Message, O extends Message> Call<I, O> call(
            MethodDescriptor<I, O> method, PlainWork<I, O> work, Changed changed) {
        return callOfCaller(method, (_, request) -> work.run(request), changed);
    }

    private static <I extends Message, O extends Message> Call<I, O> callOfCaller(
            MethodDescriptor<I, O> method, Work<I, O> work, Changed changed) {
        if (method.getRequestMarshaller() instanceof MethodDescriptor.PrototypeMarshaller<I> prototypes) {
            var empty = prototypes.getMessagePrototype();
            if (empty != null) {
                return new Call<>(method, empty, ACCESS.scope(method.getFullMethodName()), work, changed);
            }
        }
        throw new IllegalStateException("a generated method has a prototype of its request");
    }

    public List<Call<?, ?>> all() {
        return all;
    }

    /// Returns the call with this short name, such as `ScalePool`; empty if there is no such call.
    public Optional<Call<?, ?>> named(String name) {
        for (var call : all) {
            if (name.equals(call.method().getBareMethodName())) {
                return Optional.of(call);
            }
        }
        return Optional.empty();
    }
}
