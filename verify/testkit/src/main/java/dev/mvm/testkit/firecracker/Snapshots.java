package dev.mvm.testkit.firecracker;

import dev.mvm.json.Json;
import dev.mvm.model.FirecrackerVersion;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// Writing and reading a snapshot's two files, in Firecracker's order and with its complaints.
final class Snapshots {
    private static final String STATE = "Failed to get snapshot state from file: ";
    private static final String MEMORY = "Failed to load guest memory: Error creating guest memory from ";

    private final FirecrackerVersion version;
    private final Jail jail;

    Snapshots(FirecrackerVersion version, Jail jail) {
        this.version = version;
        this.jail = jail;
    }

    void create(Call call, Config config, GuestMemory memory) throws FaultException {
        var create = "Create snapshot error: Cannot ";
        try {
            StateFile.write(jail.outside(call.text("snapshot_path")), version, config.saved());
        } catch (IOException e) {
            throw new FaultException(create + "perform open on the snapshot backing file: " + FaultException.text(e));
        }
        var path = call.text("mem_file_path");
        try (var file = openMemory(jail.outside(path), memory.size())) {
            if (!jail.hasRoom(path, memory.size())) {
                throw new FaultException(create + "write memory file: Cannot dump memory: Guest memory error: "
                        + "No space left on device (os error 28)");
            }
            if (call.text("snapshot_type").equals("Full") || !Config.flag(config.machine(), "track_dirty_pages")) {
                memory.dump(file);
            } else {
                memory.dumpDirty(file);
            }
        } catch (IOException e) {
            throw new FaultException(create + "perform open on the memory backing file: " + FaultException.text(e));
        }
    }

    /// Opens without cutting, and makes the file `size` bytes long.
    private static FileChannel openMemory(Path path, long size) throws IOException {
        var file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (file.size() != size) {
            file.truncate(0);
            file.write(java.nio.ByteBuffer.wrap(new byte[1]), size - 1);
        }
        return file;
    }

    /// The configuration of the snapshot that a load asks for, with what the load changes.
    Json.Obj state(Call call) throws FaultException {
        Json.Obj saved;
        var path = jail.outside(call.text("snapshot_path"));
        try {
            saved = StateFile.read(path, version);
        } catch (IOException e) {
            throw new FaultException(STATE + "Failed to open snapshot file: " + FaultException.text(e));
        } catch (FaultException e) {
            throw new FaultException(STATE + "Failed to load snapshot state from file: " + e.message());
        }
        var config = new Config();
        config.restore(saved);
        for (var network : objects(call.body(), "network_overrides")) {
            var device = config.device("network-interfaces", "iface_id", Config.text(network, "iface_id"))
                    .orElseThrow(() -> new FaultException(STATE + "Unknown Network Device."));
            var tap = Json.of(Config.text(network, "host_dev_name"));
            config.putDevice("network-interfaces", "iface_id", Config.with(device, "host_dev_name", tap));
        }
        if (call.body().members().get("vsock_override") instanceof Json.Obj vsock) {
            var device = config.part("vsock").orElseThrow(() -> new FaultException(STATE + "Unknown Vsock Device."));
            config.set("vsock", Config.with(device, "uds_path", Json.of(Config.text(vsock, "uds_path"))));
        }
        var track = new Json.Bool(call.flag("track_dirty_pages") || call.flag("enable_diff_snapshots"));
        config.set("machine-config", Config.with(config.machine(), "track_dirty_pages", track));
        return config.saved();
    }

    private static List<Json.Obj> objects(Json.Obj body, String list) {
        return body.members().get(list) instanceof Json.Arr(var items)
                ? items.stream().map(Json.Obj.class::cast).toList()
                : List.of();
    }

    /// The memory that a load asks for.
    GuestMemory memory(Call call, long size) throws FaultException {
        if (call.body().members().get("mem_backend") instanceof Json.Obj backend) {
            var path = jail.outside(Config.text(backend, "backend_path"));
            return Config.text(backend, "backend_type").equals("Uffd") ? uffd(path) : file(path, size);
        }
        return file(jail.outside(call.text("mem_file_path")), size);
    }

    private static GuestMemory file(Path path, long size) throws FaultException {
        try {
            if (Files.size(path) < size) {
                throw new FaultException(MEMORY + "file: Failed to restore guest memory: "
                        + "Total sum of memory regions exceeds largest possible file offset");
            }
            return GuestMemory.of(path, size);
        } catch (IOException e) {
            throw new FaultException(MEMORY + "file: Failed to load guest memory: " + FaultException.text(e));
        }
    }

    /// Java cannot make a userfaultfd nor send one, so a load ends here, as it would without a handler.
    private static GuestMemory uffd(Path path) throws FaultException {
        try (var handler = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            if (!Files.exists(path)) {
                throw new java.nio.file.NoSuchFileException(path.toString());
            }
            handler.connect(UnixDomainSocketAddress.of(path));
            throw new FaultException(MEMORY + "uffd: Failed to UFFD object: the stand-in has no userfaultfd");
        } catch (IOException e) {
            throw new FaultException(MEMORY + "uffd: Failed to connect to UDS Unix stream: " + FaultException.text(e));
        }
    }
}
