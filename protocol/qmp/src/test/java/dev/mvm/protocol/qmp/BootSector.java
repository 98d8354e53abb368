package dev.mvm.protocol.qmp;

import java.util.HexFormat;

/// Guests of a few bytes, in 16-bit x86 code.
final class BootSector {
    /// SeaBIOS reads no disk that is too small to have a geometry.
    private static final int DISK = 1 << 20;

    private BootSector() {}

    /// Writes A to Z to port 0xe9, over and over, each letter kept in memory while it waits before the next.
    static byte[] letters() {
        return sector(
                "fa" // cli
                        + "31c0 8ed8" // ds = 0
                        + "b041" // al = 'A'
                        + "e6e9" // loop: out 0xe9, al
                        + "a20006" // [0x600] = al
                        + "66b900004000 67e2fd" // ecx = 4194304, count down
                        + "a00006 fec0 3c5b 7502 b041" // al = [0x600] + 1, after 'Z' comes 'A'
                        + "ebe5"); // jump to loop
    }

    /// Resets the machine through the keyboard controller.
    static byte[] reset() {
        return sector("b0fe e664 ebfe");
    }

    /// Says through a pvpanic device that its kernel has panicked.
    static byte[] panic() {
        return sector("ba0505 b001 ee ebfe");
    }

    /// Waits for ever.
    static byte[] idle() {
        return sector("fa f4 ebfd");
    }

    private static byte[] sector(String code) {
        var bytes = HexFormat.of().parseHex(code.replace(" ", ""));
        var out = new byte[DISK];
        System.arraycopy(bytes, 0, out, 0, bytes.length);
        out[510] = 0x55;
        out[511] = (byte) 0xaa;
        return out;
    }
}
