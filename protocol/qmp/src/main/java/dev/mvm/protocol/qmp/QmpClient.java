package dev.mvm.protocol.qmp;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.protocol.qmp.QmpAnswer.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/// Asks one QEMU. First [#negotiate], then commands, one at a time. Events go to the listener on the thread that
/// waits here, while it waits for an answer or in [#listen]. Used by one thread.
public final class QmpClient implements AutoCloseable {
    private static final Json NOTHING = Json.object().end();

    private final MonitorConnection connection;
    private final LineReader lines;
    private final Consumer<QmpEvent> listener;
    private long lastId;
    private boolean closed;

    public QmpClient(MonitorConnection connection, Consumer<QmpEvent> listener) {
        this.connection = connection;
        this.lines = new LineReader(connection);
        this.listener = listener;
    }

    /// Reads the greeting and leaves the state in which only this is allowed.
    public QmpAnswer<EmptyReturn> negotiate(Duration patience) {
        long deadline = deadline(patience);
        return guarded(() -> {
            while (!lines.next(deadline).members().containsKey("QMP")) {
                // what QEMU had for the connection before when that was closed, which it sends to the next one
            }
            return answer("qmp_capabilities", Json.object().end(), _ -> EmptyReturn.DONE, deadline);
        });
    }

    /// Sends a command and waits for its answer.
    public <T> QmpAnswer<T> call(QmpCommand<T> command, Duration patience) {
        return guarded(() -> answer(command.name(), command.arguments(), command::read, deadline(patience)));
    }

    /// Waits for one event.
    ///
    /// @return a value when the listener has had it
    public QmpAnswer<EmptyReturn> listen(Duration patience) {
        long deadline = deadline(patience);
        return guarded(() -> {
            while (message(deadline).isPresent()) {
                // the answer to a command whose deadline has passed
            }
            return new QmpAnswer.Value<>(EmptyReturn.DONE);
        });
    }

    private static long deadline(Duration patience) {
        return System.nanoTime() + patience.toNanos();
    }

    /// Something that talks to QEMU.
    @FunctionalInterface
    private interface Talk<T> {
        QmpAnswer<T> run() throws IOException, BrokenMonitorException;
    }

    /// The meaning of a good answer.
    @FunctionalInterface
    private interface Reading<T> {
        T of(Json.Obj answer) throws JsonException;
    }

    private <T> QmpAnswer<T> guarded(Talk<T> talk) {
        if (closed) {
            return new QmpAnswer.Broken<>(Reason.CLOSED);
        }
        try {
            return talk.run();
        } catch (InterruptedIOException e) {
            return new QmpAnswer.Broken<>(Reason.TIMED_OUT);
        } catch (IOException e) {
            close();
            return new QmpAnswer.Broken<>(Reason.CLOSED);
        } catch (BrokenMonitorException e) {
            close();
            return new QmpAnswer.Broken<>(e.reason());
        }
    }

    private <T> QmpAnswer<T> answer(String command, Json.Obj arguments, Reading<T> reading, long deadline)
            throws IOException, BrokenMonitorException {
        send(command, arguments, deadline);
        while (true) {
            var message = message(deadline);
            if (message.isPresent() && isLast(message.get())) {
                return meaning(message.get(), reading);
            }
        }
    }

    private void send(String command, Json.Obj arguments, long deadline) throws IOException, BrokenMonitorException {
        var request = Json.object().put("execute", command).put("id", ++lastId);
        if (!arguments.members().isEmpty()) {
            request.put("arguments", arguments);
        }
        var line = new String(request.end().bytes(), UTF_8) + "\n";
        try {
            connection.write(ByteBuffer.wrap(line.getBytes(UTF_8)), deadline);
        } catch (InterruptedIOException e) {
            throw new BrokenMonitorException(Reason.CLOSED); // half a command may be out: nothing can follow it
        }
    }

    /// The next message, if it is an answer; an event goes to the listener.
    private Optional<Json.Obj> message(long deadline) throws IOException, BrokenMonitorException {
        var message = lines.next(deadline);
        if (!(message.members().get("event") instanceof Json.Str(var name))) {
            return Optional.of(message);
        }
        if (!(message.members().getOrDefault("data", NOTHING) instanceof Json.Obj data)) {
            throw new BrokenMonitorException(Reason.MALFORMED);
        }
        QmpEvent event;
        try {
            event = QmpEvent.of(name, data);
        } catch (JsonException e) {
            throw new BrokenMonitorException(Reason.MALFORMED);
        }
        listener.accept(event);
        return Optional.empty();
    }

    /// Returns whether a response belongs to the last command; one to an earlier command came too late.
    private boolean isLast(Json.Obj answer) throws BrokenMonitorException {
        if (answer.members().get("id") instanceof Json.Int(var id) && id >= 1 && id <= lastId) {
            return id == lastId;
        }
        throw new BrokenMonitorException(Reason.MALFORMED);
    }

    private static <T> QmpAnswer<T> meaning(Json.Obj answer, Reading<T> reading) throws BrokenMonitorException {
        var fields = answer.fields();
        try {
            if (answer.members().containsKey("error")) {
                var error = fields.object("error").fields();
                return new QmpAnswer.Fault<>(error.string("class"), error.string("desc"));
            }
            return new QmpAnswer.Value<>(reading.of(fields.object("return")));
        } catch (JsonException e) {
            throw new BrokenMonitorException(Reason.MALFORMED);
        }
    }

    @Override
    public void close() {
        closed = true;
        connection.close();
    }
}
