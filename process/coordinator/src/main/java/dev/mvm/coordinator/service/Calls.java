package dev.mvm.coordinator.service;

import com.google.protobuf.Message;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.protocol.control.v1.FleetGrpc;
import io.grpc.MethodDescriptor;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The single-answer calls of the Fleet service as a list, so that each port offers exactly these.
public final class Calls {
    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

    private final List<Call<?, ?>> all;

    /// One call.
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

        /// Runs the call with a request whose type is only known at run time.
        ///
        /// @throws IllegalArgumentException if it is not of the method's type
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

    public Calls(FleetService fleet) {
        this.all = List.of(
                call(FleetGrpc.getListInstancesMethod(), fleet::listInstances),
                call(FleetGrpc.getGetInstanceMethod(), fleet::getInstance),
                call(FleetGrpc.getChangeInstanceMethod(), fleet::changeInstance),
                call(FleetGrpc.getListPoolsMethod(), fleet::listPools),
                call(FleetGrpc.getScalePoolMethod(), fleet::scalePool),
                call(FleetGrpc.getRevisePoolMethod(), fleet::revisePool),
                call(FleetGrpc.getListTenantsMethod(), _ -> fleet.listTenants()),
                call(FleetGrpc.getCreateTenantMethod(), fleet::createTenant),
                call(FleetGrpc.getDestroyTenantMethod(), fleet::destroyTenant),
                call(FleetGrpc.getPublishGrantMethod(), fleet::publishGrant),
                call(FleetGrpc.getPublishRootMethod(), fleet::publishRoot),
                call(FleetGrpc.getListRootsMethod(), _ -> fleet.listRoots()),
                call(FleetGrpc.getGetGrantMethod(), fleet.log()::grant),
                call(FleetGrpc.getListLogMethod(), fleet.log()::list),
                call(FleetGrpc.getGetLogHeadMethod(), _ -> fleet.log().head()),
                call(FleetGrpc.getGetLogProofMethod(), fleet.log()::proof),
                call(FleetGrpc.getGetLogConsistencyMethod(), fleet.log()::consistency),
                call(FleetGrpc.getListKeysMethod(), fleet.keys()::list),
                call(FleetGrpc.getRotateKeyMethod(), fleet.keys()::rotate),
                call(FleetGrpc.getRewrapKeysMethod(), _ -> fleet.keys().rewrap()),
                call(FleetGrpc.getEnrolNodeKeyMethod(), fleet.keys()::enrol),
                call(FleetGrpc.getListNodesMethod(), _ -> fleet.listNodes()),
                call(FleetGrpc.getGetNodeMethod(), fleet::getNode),
                call(FleetGrpc.getVerifyNetworksMethod(), fleet::verifyNetworks),
                call(FleetGrpc.getAskAgentMethod(), fleet::askAgent),
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
        throw new IllegalStateException("generated methods know their messages");
    }

    public List<Call<?, ?>> all() {
        return all;
    }

    /// The call of this name, such as `ScalePool`.
    public Optional<Call<?, ?>> named(String name) {
        for (var call : all) {
            if (name.equals(call.method().getBareMethodName())) {
                return Optional.of(call);
            }
        }
        return Optional.empty();
    }
}
