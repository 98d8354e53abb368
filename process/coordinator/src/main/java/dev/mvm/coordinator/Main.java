package dev.mvm.coordinator;

import dev.mvm.coordinator.trust.SignedDocuments;
import java.util.List;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// The entry point of the process.
public final class Main {
    private Main() {}

    /// Runs a verb and ends the process with its exit status.
    public static void main(String[] arguments) {
        // gRPC logs by java.util.logging, with a handler of its own that writes two lines an event
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        var commandLine = new CommandLine(SignedDocuments::open, System.out, System.err);
        System.exit(commandLine.run(List.of(arguments)));
    }
}
