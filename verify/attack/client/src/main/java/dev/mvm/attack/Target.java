package dev.mvm.attack;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Observation;
import java.io.IOException;
import java.util.List;

/// hostd, and what it had to hold against.
final class Target {
    private final Hostd hostd;
    private final Tally tally = new Tally();

    Target(Hostd hostd) {
        this.hostd = hostd;
    }

    Observation observe() throws IOException {
        if (hostd.call(new HostOperation.Observe(0, 0)) instanceof HostReply.Observed(var observation)) {
            return observation;
        }
        throw new IOException("hostd does not say what it has");
    }

    HostReply call(HostOperation operation) throws IOException {
        return hostd.call(operation);
    }

    /// Asks for something that has to be refused for `reason`, and looks whether it has changed anything.
    void refuses(String name, HostOperation operation, String reason) throws IOException {
        var seen = observe();
        var before = visible(seen);
        var reply = hostd.call(operation);
        boolean refused =
                reply instanceof HostReply.Refused(var said) && said.value().equals(reason);
        judge(name, refused, "wanted a refusal for " + reason + ", hostd said " + reply);
        var after = observe();
        judge(name + ": nothing changed", visible(after).equals(before), "what hostd has is different now");
        judge(
                name + ": counted",
                count(after, reason) > count(seen, reason),
                "the count of " + reason + " has not grown");
    }

    private static long count(Observation seen, String reason) {
        return seen.refusals().getOrDefault(reason, 0L);
    }

    void judge(String name, boolean good, String otherwise) {
        tally.judge(name, good, otherwise);
    }

    /// Prints the outcome and returns the exit status.
    int report() {
        return tally.report();
    }

    /// Facts that no attack may change. Guests' own reports change by themselves.
    private static List<Object> visible(Observation seen) {
        var instances = seen.instances().stream()
                .map(instance -> List.<Object>of(
                        instance.address(), instance.slot(), instance.state(), instance.revision(), instance.started()))
                .toList();
        return List.of(
                seen.root(), seen.log(), seen.sequence(), seen.expires(), seen.limits(), seen.networks(), instances);
    }
}
