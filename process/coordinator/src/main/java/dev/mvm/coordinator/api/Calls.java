package dev.mvm.coordinator.api;

import com.google.protobuf.Message;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.protocol.control.v1.FleetGrpc;
import io.grpc.MethodDescriptor;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The calls of the Fleet service that have one request and one answer. Both ports offer exactly these.
public final class Calls {
    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

    private final List<Call<?, ?>> all;

    /// A method, and the work that answers it.
    ///
    /// @param empty a request without content
    public record Call<I extends Message, O extends Message>(MethodDescriptor<I, O> method, I empty, Work<I, O> work) {
        /// Runs the call.
        public O run(I request) throws ProblemException {
            try {
                return work.run(request);
            } catch (StoreException e) {
                LOG.error("{}: {}", method.getBareMethodName(), e.getMessage());
                throw ProblemException.of(e);
            }
        }

        /// Runs the call with a request of a type that is known only at run time.
        ///
        /// @throws IllegalArgumentException if the request is not of the method's type
        public O runUnchecked(Message request) throws ProblemException {
            if (!request.getDescriptorForType().equals(empty.getDescriptorForType())) {
                throw new IllegalArgumentException("not a request of " + method.getFullMethodName());
            }
            @SuppressWarnings("unchecked") // the descriptor says so
            var typed = (I) request;
            return run(typed);
        }
    }

    /// The work of a call.
    @FunctionalInterface
    public interface Work<I, O> {
        O run(I request) throws ProblemException, StoreException;
    }

    Calls(FleetService fleet) {
        this.all = List.of(
                call(FleetGrpc.getListInstancesMethod(), fleet.instances()::list),
                call(FleetGrpc.getGetInstanceMethod(), fleet.instances()::get),
                call(FleetGrpc.getChangeInstanceMethod(), fleet.instances()::change),
                call(FleetGrpc.getListPoolsMethod(), fleet.pools()::list),
                call(FleetGrpc.getScalePoolMethod(), fleet.pools()::scale),
                call(FleetGrpc.getRevisePoolMethod(), fleet.pools()::revise),
                call(FleetGrpc.getListTenantsMethod(), _ -> fleet.tenants().list()),
                call(FleetGrpc.getCreateTenantMethod(), fleet.tenants()::create),
                call(FleetGrpc.getDestroyTenantMethod(), fleet.tenants()::destroy),
                call(FleetGrpc.getPublishGrantMethod(), fleet.tenants()::publishGrant),
                call(FleetGrpc.getPublishRootMethod(), request -> fleet.roots().publish(request.getEnvelope())),
                call(FleetGrpc.getListRootsMethod(), _ -> fleet.roots().list()),
                call(FleetGrpc.getGetGrantMethod(), fleet.log()::grant),
                call(FleetGrpc.getListLogMethod(), fleet.log()::list),
                call(FleetGrpc.getGetLogHeadMethod(), _ -> fleet.log().head()),
                call(FleetGrpc.getGetLogProofMethod(), fleet.log()::proof),
                call(FleetGrpc.getGetLogConsistencyMethod(), fleet.log()::consistency),
                call(FleetGrpc.getListKeysMethod(), fleet.keys()::list),
                call(FleetGrpc.getRotateKeyMethod(), fleet.keys()::rotate),
                call(FleetGrpc.getRewrapKeysMethod(), _ -> fleet.keys().rewrap()),
                call(FleetGrpc.getEnrolNodeKeyMethod(), fleet.keys()::enrol),
                call(FleetGrpc.getListNodesMethod(), _ -> fleet.nodes().list()),
                call(FleetGrpc.getGetNodeMethod(), fleet.nodes()::get),
                call(FleetGrpc.getVerifyNetworksMethod(), fleet.nodes()::verifyNetworks),
                call(FleetGrpc.getAskAgentMethod(), fleet.nodes()::askAgent),
                call(FleetGrpc.getReadAuditMethod(), fleet.observation()::readAudit),
                call(FleetGrpc.getListEventsMethod(), fleet.observation()::listEvents));
    }

    private static <I extends Message, O extends Message> Call<I, O> call(
            MethodDescriptor<I, O> method, Work<I, O> work) {
        if (method.getRequestMarshaller() instanceof MethodDescriptor.PrototypeMarshaller<I> prototypes) {
            var empty = prototypes.getMessagePrototype();
            if (empty != null) {
                return new Call<>(method, empty, work);
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
