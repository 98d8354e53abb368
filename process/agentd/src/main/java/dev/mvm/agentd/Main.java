package dev.mvm.agentd;

import dev.mvm.protocol.trust.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.stream.Stream;

/// `mvm-agentd --config FILE`, and [EnrolCommand].
public final class Main {
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;

    private Main() {}

    public static void main(String[] args) {
        if (args.length > 0 && args[0].equals("enrol")) {
            System.exit(new EnrolCommand(System.in, System.out, System.err)
                    .run(List.of(args).subList(1, args.length)));
        }
        if (args.length != 2 || !args[0].equals("--config")) {
            System.err.println("usage: mvm-agentd --config FILE, or " + EnrolCommand.USAGE);
            System.exit(WRONG_USAGE);
        }
        try {
            run(AgentConfig.read(Path.of(args[1])));
        } catch (AgentConfig.ConfigException | RefusedException e) {
            fail(String.valueOf(e.getMessage()));
        } catch (Services.ServiceException e) {
            fail(e.service() + " failed: " + described(e.failure()));
        } catch (IOException | GeneralSecurityException e) {
            fail(described(e));
        } catch (InterruptedException e) {
            System.exit(0);
        }
    }

    private static String described(Throwable e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }

    private static void fail(String reason) {
        AgentLog.line("mvm-agentd: " + reason);
        System.exit(FAILED);
    }

    private static void run(AgentConfig config)
            throws IOException, RefusedException, GeneralSecurityException, Services.ServiceException,
                    InterruptedException {
        var complaint = AgentConfinement.complaint(config.hardened());
        if (!complaint.isEmpty()) {
            fail(complaint);
        }
        var services = open(config);
        AgentLog.line("agent of node " + config.node() + ", " + config.mode().word() + " mode");
        var agent = Services.start(services, AgentLog::line);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(agent::stop));
        agent.awaitStop();
    }

    /// The services of the agent in the order in which they start.
    static List<Service> open(AgentConfig config) throws IOException, RefusedException, GeneralSecurityException {
        var trust = TrustModule.open(config);
        var host = HostModule.open(config, trust);
        var reconcile = ReconcileModule.open(config, trust, host);
        var link = LinkModule.open(config, trust, host, reconcile);
        var metrics = new MetricsService(config, trust, host, reconcile, link);
        return Stream.of(trust.services(), host.services(), reconcile.services(), link.services(), List.of(metrics))
                .flatMap(List::stream)
                .map(Service.class::cast)
                .toList();
    }
}
