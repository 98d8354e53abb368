package dev.mvm.sealer.paging.memory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.property.Property;
import dev.mvm.sealer.paging.PagingException;
import dev.mvm.sealer.paging.PagingReason;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Messages of a VMM about its memory, and of the kernel about faults.
final class GuestMemoryTest {
    private static final long BYTES = 8L * GuestMemory.PAGE;

    private static String region(Object address, Object size, Object offset) {
        return "{\"base_host_virt_addr\":" + address + ",\"size\":" + size + ",\"offset\":" + offset
                + ",\"page_size\":4096,\"page_size_kib\":4096}";
    }

    private static GuestMemory parse(String text) throws PagingException {
        return GuestMemory.parse(text.getBytes(UTF_8), BYTES);
    }

    private static PagingReason refusal(String text) {
        return catchThrowableOfType(PagingException.class, () -> parse(text)).reason();
    }

    @Test
    void regionsInAnyOrder_areEveryPageOnce() throws Exception {
        var memory = parse("[" + region(0x10_0000, 12288, 20480) + "," + region(0x50_0000, 20480, 0) + "]");
        assertThat(memory.pages()).isEqualTo(8);
        assertThat(memory.address(0)).isEqualTo(0x50_0000);
        assertThat(memory.address(5)).isEqualTo(0x10_0000);
        assertThat(memory.end(0)).isEqualTo(5);
        assertThat(memory.end(7)).isEqualTo(8);
        assertThat(memory.page(0x50_0fff)).isZero();
        assertThat(memory.page(0x10_2fff)).isEqualTo(7);
        for (long outside : new long[] {0, -1, 0xf_ffff, 0x10_3000, 0x4f_ffff, 0x50_5000, Long.MIN_VALUE}) {
            assertThat(memory.page(outside)).isEqualTo(-1);
        }
        assertThat(parse("[{\"base_host_virt_addr\":4096,\"size\":32768,\"offset\":0,\"page_size\":4096}]")
                        .pages())
                .isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[",
                "7",
                "{}",
                "null",
                "[null]",
                "[[]]",
                "[[[[[[[[[[]]]]]]]]]]",
                "[{}]",
                "[{\"base_host_virt_addr\":4096,\"size\":32768,\"offset\":0}]",
                "[{\"base_host_virt_addr\":4096,\"size\":32768,\"offset\":0,\"page_size\":2097152}]",
                "[{\"base_host_virt_addr\":4096,\"size\":32768,\"offset\":0,\"page_size\":4096,\"page_size_kib\":4}]",
                "[{\"base_host_virt_addr\":4096,\"size\":32768,\"offset\":0,\"page_size\":4096,\"more\":1}]",
                "[{\"base_host_virt_addr\":4096,\"size\":32768,\"offset\":0,\"page_size\":4096,\"size\":32768}]",
                "[{\"base_host_virt_addr\":4096,\"size\":32768,\"offset\":0,\"page_size\":4096}] x"
            })
    void anotherMessage_isRefused(String text) {
        assertThat(refusal(text)).isEqualTo(PagingReason.MESSAGE);
    }

    @Test
    void numbersThatAreNone_areRefused() {
        for (Object number : new Object[] {-4096, "1e3", "4096.0", "\"4096\"", "18446744073709551615", 0, "true"}) {
            assertThat(refusal("[" + region(number, 32768, 0) + "]")).isEqualTo(PagingReason.MESSAGE);
            assertThat(refusal("[" + region(4096, number, 0) + "]")).isEqualTo(PagingReason.MESSAGE);
        }
        assertThat(refusal("[" + region(4096, 32768, -4096) + "]")).isEqualTo(PagingReason.MESSAGE);
        assertThat(refusal("[" + region(1L << 47, 32768, 0) + "]")).isEqualTo(PagingReason.MESSAGE);
        assertThat(refusal("[" + region(Long.MAX_VALUE - 4095, 32768, 0) + "]")).isEqualTo(PagingReason.MESSAGE);
    }

