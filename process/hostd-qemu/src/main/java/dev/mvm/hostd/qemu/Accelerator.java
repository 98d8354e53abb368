package dev.mvm.hostd.qemu;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.protocol.launch.LaunchRequest;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.nio.file.Path;

/// What guests run with on this machine. A device node proves nothing: there are hosts whose KVM opens, creates a
/// VM, and then runs no stock guest. So the first guest that is booted is the proof, and what came of it is
/// remembered.
final class Accelerator {
    private static final String FILE = "accelerator";

    private final StateFiles files;
    private boolean known;
    private boolean kvm;

    private Accelerator(StateFiles files, boolean known, boolean kvm) {
        this.files = files;
        this.known = known;
        this.kvm = kvm;
    }

    /// @param possible whether KVM is worth a try
    static Accelerator open(StateFiles files, boolean possible) throws IOException {
        var remembered = files.all().get(FILE);
        if (!possible) {
            return new Accelerator(files, true, false);
        }
        return remembered == null
                ? new Accelerator(files, false, true)
                : new Accelerator(files, true, new String(remembered, US_ASCII).equals("kvm"));
    }

    /// Whether there is a KVM that may be used and is not known to run no stock guests.
    static boolean mayHaveKvm() {
        try (var _ = Fd.open(Path.of("/dev/kvm"), OpenFlag.READ_WRITE)) {
            return !exists(Path.of("/sys/module/kvm_pvm")); // runs only guests that were made for it
        } catch (ErrnoException e) {
            return false;
        }
    }

    private static boolean exists(Path directory) {
        try (var _ = Directory.open(directory)) {
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    synchronized boolean known() {
        return known;
    }

    synchronized LaunchRequest.Accelerator current() {
        return kvm ? LaunchRequest.Accelerator.KVM : LaunchRequest.Accelerator.TCG;
    }

    synchronized void learn(boolean works) throws IOException {
        kvm = works;
        known = true;
        files.put(FILE, (works ? "kvm" : "tcg").getBytes(US_ASCII));
    }
}
