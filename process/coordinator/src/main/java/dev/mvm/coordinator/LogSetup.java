package dev.mvm.coordinator;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.jul.LevelChangePropagator;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.List;

/// Logs one line an event to stderr; the service manager keeps the log. Configured in code, because a parser for XML
/// would be larger than this class.
///
/// Public only because logback looks it up by name.
public final class LogSetup extends ContextAwareBase implements Configurator {
    private static final String PATTERN = "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'\",UTC} %-5level %logger{0}"
            + " %replace(%msg){'[\\r\\n\\t]+', ' '} %replace(%ex{12}){'[\\r\\n\\t]+', ' | '}%nopex%n";
    private static final List<String> TALKATIVE = List.of("io.grpc.netty", "io.netty", "org.eclipse.jetty");

    /// For logback.
    public LogSetup() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setName("stderr");
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        // tells java.util.logging, by which gRPC logs, not even to make what would be dropped
        var levels = new LevelChangePropagator();
        levels.setContext(context);
        levels.start();
        context.addListener(levels);
        TALKATIVE.forEach(name -> context.getLogger(name).setLevel(Level.WARN));
        // a message that is too large gets its answer; strangers would fill the log with them
        context.getLogger("io.grpc.netty.NettyServerStream").setLevel(Level.ERROR);
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(appender);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
