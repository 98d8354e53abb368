package dev.mvm.sealer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.sealer.paging.memory.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Descriptors that are not the five of the protocol.
final class RequestDescriptorsTest {
    private static final byte[] KEY = Played.keys(1);
    private static final String BAD = "refused code=bad_descriptor";

    @TempDir
    private Path folder;

    private Sockets vmm;
    private Fd key;
    private final List<Fd> files = new ArrayList<>();

    @BeforeEach
    @SuppressWarnings("MustBeClosedChecker") // closed after each test
    void open() throws Exception {
        vmm = Sockets.pair(Sockets.STREAM);
        key = Played.secret(KEY);
        for (int i = 0; i < 3; i++) {
            files.add(Fd.inMemory());
        }
    }

    @AfterEach
    void close() {
        vmm.close();
        key.close();
        files.forEach(Fd::close);
    }

    private List<Fd> good() {
        return new ArrayList<>(List.of(key, files.get(0), files.get(1), files.get(2), vmm.right()));
    }

    private static String answer(Job job, List<Fd> descriptors) throws Exception {
        try (var exchange = new Exchange()) {
            exchange.say(Played.request(job).encode(), descriptors);
            var answer = exchange.hears();
            exchange.ends();
            return answer;
        }
    }

    private static void assertBad(Job job, List<Fd> given, int at, Fd other) throws Exception {
        var all = new ArrayList<>(given);
        all.set(at, other);
        assertThat(answer(job, all)).as("%s with another %d", job, at).isEqualTo(BAD);
    }

    @ParameterizedTest
    @EnumSource(value = Job.class, names = "REWRAP", mode = EnumSource.Mode.EXCLUDE)
    void tooFew_areRefused(Job job) throws Exception {
        for (int count = 0; count < 5; count++) {
            assertThat(answer(job, good().subList(0, count))).isEqualTo(BAD);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Job.class, names = "REWRAP", mode = EnumSource.Mode.EXCLUDE)
    void tooMany_areRefused(Job job) throws Exception {
        for (int count : new int[] {6, 7, 100, 253}) {
            var all = good();
            all.addAll(Collections.nCopies(count - 5, key));
            assertThat(answer(job, all)).isIn(BAD, "refused code=malformed_request");
        }
    }

    @Test
    void packetThatIsTooLong_isRefused() throws Exception {
        try (var exchange = new Exchange()) {
            exchange.say("x".repeat(4097).getBytes(US_ASCII), List.of());
            assertThat(exchange.hears()).isEqualTo("refused code=malformed_request");
            exchange.ends();
        }
    }

    @ParameterizedTest
    @EnumSource(value = Job.class, names = "REWRAP", mode = EnumSource.Mode.EXCLUDE)
    void otherKinds_areRefused(Job job) throws Exception {
        var path = Files.createFile(folder.resolve("file"));
        try (var directory = Fd.open(folder);
                var device = Fd.open(Path.of("/dev/null"), OpenFlag.READ_WRITE);
                var pipe = Pipe.create();
                var packets = Sockets.pair(Sockets.PACKETS);
                var datagrams = Sockets.pair(Sockets.DATAGRAM);
                var handle = Fd.open(path, OpenFlag.HANDLE);
                var regular = Fd.inMemory()) {
            for (var wrong : List.of(directory, device, pipe.reading(), vmm.left(), handle)) {
                for (int at = 1; at <= 3; at++) {
                    assertBad(job, good(), at, wrong);
                }
            }
            regular.resize(4096); // a page that anybody could map, and that can be swapped
            for (var wrong : List.of(directory, device, pipe.reading(), vmm.left(), regular, handle)) {
                assertBad(job, good(), 0, wrong);
            }
            var otherEnd = job == Job.SEAL ? pipe.writing() : pipe.reading();
            for (var wrong : List.of(directory, device, otherEnd, regular, packets.left(), datagrams.left(), handle)) {
                assertBad(job, good(), 4, wrong);
            }
        }
    }

    @Test
    void filesThatCannotBeWritten_areRefused() throws Exception {
        var path = Files.createFile(folder.resolve("file"));
        try (var readOnly = Fd.open(path)) {
            for (int at = 1; at <= 3; at++) {
                assertBad(Job.SEAL, good(), at, readOnly);
            }
        }
    }

    @Test
    void filesThatCannotBeRead_areRefused() throws Exception {
        var path = Files.createFile(folder.resolve("file"));
        try (var writeOnly = Fd.open(path, OpenFlag.WRITE_ONLY)) {
            for (int at = 1; at <= 3; at++) {
                assertBad(Job.OPEN, good(), at, writeOnly);
            }
        }
    }

    @Test
    void filesWithSomethingInThem_areNotWrittenOver() throws Exception {
        try (var full = Played.file(new byte[1])) {
            for (int at = 1; at <= 3; at++) {
                assertBad(Job.SEAL, good(), at, full);
            }
            assertThat(full.status().size()).isEqualTo(1);
        }
    }
}
