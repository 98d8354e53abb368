package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Bytes;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guestd.GuestCall;
import dev.mvm.protocol.guestd.SessionTransport;
import dev.mvm.protocol.guestd.VmmCommand;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;

/// A request of hostd: guestd's half of [dev.mvm.protocol.guestd.GuestdRequests].
sealed interface GuestdRequest {
    /// Begins a session with a guest. The guest's connection comes with the request.
    record Open(long session, InstanceId instance, SessionTransport transport) implements GuestdRequest {}

    /// Asks a guest something.
    record Ask(GuestCall call, long session, long token, Duration limit) implements GuestdRequest {}

    /// Tells a guest to power off.
    record PowerOff(long session) implements GuestdRequest {}

    /// Keeps what a VM prints. The reading end of its console comes with the request.
    record Console(InstanceId instance) implements GuestdRequest {}

    /// Sends an agent what a VM has printed. The agent's connection comes with the request.
    ///
    /// @param follow whether to go on until the VM has ended
    record Logs(InstanceId instance, boolean follow) implements GuestdRequest {}

    /// Runs a program in an instance. The agent's connection comes with the request.
    ///
    /// @param exec description of the program for the guest
    /// @param ahead bytes that hostd has read of the connection already
    record Exec(InstanceId instance, Bytes exec, Bytes ahead) implements GuestdRequest {}

    /// Has a VMM carry out a command. A connection to the VMM's API comes with the request.
    ///
    /// @param limit at most [#LONGEST]
    /// @param version the Firecracker that has to be there
    record Vmm(VmmCommand command, long token, Duration limit, FirecrackerVersion version) implements GuestdRequest {
        static final Duration LONGEST = Duration.ofDays(1);

        public Vmm {
            check(limit.compareTo(LONGEST) <= 0);
        }
    }

    /// Reads a packet.
    ///
    /// @throws IllegalArgumentException if the packet does not follow the protocol
    static GuestdRequest parse(byte[] packet) {
        int end = 0;
        while (end < packet.length && packet[end] != '\n') {
            end++;
        }
        var words = new String(packet, 0, end, US_ASCII).split(" ", -1);
        Optional<byte[]> rest = end < packet.length
                ? Optional.of(Arrays.copyOfRange(packet, end + 1, packet.length))
                : Optional.empty();
        return switch (words[0]) {
            case "exec" -> exec(words, rest.orElseThrow(GuestdRequest::malformed));
            case "vmm" -> vmm(words, rest.map(bytes -> new String(bytes, US_ASCII)));
            default -> {
                check(rest.isEmpty());
                yield aboutLine(words);
            }
        };
    }

    private static Exec exec(String[] words, byte[] rest) {
        check(words.length == 3);
        long length = number(words[2]);
        check(length <= rest.length);
        var exec = Arrays.copyOf(rest, (int) length);
        var ahead = Arrays.copyOfRange(rest, exec.length, rest.length);
        return new Exec(new InstanceId(words[1]), Bytes.of(exec), Bytes.of(ahead));
    }

    private static Vmm vmm(String[] words, Optional<String> arguments) {
        check(words.length == 5);
        return new Vmm(
                VmmCommandReader.read(words[3], arguments),
                number(words[1]),
                Duration.ofMillis(number(words[2])),
                version(words[4]));
    }

    private static GuestdRequest aboutLine(String[] words) {
        if (words.length == 2 && words[0].equals("poweroff")) {
            return new PowerOff(number(words[1]));
        }
        if (words.length == 2 && words[0].equals("console")) {
            return new Console(new InstanceId(words[1]));
        }
        if (words.length == 3 && words[0].equals("logs")) {
            check(words[2].equals("follow") || words[2].equals("kept"));
            return new Logs(new InstanceId(words[1]), words[2].equals("follow"));
        }
        check(words.length == 4);
        return words[0].equals("open")
                ? new Open(
                        number(words[1]),
                        new InstanceId(words[2]),
                        word(SessionTransport.values(), SessionTransport::word, words[3]))
                : new Ask(
                        word(GuestCall.values(), GuestCall::word, words[0]),
                        number(words[1]),
                        number(words[2]),
                        Duration.ofMillis(number(words[3])));
    }

    private static <T> T word(T[] values, Function<T, String> text, String word) {
        return Arrays.stream(values)
                .filter(value -> text.apply(value).equals(word))
                .findFirst()
                .orElseThrow(GuestdRequest::malformed);
    }

    private static FirecrackerVersion version(String text) {
        var version = FirecrackerVersion.parse(text);
        check(version.toString().equals(text)); // one spelling of each
        return version;
    }

    private static long number(String text) {
        check(text.matches("0|[1-9][0-9]{0,17}"));
        return Long.parseLong(text);
    }

    private static void check(boolean form) {
        if (!form) {
            throw malformed();
        }
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException("hostd sent a packet that does not follow the protocol");
    }
}
