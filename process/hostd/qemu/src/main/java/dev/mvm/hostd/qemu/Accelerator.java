package dev.mvm.hostd.qemu;

/// What QEMU runs guests with.
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
