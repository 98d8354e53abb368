package dev.mvm.protocol.qmp;

/// A release of QEMU.
public record QemuVersion(int major, int minor, int micro) {
    @Override
    public String toString() {
        return major + "." + minor + "." + micro;
    }
}
