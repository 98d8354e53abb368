package dev.mvm.guestd;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.Packet;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.GuestChannel;
import dev.mvm.protocol.guestd.GuestdRequests;
import dev.mvm.protocol.guestd.Report;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// hostd's connection, and the sessions that came through it. hostd is believed; an invalid request ends this
/// process.
public final class GuestSessions {
    /// Most programs at a time in all guests of the tenant: each costs half a megabyte.
    private static final int PROGRAMS = 48;

    /// Most agents' connections at a time on which consoles are shown.
    private static final int LOGS = 16;

    private static final long BETWEEN_WORDS_MILLIS = 100;
    private static final long EXPIRY_MINUTES = 10;

    private final PacketSocket hostd;
    private final HostdReports reports;
    private final Consumer<String> log;
    private final Map<Long, GuestSession> sessions = new ConcurrentHashMap<>();
    private final Consoles consoles;
    private final Semaphore places = new Semaphore(PROGRAMS);
    private final Semaphore logs = new Semaphore(LOGS);
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("words").daemon().factory());

    /// Takes over `hostd`.
    public GuestSessions(PacketSocket hostd, Consumer<String> log) {
        this.hostd = hostd;
        this.reports = new HostdReports(hostd);
        this.consoles = new Consoles(System::nanoTime, log);
        this.log = log;
    }

    /// Serves hostd's requests until hostd ends the connection, and then ends the sessions.
    ///
    /// @throws IllegalArgumentException for a packet that does not follow the protocol
    public void serve() throws ErrnoException {
        var _ = later.scheduleWithFixedDelay(consoles::expire, EXPIRY_MINUTES, EXPIRY_MINUTES, TimeUnit.MINUTES);
        try (reports) {
            for (var next = receive(); next.isPresent(); next = receive()) {
                try (var packet = next.get()) {
                    perform(GuestdRequest.parse(packet.bytes()), packet.descriptors());
                }
            }
        } finally {
            sessions.values().forEach(session -> session.channel().ifPresent(GuestChannel::close));
        }
    }

    private Optional<Packet> receive() throws ErrnoException {
        return hostd.receive(GuestdRequests.MAX_BYTES, 1, Deadline.never());
    }

    private void perform(GuestdRequest request, List<Fd> descriptors) throws ErrnoException {
        switch (request) {
            case GuestdRequest.Open open -> {
                var stream = UnixStream.own(only(descriptors));
                var session = new GuestSession(
                        open.session(),
                        open.instance(),
                        reports,
                        this::later,
                        () -> sessions.remove(open.session()),
                        log);
                sessions.put(open.session(), session);
                session.start(stream, open.transport());
            }
            case GuestdRequest.Ask ask -> thread("call", () -> answer(ask));
            case GuestdRequest.PowerOff(var number) -> {
                var session = sessions.get(number);
                if (session != null) {
                    session.powerOff();
                }
            }
            case GuestdRequest.Exec exec -> {
                var agent = UnixStream.own(only(descriptors));
                thread("program", () -> run(channel(exec.instance()), exec, agent));
            }
            case GuestdRequest.Console(var instance) -> consoles.attach(instance, only(descriptors));
            case GuestdRequest.Logs wanted -> {
                var agent = UnixStream.own(only(descriptors));
                thread("logs", () -> show(wanted, agent));
            }
            case GuestdRequest.Vmm vmm -> {
                var api = UnixStream.own(only(descriptors));
                thread("vmm", () -> tell(vmm, api));
            }
        }
    }

    /// The channel of an instance's guest, if that is connected.
    private Optional<GuestChannel> channel(InstanceId instance) {
        return sessions.values().stream()
                .filter(session -> session.instance().equals(instance))
                .flatMap(session -> session.channel().stream())
                .findFirst();
    }

    private void later(Runnable work) {
        var _ = later.schedule(work, BETWEEN_WORDS_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static Fd only(List<Fd> descriptors) {
        if (descriptors.size() != 1) {
            throw new IllegalArgumentException("hostd sent no descriptor where one belongs");
        }
        return descriptors.getFirst();
    }

    private static void thread(String name, Runnable work) {
        Thread.ofPlatform().name(name).daemon().start(work);
    }

    private void answer(GuestdRequest.Ask ask) {
        try {
            var session = sessions.get(ask.session());
            boolean yes = session != null && session.call(ask.call(), ask.limit());
            reports.say(yes ? Report.Word.DONE : Report.Word.FAILED, ask.token());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell(GuestdRequest.Vmm vmm, UnixStream api) {
        try (api) {
            var reply = new VmmApi(vmm, new ApiConnection(api), log).perform();
            reports.say(reply, vmm.token());
        }
    }

    private void show(GuestdRequest.Logs wanted, UnixStream agent) {
        boolean place = logs.tryAcquire();
        try (agent) {
            var reader = new ConsoleReader(agent);
            if (place) {
                reader.run(consoles.find(wanted.instance()), wanted.follow());
            } else {
                reader.refuse(ConsoleReader.BUSY);
            }
        } finally {
            if (place) {
                logs.release();
            }
        }
    }

    private void run(Optional<GuestChannel> channel, GuestdRequest.Exec exec, UnixStream agent) {
        boolean place = places.tryAcquire();
        try (agent) {
            var program = new Program(agent, exec.ahead(), log);
            if (place) {
                program.run(channel, exec.exec());
            } else {
                program.refuse(Program.BUSY);
            }
        } finally {
            if (place) {
                places.release();
            }
        }
    }
}
