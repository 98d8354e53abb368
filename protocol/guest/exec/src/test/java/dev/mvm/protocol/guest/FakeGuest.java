package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.exec.ExecRefusal;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongFunction;

/// A guest that keeps to `docs/protocol/guest.md`, over any transport. Its programs are [FakeProgram]s: `true`,
/// `false`, `echo`, `cat`, `sleep`, `yes`, a small `sh`, and what a test adds. It lives until it is powered off,
/// through as many connections as it is given, one at a time.
public final class FakeGuest {
    private final Bytes boot;
    private final CountDownLatch poweredOff = new CountDownLatch(1);

    /// Held from a change of the guest's state to its report, lest a report come before the answer to a hello.
    private final Object saying = new Object();

    // guarded by this
    private final Map<String, FakeProgram> programs = new HashMap<>(FakePrograms.ALL);
    private final Map<String, ExecRefusal> refusals = new HashMap<>();
    private Optional<GuestTransport> connection = Optional.empty();
    private Optional<FakeSession> session = Optional.empty();
    private final List<Rekeyed> rekeys = new ArrayList<>();
    private LongFunction<GuestMessage> sleepAnswer = GuestMessage.SleepReady::new;
    private boolean unable;
    private boolean ready;
    private boolean frozen;
    private int version = GuestLimits.VERSION;
    private int lastPid = 99;

    public FakeGuest() {
        this(1);
    }

    /// A guest whose boot has the id of sixteen bytes `boot`.
    public FakeGuest(int boot) {
        var id = new byte[GuestLimits.BOOT_ID];
        Arrays.fill(id, (byte) boot);
        this.boot = Bytes.of(id);
    }

    /// Gives the guest a program, in place of any of that name.
    public synchronized void install(String name, FakeProgram program) {
        programs.put(name, program);
    }

    /// Makes the guest refuse to start `name`.
    public synchronized void refuse(String name, ExecRefusal reason) {
        refusals.put(name, reason);
    }

    /// A rekey request to the guest.
    ///
    /// @param entropy 64 bytes
    /// @param time nanoseconds since 1970
    public record Rekeyed(Bytes entropy, long time) {}

    /// Returns all rekey requests in their order, those that failed included.
    public synchronized List<Rekeyed> rekeys() {
        return List.copyOf(rekeys);
    }

    /// Makes the guest refuse to sleep from now on.
    public void stayAwake() {
        answerSleep(GuestMessage.SleepRefused::new);
    }

    /// Makes the guest answer a request to sleep with the result of `answer` for its token.
    synchronized void answerSleep(LongFunction<GuestMessage> answer) {
        sleepAnswer = answer;
    }

    /// Makes rekeys fail from now on.
    public synchronized void failRekeys() {
        unable = true;
    }

    synchronized GuestMessage prepareSleep(long token) {
        return sleepAnswer.apply(token);
    }

    synchronized boolean rekey(HostMessage.Rekey message) {
        rekeys.add(new Rekeyed(message.entropy(), message.time()));
        return !unable;
    }

    /// Makes the guest speak another version, from the next hello on.
    public synchronized void speak(int otherVersion) {
        version = otherVersion;
    }

    /// Serves the host behind `transport` on a thread of its own, until the host hangs up or the guest is powered
    /// off. Ends the programs of an earlier connection.
    ///
    /// @return that thread
    public Thread connect(GuestTransport transport) {
        endSession();
        synchronized (this) {
            connection = Optional.of(transport);
        }
        return Thread.ofVirtual().name("fake guest").start(() -> serve(transport));
    }

    /// Tells the host that the guest is ready, now or at its next hello.
    public void becomeReady() throws IOException {
        synchronized (saying) {
            synchronized (this) {
                if (ready) {
                    return;
                }
                ready = true;
            }
            say(new GuestMessage.Ready());
        }
    }

    /// Passes on a worker's word, if there is a session.
    public void hook(HookWord word) throws IOException {
        synchronized (saying) {
            say(new GuestMessage.Hook(word));
        }
    }

    void say(GuestMessage message) throws IOException {
        Optional<FakeSession> now;
        synchronized (this) {
            now = session;
        }
        if (now.isPresent()) {
            now.get().send(message);
        }
    }

    /// Stops the guest's processors: nothing is answered until [#thaw].
    public synchronized void freeze() {
        frozen = true;
    }

    public synchronized void thaw() {
        frozen = false;
        notifyAll();
    }

    /// Waits until the host has powered the guest off.
    public void awaitPowerOff() throws InterruptedException {
        poweredOff.await();
    }

    /// Ends the guest as the end of its VM does.
    public void powerOff() {
        poweredOff.countDown();
        Optional<GuestTransport> now;
        synchronized (this) {
            now = connection;
        }
        now.ifPresent(GuestTransport::close);
    }

    private void serve(GuestTransport transport) {
        var decoder = new HostDecoder(transport::read);
        var line = new FakeLine(transport);
        line.start();
        try {
            boolean more = decoder.findHello();
            while (more) {
                try {
                    more = next(decoder, line);
                } catch (ProtocolViolationException e) {
                    endSession();
                    more = decoder.findHello();
                }
            }
        } catch (IOException e) {
            // the connection is gone, as when the host hangs up
        } finally {
            if (isCurrent(transport)) {
                endSession();
            }
            line.close();
            transport.close();
        }
    }

    private boolean next(HostDecoder decoder, FakeLine line) throws IOException {
        var message = decoder.next();
        if (message.isEmpty()) {
            return false;
        }
        awaitThaw();
        if (message.get() instanceof HostMessage.Hello hello) {
            begin(hello, line);
        } else {
            session().receive(message.get());
        }
        return true;
    }

    private void begin(HostMessage.Hello hello, FakeLine line) throws IOException {
        endSession();
        synchronized (saying) {
            synchronized (this) {
                session = Optional.of(new FakeSession(line, this));
            }
            say(new GuestMessage.HelloAck(version(), isReady(), hello.nonce(), boot, "fake"));
        }
    }

    private void endSession() {
        Optional<FakeSession> last;
        synchronized (this) {
            last = session;
            session = Optional.empty();
        }
        last.ifPresent(FakeSession::end);
    }

    private synchronized FakeSession session() throws ProtocolViolationException {
        return session.orElseThrow(() -> new ProtocolViolationException(EndReason.OUT_OF_ORDER));
    }

    synchronized void awaitThaw() throws IOException {
        try {
            while (frozen) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    private synchronized boolean isCurrent(GuestTransport transport) {
        return connection.filter(transport::equals).isPresent();
    }

    private synchronized boolean isReady() {
        return ready;
    }

    private synchronized int version() {
        return version;
    }

    synchronized Optional<FakeProgram> program(String name) {
        return Optional.ofNullable(programs.get(name));
    }

    synchronized Optional<ExecRefusal> refusal(String name) {
        return Optional.ofNullable(refusals.get(name));
    }

    synchronized int nextPid() {
        return ++lastPid;
    }
}
