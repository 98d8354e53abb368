package dev.mvm.linux.fd;

/// Flags for opening a file; open(2). Without a flag a file is opened for reading. O_CLOEXEC and O_NOCTTY are always
/// set, O_CREAT and O_EXCL by the methods that create.
public enum OpenFlag {
    WRITE_ONLY(1),
    READ_WRITE(2),
    NON_BLOCKING(0x800),
    /// O_PATH: a handle that stands for the file and can neither read nor write it.
    HANDLE(0x20_0000);

    private final int bit;

    OpenFlag(int bit) {
        this.bit = bit;
    }

    static int bits(OpenFlag... flags) {
        int bits = 0;
        for (var flag : flags) {
            bits |= flag.bit;
        }
        return bits;
    }
}
