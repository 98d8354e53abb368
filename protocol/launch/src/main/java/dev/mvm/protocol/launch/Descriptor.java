package dev.mvm.protocol.launch;

/// A descriptor that goes with a request.
public enum Descriptor {
    KERNEL("kernel"),
    ROOTFS("rootfs"),
    IMAGE("image"),
    DRIVE("drive"),
    SNAP("snap");

    private final String word;

    Descriptor(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }
}
