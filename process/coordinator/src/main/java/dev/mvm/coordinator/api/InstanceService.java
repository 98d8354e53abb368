package dev.mvm.coordinator.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.exec.OperatorEnd;
import dev.mvm.coordinator.exec.Relay;
import dev.mvm.coordinator.exec.Sessions;
import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.ChangeInstanceRequest;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.GetInstanceRequest;
import dev.mvm.protocol.control.v1.Instance;
import dev.mvm.protocol.control.v1.ListInstancesRequest;
import dev.mvm.protocol.control.v1.ListInstancesResponse;
import dev.mvm.protocol.control.v1.Verb;
import java.time.Duration;
import java.util.List;

/// Calls about single instances: their state, verbs, and programs in them. Blocking.
public final class InstanceService {
    /// The limits of a node; docs/protocol/hostd.md.
    private static final int MAX_ARGUMENTS = 128;

    private static final int MAX_VARIABLES = 64;
    private static final int MAX_ARGUMENT_BYTES = 30_000;

    private final FleetStore records;
    private final Nodes nodes;
    private final Sessions sessions;
    private final Duration patience;

    /// @param patience time limit of a node's answer to a verb; twice that for verbs that move a guest's memory
    InstanceService(FleetStore records, Nodes nodes, Sessions sessions, Duration patience) {
        this.records = records;
        this.nodes = nodes;
        this.sessions = sessions;
        this.patience = patience;
    }

    ListInstancesResponse list(Admitted caller, ListInstancesRequest request) throws ProblemException {
        if (request.getTenant().isEmpty() && !request.getPool().isEmpty()) {
            throw ProblemException.invalid("a pool is named with its tenant");
        }
        var prefix = new StringBuilder();
        if (!request.getTenant().isEmpty()) {
            prefix.append(RequestFields.parsed(request.getTenant(), TenantId::new))
                    .append('/');
        }
        if (!request.getPool().isEmpty()) {
            prefix.append(RequestFields.parsed(request.getPool(), PoolId::new)).append('/');
        }
        var instances = nodes.instances().stream()
                .filter(instance -> instance.getAddress().startsWith(prefix.toString()))
                .filter(instance -> caller.covers(RequestFields.tenantOf(instance.getAddress())))
                .toList();
        return ListInstancesResponse.newBuilder().addAllInstances(instances).build();
    }

    Instance get(GetInstanceRequest request) throws ProblemException {
        return nodes.instance(RequestFields.instance(request.getTenant(), request.getPool(), request.getInstance()));
    }

    Instance change(ChangeInstanceRequest request) throws ProblemException {
        var address = RequestFields.instance(request.getTenant(), request.getPool(), request.getInstance());
        if (request.getVerb() == Verb.VERB_UNSPECIFIED || request.getVerb() == Verb.UNRECOGNIZED) {
            throw ProblemException.invalid("expected a verb: START, STOP, WARM, RESUME, SLEEP, WAKE or DESTROY");
        }
        if (request.getForce() && request.getVerb() != Verb.SLEEP) {
            throw ProblemException.invalid("only SLEEP can be forced");
        }
        var link = nodes.linkOf(address);
        // these write the whole of a guest's memory to disk, or read it from there
        boolean memory = request.getVerb() == Verb.SLEEP || request.getVerb() == Verb.WAKE;
        var limit = memory ? patience.multipliedBy(2) : patience;
        return NodeCall.await(
                () -> nodes.outcome(link.node(), link.change(address, request.getVerb(), request.getForce(), limit)));
    }

    /// Starts a program in an instance.
    ///
    /// @return the session, to which the operator's messages are passed
    public Relay exec(Admitted caller, ExecInput first, OperatorEnd operator) throws ProblemException {
        if (first.getInputCase() != ExecInput.InputCase.START) {
            throw ProblemException.invalid("the first message has to be start");
        }
        var start = first.getStart();
        caller.requireTenant(start.getTenant());
        var address = RequestFields.instance(start.getTenant(), start.getPool(), start.getInstance());
        int bytes = bytes(start.getArgvList())
                + bytes(start.getEnvList())
                + start.getDirectory().length();
        if (start.getArgvCount() == 0
                || start.getArgvCount() > MAX_ARGUMENTS
                || start.getEnvCount() > MAX_VARIABLES
                || bytes > MAX_ARGUMENT_BYTES) {
            throw ProblemException.invalid("a program has 1 to " + MAX_ARGUMENTS + " arguments and at most "
                    + MAX_VARIABLES + " variables, " + MAX_ARGUMENT_BYTES + " bytes together");
        }
        require(PoolFlag.EXEC, "exec_not_granted", address.poolAddress());
        return sessions.start(nodes.linkOf(address), first, operator);
    }

    /// Shows what an instance's VMs have printed.
    ///
    /// @return the session
    public Relay logs(Admitted caller, ExecInput first, OperatorEnd operator) throws ProblemException {
        if (first.getInputCase() != ExecInput.InputCase.LOGS) {
            throw ProblemException.invalid("the first message has to be logs");
        }
        var logs = first.getLogs();
        caller.requireTenant(logs.getTenant());
        var address = RequestFields.instance(logs.getTenant(), logs.getPool(), logs.getInstance());
        require(PoolFlag.LOGS, "logs_not_granted", address.poolAddress());
        return sessions.start(nodes.linkOf(address), first, operator);
    }

    private static int bytes(List<String> texts) {
        return texts.stream().mapToInt(text -> text.getBytes(UTF_8).length).sum();
    }

    /// The node checks this again, against the signed state. The check here gives an early and clear error.
    private void require(PoolFlag flag, String reason, PoolAddress pool) throws ProblemException {
        try {
            var granted = records.state()
                    .member(pool.tenant())
                    .flatMap(FleetState.Member::grant)
                    .flatMap(grant -> grant.pool(pool.pool()));
            if (granted.isEmpty() || !granted.get().flags().contains(flag)) {
                throw new ProblemException(
                        Fault.FORBIDDEN, reason, "the grant of " + pool + " does not allow " + flag.word());
            }
        } catch (StoreException e) {
            throw ProblemException.of(e);
        }
    }
}
