package dev.mvm.hostd.qemu;

/// QEMU's way to run guests: by KVM or by emulation.
enum Accelerator {
    KVM("kvm"),
    TCG("tcg");

    private final String word;

    Accelerator(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }
}
