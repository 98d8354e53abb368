package dev.mvm.agentd.metrics;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/// Client of hostd that counts and times its operations, but for observations: one of them waits all the time.
public final class MeasuredHostd implements Hostd {
    private static final String EXEC = "guest_exec";
    private static final String LOGS = "guest_logs";
    private static final String UNKNOWN = "unknown";

    private final Hostd hostd;
    private final Tally tally;
    private final AtomicInteger inProgress;

    public MeasuredHostd(Hostd hostd, Tally tally) {
        this(hostd, tally, new AtomicInteger());
    }

    private MeasuredHostd(Hostd hostd, Tally tally, AtomicInteger inProgress) {
        this.hostd = hostd;
        this.tally = tally;
        this.inProgress = inProgress;
    }

    @Override
    public Hostd under(Digest plan) {
        return new MeasuredHostd(hostd.under(plan), tally, inProgress);
    }

    @Override
    public HostReply call(HostOperation operation) throws IOException {
        if (operation instanceof HostOperation.Observe) {
            return hostd.call(operation);
        }
        long began = System.nanoTime();
        inProgress.incrementAndGet();
        try {
            var reply = hostd.call(operation);
            ended(operation.word(), result(reply), began);
            return reply;
        } catch (IOException e) {
            ended(operation.word(), UNKNOWN, began);
            throw e;
        } finally {
            inProgress.decrementAndGet();
        }
    }

    @Override
    public Exec exec(InstanceId instance, ExecRequest request) throws IOException, InterruptedException {
        long began = System.nanoTime();
        try {
            var exec = hostd.exec(instance, request);
            var result = switch (exec) {
                case Exec.Running _ -> "done";
                case Exec.NotRunning(var reply) -> result(reply);
            };
            ended(EXEC, result, began);
            return exec;
        } catch (IOException e) {
            ended(EXEC, UNKNOWN, began);
            throw e;
        }
    }

    @Override
    public Logs logs(InstanceId instance, boolean follow) throws IOException, InterruptedException {
        long began = System.nanoTime();
        try {
            var logs = hostd.logs(instance, follow);
            var result = switch (logs) {
                case Logs.Opened _ -> "done";
                case Logs.NotOpened(var reply) -> result(reply);
            };
            ended(LOGS, result, began);
            return logs;
        } catch (IOException e) {
            ended(LOGS, UNKNOWN, began);
            throw e;
        }
    }

    private void ended(String operation, String result, long began) {
        tally.count(AgentMetric.OPERATIONS, operation, result);
        if (result.equals("done")) {
            tally.took(AgentMetric.OPERATION_DURATION, Duration.ofNanos(System.nanoTime() - began), operation);
        }
    }

    private static String result(HostReply reply) {
        return switch (reply) {
            case HostReply.Done _, HostReply.Ended _, HostReply.Observed _, HostReply.Found _, HostReply.Stated _ ->
                "done";
            case HostReply.Refused _ -> "refused";
            case HostReply.Failed _ -> "failed";
        };
    }

    /// Number of operations that hostd has not answered yet.
    public int inProgress() {
        return inProgress.get();
    }
}
