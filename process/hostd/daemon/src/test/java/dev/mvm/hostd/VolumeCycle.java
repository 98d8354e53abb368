package dev.mvm.hostd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.volume.VolumeFixture;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.model.PoolFlag;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;

/// Checks of volumes that need a kernel with device-mapper, in a process that is confined as hostd is. Run as root in
/// a machine of its own, in an empty folder; TAP on standard output.
public final class VolumeCycle {
    private static final byte[] PLAIN = "what the guest has written, a text that is found again "
            .repeat(75)
            .substring(0, 4096)
            .getBytes(US_ASCII);
    private static final Path BLOCKS = Path.of("/sys/class/block");

    private final VolumeFixture fixture;
    private final VolumeFixture bound; // the same keys for the same files, and the flag
    private static final int EIO = 5;
    private static final int EILSEQ = 84; // how the block layer says that a tag is wrong

    private int count;

    private VolumeCycle(Path folder) throws Exception {
        var devices = VolumeFixture.devices(UnixAddress.at(Path.of("/run/mvm-root/volume.sock")));
        this.fixture = new VolumeFixture(folder, devices);
        this.bound = new VolumeFixture(folder, devices, PoolFlag.INTEGRITY);
    }

    public static void main(String[] args) throws Exception {
        System.out.println("TAP version 13");
        HostdConfinement.enter(true);
        var cycle = new VolumeCycle(Path.of(args[0]));
        cycle.run();
        cycle.runWithIntegrity();
        System.out.println("1.." + cycle.count);
    }

    private void claim(String what, Callable<Boolean> holds) {
        String why = "";
        boolean good = false;
        try {
            good = holds.call();
        } catch (Exception | AssertionError e) {
            why = " # " + e;
        }
        System.out.println((good ? "ok " : "not ok ") + ++count + " - " + what + why);
    }

    /// Devices of device-mapper whose names begin like this, by what the kernel says: udev's links come later.
    private static List<Path> devices(String begin) throws Exception {
        try (var all = Files.list(BLOCKS)) {
            return all.filter(each -> named(each).startsWith(begin))
                    .map(each -> Path.of("/dev").resolve(each.getFileName().toString()))
                    .toList();
        }
    }

    private static String named(Path block) {
        try {
            return Files.readString(block.resolve("dm/name"));
        } catch (IOException e) {
            return ""; // of another kind, or gone meanwhile
        }
    }

    private static Path device() throws Exception {
        return devices("mvm-" + VolumeFixture.ONE + "\n").stream().findFirst().orElse(Path.of("/dev/no-volume"));
    }

    private static long size() throws Exception {
        var name = device().toRealPath().getFileName();
        return 512
                * Long.parseLong(Files.readString(Path.of("/sys/class/block", name.toString(), "size"))
                        .strip());
    }