    @Test
    void regionsThatDoNotFit_areRefused() {
        var wrong = List.of(
                "[]",
                "[" + region(4097, 32768, 0) + "]", // not whole pages
                "[" + region(4096, 20481, 0) + "]",
                "[" + region(4096, 28672, 1) + "]",
                "[" + region((1L << 47) - 8192, 32768, 0) + "]", // beyond user space
                "[" + region(4096, 28672, 0) + "]", // too little
                "[" + region(4096, 28672, 4096) + "]", // a gap
                "[" + region(4096, 16384, 0) + "," + region(16384, 16384, 16384) + "]", // over each other
                "[" + region(4096, 16384, 0) + "," + region(4096, 16384, 16384) + "]",
                "[" + region(4096, 20480, 0) + "," + region(65536, 20480, 12288) + "]", // a page twice
                "[" + region(4096, 32768, 0) + "," + region(65536, 32768, 0) + "]", // too much
                "[" + region(4096, 32768, 0) + "," + region(65536, 4096, 28672) + "]");
        assertThat(wrong).allSatisfy(text -> assertThat(refusal(text)).isEqualTo(PagingReason.REGIONS));
    }

    @Test
    void seventeenRegions_areTooMany() throws Exception {
        var regions = new ArrayList<String>();
        for (int i = 0; i < 17; i++) {
            regions.add(region(0x10_0000 + i * 8192, 4096, i * 4096));
        }
        var all = ("[" + String.join(",", regions) + "]").getBytes(UTF_8);
        var thrown = catchThrowableOfType(PagingException.class, () -> GuestMemory.parse(all, 17L * GuestMemory.PAGE));
        assertThat(thrown.reason()).isEqualTo(PagingReason.REGIONS);
        var sixteen = ("[" + String.join(",", regions.subList(0, 16)) + "]").getBytes(UTF_8);
        assertThat(GuestMemory.parse(sixteen, 16L * GuestMemory.PAGE).pages()).isEqualTo(16);
    }

    @Test
    void guestOfPartsOfPages_isAMistakeOfOurOwn() {
        for (long bytes : new long[] {0, -4096, 4097, 1L << 43}) {
            assertThatIllegalArgumentException().isThrownBy(() -> GuestMemory.parse(new byte[0], bytes));
        }
    }

    @Test
    void anyRegions_areRefusedOrEveryPageOnce() {
        Property.holds(3_000, draw -> {
            var regions = draw.list(
                    0,
                    4,
                    () -> region(
                            draw.intBetween(1, 12) * 4096, draw.intBetween(1, 8) * 4096, draw.intBetween(0, 7) * 4096));
            look(("[" + String.join(",", regions) + "]").getBytes(UTF_8));
        });
    }

    @FuzzTest(maxDuration = "10s")
    void anyMessage_isRefusedOrEveryPageOnce(byte[] message) {
        look(message);
    }

    private static void look(byte[] message) {
        try {
            var memory = GuestMemory.parse(message, BYTES);
            assertThat(memory.pages()).isEqualTo(8);
            for (int page = 0; page < 8; page++) {
                assertThat(memory.page(memory.address(page))).isEqualTo(page);
                assertThat(memory.end(page)).isBetween(page + 1, 8);
            }
        } catch (PagingException e) {
            assertThat(e.reason()).isIn(PagingReason.MESSAGE, PagingReason.REGIONS);
        }
    }

    @FuzzTest(maxDuration = "10s")
    void anyEvent_isKnownOrRefused(byte[] bytes) {
        event(bytes);
    }

    @Test
    void anyEvents_areKnownOrRefused() {
        Property.holds(2_000, draw -> {
            var bytes = draw.bytes(FaultMessage.SIZE, FaultMessage.SIZE);
            bytes[0] = (byte) draw.intBetween(0x10, 0x18);
            event(bytes);
        });
    }

    private static void event(byte[] bytes) {
        if (bytes.length < FaultMessage.SIZE) {
            return;
        }
        try (var arena = Arena.ofConfined()) {
            var message = arena.allocate(FaultMessage.SIZE, Long.BYTES)
                    .copyFrom(MemorySegment.ofArray(bytes).asSlice(0, FaultMessage.SIZE));
            switch (FaultMessage.decode(message, 0)) {
                case FaultMessage.Fault(var _) -> assertThat(bytes[0]).isEqualTo((byte) 0x12);
                case FaultMessage.Removed(var start, var end) -> {
                    assertThat(bytes[0]).isIn((byte) 0x15, (byte) 0x16);
                    assertThat(start).isBetween(0L, end);
                }
            }
        } catch (PagingException e) {
            assertThat(e.reason()).isEqualTo(PagingReason.EVENT);
        }
    }
}
