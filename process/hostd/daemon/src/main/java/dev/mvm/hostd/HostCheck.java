package dev.mvm.hostd;

import static dev.mvm.hostd.SelfCheck.expect;
import static dev.mvm.hostd.SelfCheck.line;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.key.NodeKey;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.model.Slot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/// The part of [SelfCheck] that is about the host: what microVMs will need, and what must not be in their way.
final class HostCheck {
    private static final String BOOTSTRAP = "run mvm-node bootstrap";
    private static final Path PROGRAMS = Path.of("/usr/lib/mvm");
    private static final int OTHERS_MAY_WRITE = 022;
    private static final int WINDOW = 1 << 16;
    private static final long ROOM = 256L << 20;
    private static final long FIRST_ID = Slot.UID_BASE;
    private static final long IDS = 1 << 20;

    private final HostdConfig config;

    HostCheck(HostdConfig config) {
        this.config = config;
    }

    void look(SelfCheck check) {
        programs(check);
        door(check, "launch", config.launchSocket());
        door(check, "guestd", config.guestdSocket());
        door(check, "sealer", config.sealerSocket());
        kernel(check);
        check.look("user ids", "give that range to nobody: it is microVMs'", HostCheck::userIds);
        check.look("node key", BOOTSTRAP + ", or mvm-hostd make-node-key", this::nodeKey);
        check.look("secret memory", "set LimitMEMLOCK= of mvm-hostd.service as installed", () -> {
            try (var _ = SecretMemory.allocate(1)) {
                return "there";
            }
        });
        check.look("room", "remove what is not needed there", () -> {
            var free = config.stateDirectory().toFile().getUsableSpace();
            return expect(free >= ROOM, (free >> 20) + " MiB are free in " + config.stateDirectory());
        });
    }

    private void programs(SelfCheck check) {
        var version = config.firecracker();
        check.look(
                "cgroups",
                "boot with systemd.unified_cgroup_hierarchy=1, with the controllers cpu, memory and pids",
                () -> {
                    var there = line("/sys/fs/cgroup/cgroup.controllers", "");
                    return expect((" " + there + " ").matches("(?=.* cpu )(?=.* memory ).* pids .*"), there);
                });
        var release = version.map(FirecrackerVersion::toString).orElse("");
        var next = "put the release that hostd.conf names there: " + BOOTSTRAP;
        for (var name : new String[] {"jailer", "firecracker"}) {
            check.look(name, next, () -> program(PROGRAMS, name, release));
        }
        check.look("advisories", "run mvm-node bootstrap with a newer release", () -> {
            var known = advisory(version.orElseThrow(() -> new IOException("no Firecracker to look up")));
            expect(known.isEmpty(), known);
            return "none of " + version.get();
        });
    }

    private static void kernel(SelfCheck check) {
        check.look("fuse", "load fuse: modprobe fuse", () -> {
            try (var _ = opened(Path.of("/dev/fuse"), OpenFlag.READ_WRITE)) {
                return "there";
            }
        });
        check.look("nftables", "a kernel with nf_tables, and the package libnftables1", () -> {
            new Nftables().apply("{\"nftables\":[{\"list\":{\"tables\":null}}]}");
            return "tables can be listed";
        });
        check.look("device-mapper", "load dm_mod, and dm_crypt: modprobe dm_crypt", () -> {
            try (var _ = opened(Path.of("/dev/mapper/control"), OpenFlag.READ_WRITE)) {
                expect(Files.exists(Path.of("/sys/module/dm_crypt")), "without dm_crypt");
                return "with dm_crypt";
            }
        });
    }

    private String nodeKey() throws IOException {
        try (var base = Directory.open(config.stateDirectory());
                var keys = Layout.keys(base)) {
            var key = NodeKey.read(keys);
            key.ifPresent(SecretMemory::close);
            expect(key.isPresent(), "it is missing");
            return "there, root's alone";
        }
    }

    private static void door(SelfCheck check, String name, Path path) {
        check.look(name, "clear the path; systemctl restart mvm-" + name + ".socket", () -> socket(path, 0600));
    }

    @MustBeClosed
    private static Fd opened(Path path, OpenFlag how) throws IOException {
        try {
            return Fd.open(path, how);
        } catch (ErrnoException e) {
            throw new IOException(path + (e.errno() == Errno.ENOENT ? " is not there" : ": " + e.getMessage()), e);
        }
    }

    /// Checks that a client which connects there reaches the socket that root has made, and no replacement.
    static String socket(Path path, int mode) throws IOException {
        try (var fd = opened(path, OpenFlag.HANDLE)) {
            var is = fd.status();
            boolean so = is.kind() == FileStatus.Kind.SOCKET && is.permissions() == mode && is.uid() == 0;
            return expect(so, so ? path.toString() : path + " is not root's own socket");
        }
    }

    /// That it is root's alone and of the version that hostd was told. Nothing is executed for that: a build has its
    /// version in its text, and the VMM says it once more when a microVM starts.
    static String program(Path folder, String name, String version) throws IOException {
        var file = folder.resolve(name);
        for (var path : List.of(folder, file)) {
            try (var fd = opened(path, OpenFlag.HANDLE)) {
                boolean roots = fd.status().uid() == 0 && (fd.status().permissions() & OTHERS_MAY_WRITE) == 0;
                expect(roots, path + " is not root's alone");
            }
        }
        try (var in = Files.newInputStream(file)) {
            var seen = "";
            for (var read = in.readNBytes(WINDOW); read.length > 0; read = in.readNBytes(WINDOW)) {
                seen = seen.substring(Math.max(0, seen.length() - version.length())) + new String(read, ISO_8859_1);
                if (seen.contains(version)) {
                    return version;
                }
            }
        }
        throw new IOException(file + " is not of version " + version);
    }

    /// Returns the known advisory against a version, empty if there is no such advisory.
    static String advisory(FirecrackerVersion version) throws IOException {
        for (var line : HostdConfinement.resource("advisories").lines().toList()) {
            var fields = line.split(" ", 3); // FIRST LAST ADVISORY
            if (!line.startsWith("#")
                    && version.compareTo(FirecrackerVersion.parse(fields[0])) >= 0
                    && version.compareTo(FirecrackerVersion.parse(fields[1])) <= 0) {
                return version + " has " + fields[2];
            }
        }
        return "";
    }

    static String userIds() throws IOException {
        for (var file : new String[] {"passwd", "group", "subuid", "subgid"}) {
            var path = Path.of("/etc", file);
            var form = Pattern.compile(
                    file.startsWith("sub") ? "[^:]*:(\\d{1,10}):(\\d{1,10})" : "[^:]*:[^:]*:(\\d{1,10})(:).*");
            var text = Files.exists(path) ? Files.readString(path, ISO_8859_1) : "";
            for (var line : text.lines().toList()) {
                var match = form.matcher(line);
                if (match.matches()) {
                    long first = Long.parseLong(match.group(1));
                    long count = match.group(2).equals(":") ? 1 : Long.parseLong(match.group(2));
                    boolean apart = first + count <= FIRST_ID || first >= FIRST_ID + IDS;
                    expect(apart, path + " has " + first + " of " + line.split(":", 2)[0]);
                }
            }
        }
        return FIRST_ID + " to " + (FIRST_ID + IDS - 1) + " are microVMs' alone";
    }
}
