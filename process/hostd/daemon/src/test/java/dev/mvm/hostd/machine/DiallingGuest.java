package dev.mvm.hostd.machine;

import dev.mvm.protocol.guest.FakeGuest;
import dev.mvm.protocol.guest.GuestTransport;
import dev.mvm.testkit.firecracker.Channel;
import dev.mvm.testkit.firecracker.Guest;
import dev.mvm.testkit.firecracker.Machine;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// A guest of the stand-in with an agent in it that dials the host, and dials again whenever the connection ends.
public final class DiallingGuest implements Guest {
    private static final int PORT = 1024;

    public final FakeGuest agent = new FakeGuest();

    @Override
    public void started(Machine machine) throws IOException, InterruptedException {
        agent.becomeReady();
        while (true) {
            agent.connect(new Vsock(machine.dial(PORT))).join();
        }
    }

    @Override
    public void restored(Machine machine) throws IOException, InterruptedException {
        started(machine);
    }

    @Override
    public Optional<Service> listener(int port) {
        return Optional.empty();
    }

    private record Vsock(Channel channel) implements GuestTransport {
        @Override
        public int read(ByteBuffer into) throws IOException {
            try {
                return channel.read(into);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }

        @Override
        public void write(ByteBuffer from) throws IOException {
            try {
                channel.write(from);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }

        private static IOException interrupted(InterruptedException cause) {
            Thread.currentThread().interrupt();
            var out = new InterruptedIOException("the machine has ended");
            out.initCause(cause);
            return out;
        }

        @Override
        public void close() {
            channel.close();
        }
    }
}
