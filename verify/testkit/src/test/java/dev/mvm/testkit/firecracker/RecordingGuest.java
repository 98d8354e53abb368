package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Listens on one port, says what it reads back in capitals, and writes down what happens to it.
final class RecordingGuest implements Guest {
    static final int PORT = 1_024;

    final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();
    final LinkedBlockingQueue<Machine> machines = new LinkedBlockingQueue<>();

    String nextEvent() throws InterruptedException {
        var event = events.poll(2, TimeUnit.MINUTES);
        if (event == null) {
            throw new AssertionError("nothing happened to the guest");
        }
        return event;
    }

    Machine machine() throws InterruptedException {
        var machine = machines.poll(2, TimeUnit.MINUTES);
        if (machine == null) {
            throw new AssertionError("the guest did not run");
        }
        return machine;
    }

    @Override
    public void started(Machine machine) {
        events.add("started");
        machines.add(machine);
    }

    @Override
    public void restored(Machine machine) {
        events.add("restored");
        machines.add(machine);
    }

    @Override
    public Optional<Service> listener(int port) {
        return port == PORT ? Optional.of(this::echo) : Optional.empty();
    }

    private void echo(Channel channel) throws InterruptedException {
        events.add("connected");
        var bytes = ByteBuffer.allocate(64);
        try {
            while (channel.read(bytes.clear()) >= 0) {
                var text = UTF_8.decode(bytes.flip()).toString();
                events.add("read " + text);
                channel.write(
                        ByteBuffer.wrap(text.toUpperCase(java.util.Locale.ROOT).getBytes(UTF_8)));
            }
            events.add("end");
        } catch (IOException e) {
            events.add("reset");
        }
    }
}