    private static void write(Fd device, byte[] content) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            device.write(arena.allocateFrom(JAVA_BYTE, content));
            device.sync();
        }
    }

    private static byte[] read(Path file, int size) throws ErrnoException {
        try (var fd = Fd.open(file);
                var arena = Arena.ofConfined()) {
            var memory = arena.allocate(size);
            fd.read(memory);
            return memory.toArray(JAVA_BYTE);
        }
    }

    private static List<String> loops() throws Exception {
        try (var all = Files.list(Path.of("/sys/class/block"))) {
            return all.filter(each -> Files.exists(each.resolve("loop/backing_file")))
                    .map(Path::toString)
                    .toList();
        }
    }

    private void run() throws Exception {
        var volumes = fixture.volumes;
        var one = VolumeFixture.instance(VolumeFixture.ONE, 1);
        var data = fixture.folder.resolve(VolumeFixture.ONE.value());
        fixture.taken(fixture.disk(1, 7));
        claim("a volume is made under hostd's filter, without keyctl, and begins with zeros", () -> {
            try (var fd = volumes.open(one, 0)) {
                boolean zeros = Arrays.equals(read(device(), 1 << 20), new byte[1 << 20]);
                write(fd, PLAIN);
                return zeros && size() == 1L << 30;
            }
        });
        claim("on the disk is not what was written", () -> {
            var raw = read(data, (1 << 20) + 4096);
            var there = Arrays.copyOfRange(raw, 1 << 20, raw.length);
            return !Arrays.equals(there, PLAIN) && !Arrays.equals(there, new byte[4096]);
        });
        claim("who has it open keeps it from being closed", () -> {
            try (var _ = Fd.open(device(), OpenFlag.READ_WRITE)) {
                volumes.close(VolumeFixture.ONE);
                return false;
            } catch (StepException e) {
                return e.getMessage().equals("volume: mvm-volume refused: status 6: " + Errno.name(Errno.EBUSY));
            }
        });
        claim("closed, device and loop are gone", () -> {
            volumes.close(VolumeFixture.ONE);
            volumes.close(VolumeFixture.ONE);
            return !Files.exists(device()) && loops().isEmpty();
        });
        claim("opened again it has what was written", () -> {
            try (var _ = volumes.open(one, 1)) {
                return Arrays.equals(read(device(), 4096), PLAIN);
            }
        });
        claim("opened while it is open, it is opened anew", () -> {
            try (var _ = volumes.open(one, 1)) {
                return loops().size() == 1;
            }
        });
        claim("after a rotation the new key opens it, and it has grown", () -> {
            fixture.host.registry.put(one);
            fixture.taken(fixture.disk(2, 8));
            try (var _ = volumes.open(VolumeFixture.instance(VolumeFixture.ONE, 2), 1)) {
                return Arrays.equals(read(device(), 4096), PLAIN) && size() == 2L << 30;
            }
        });
        claim("a start of hostd keeps what runs and closes the rest", () -> {
            volumes.closeOthers(List.of(VolumeFixture.ONE));
            boolean kept = Files.exists(device());
            volumes.closeOthers(List.of(VolumeFixture.TWO));
            return kept && !Files.exists(device()) && loops().isEmpty();
        });
        claim("destroyed while open, nothing is left", () -> {
            try (var _ = volumes.open(VolumeFixture.instance(VolumeFixture.ONE, 2), 2)) {
                size();
            }
            volumes.erase(VolumeFixture.ONE);
            try (var files = Files.list(fixture.folder)) {
                return !Files.exists(device())
                        && loops().isEmpty()
                        && files.findAny().isEmpty();
            }
        });
    }

    private static boolean readable(long from, long bytes) throws Exception {
        try (var fd = Fd.open(device());
                var arena = Arena.ofConfined()) {
            var piece = arena.allocate(1 << 20);
            for (long at = 0; at < from + bytes; at += fd.read(piece)) {
                Thread.onSpinWait();
            }
            return true;
        } catch (ErrnoException e) {
            if (e.errno() != EILSEQ && e.errno() != EIO) {
                throw e;
            }
            return false;
        }
    }

    private static boolean refused(VolumeFixture by, int held, int gib) throws Exception {
        try (var _ = by.volumes.open(VolumeFixture.instance(VolumeFixture.ONE, gib), held)) {
            return false;
        } catch (ArtefactException e) {
            return e.refusal() == Refusal.VOLUME_FIXED && !Files.exists(device());
        }
    }

    private void runWithIntegrity() throws Exception {
        var volumes = bound.volumes;
        var one = VolumeFixture.instance(VolumeFixture.ONE, 1);
        var data = bound.folder.resolve(VolumeFixture.ONE.value());
        fixture.taken(fixture.disk(3, 9));
        bound.taken(bound.disk(3, 9));
        claim("without integrity a changed block reads as noise", () -> {
            try (var fd = fixture.volumes.open(one, 0)) {
                write(fd, PLAIN);
            }
            fixture.volumes.close(VolumeFixture.ONE);
            scribble(data, 1 << 20, 4096);
            try (var _ = fixture.volumes.open(one, 1)) {
                return readable(0, 4096) && !Arrays.equals(read(device(), 4096), PLAIN);
            }
        });
        claim("a pool with integrity refuses a volume without", () -> {
            fixture.volumes.close(VolumeFixture.ONE);
            return refused(bound, 1, 1);
        });
        claim("one with integrity is made, somewhat smaller, and reads as zeros", () -> {
            fixture.volumes.erase(VolumeFixture.ONE);
            try (var fd = volumes.open(one, 0)) {
                boolean zeros = Arrays.equals(read(device(), 4096), new byte[4096]);
                write(fd, PLAIN);
                return zeros && size() < 1L << 30 && size() > (1L << 30) * 9 / 10 && readable(size() - 4096, 4096);
            }
        });
        claim("a start of hostd keeps it, with what is below it, while it runs", () -> {
            volumes.closeOthers(List.of(VolumeFixture.ONE));
            return Arrays.equals(read(device(), 4096), PLAIN);
        });
        claim("a start of hostd closes it, with what is below it, otherwise", () -> {
            volumes.closeOthers(List.of());
            return devices("mvm-").isEmpty() && loops().isEmpty();
        });
        claim("opened again it has what was written", () -> {
            try (var _ = volumes.open(one, 1)) {
                return Arrays.equals(read(device(), 4096), PLAIN);
            }
        });
        claim("it opens for a pool with integrity alone", () -> {
            volumes.close(VolumeFixture.ONE);
            return refused(fixture, 1, 1);
        });
        claim("it does not grow", () -> refused(bound, 1, 2));
        claim("after a rotation the new key opens it", () -> {
            bound.host.registry.put(one);
            bound.taken(bound.disk(4, 10));
            try (var _ = volumes.open(one, 1)) {
                return Arrays.equals(read(device(), 4096), PLAIN);
            }
        });
        claim("a changed block is an error, not another's bytes", () -> {
            volumes.close(VolumeFixture.ONE);
            scribble(data, 512L << 20, 1 << 20);
            try (var _ = volumes.open(one, 1)) {
                return Arrays.equals(read(device(), 4096), PLAIN) && !readable(480L << 20, 32L << 20);
            }
        });
        claim("destroyed, nothing is left of it", () -> {
            volumes.erase(VolumeFixture.ONE);
            try (var files = Files.list(bound.folder)) {
                return !Files.exists(device())
                        && loops().isEmpty()
                        && files.findAny().isEmpty();
            }
        });
    }

    private static void scribble(Path file, long at, int bytes) throws Exception {
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(at);
            out.write(new byte[bytes]);
        }
    }
}
