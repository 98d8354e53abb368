package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guestline.Call;
import dev.mvm.protocol.guestline.Link;
import java.time.Duration;
import java.util.Arrays;

/// What hostd wants: guestd's half of [dev.mvm.protocol.guestline.Requests].
sealed interface Request {
    /// A guest has called; its connection comes with it.
    record Open(long line, InstanceId instance, Link link) implements Request {}

    /// A guest is to be asked something.
    record Ask(Call call, long line, long token, Duration limit) implements Request {}

    record PowerOff(long line) implements Request {}

    /// A program is to be run; whoever it is for comes with it.
    record Exec(long line, Bytes exec) implements Request {}

    /// Reads a packet.
    ///
    /// @throws IllegalArgumentException if it is none of the protocol's
    static Request parse(byte[] packet) {
        int end = 0;
        while (end < packet.length && packet[end] != '\n') {
            end++;
        }
        var words = new String(packet, 0, end, US_ASCII).split(" ", -1);
        if (end < packet.length) {
            check(words.length == 2 && words[0].equals("exec"));
            return new Exec(number(words[1]), Bytes.of(Arrays.copyOfRange(packet, end + 1, packet.length)));
        }
        if (words.length == 2 && words[0].equals("poweroff")) {
            return new PowerOff(number(words[1]));
        }
        check(words.length == 4);
        return words[0].equals("open")
                ? new Open(number(words[1]), new InstanceId(words[2]), link(words[3]))
                : new Ask(call(words[0]), number(words[1]), number(words[2]), Duration.ofMillis(number(words[3])));
    }

    private static Link link(String word) {
        return Arrays.stream(Link.values())
                .filter(link -> link.word().equals(word))
                .findFirst()
                .orElseThrow(Request::malformed);
    }

    private static Call call(String word) {
        return Arrays.stream(Call.values())
                .filter(call -> call.word().equals(word))
                .findFirst()
                .orElseThrow(Request::malformed);
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
        return new IllegalArgumentException("hostd sent what is not in the protocol");
    }
}
