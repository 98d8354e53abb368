package dev.mvm.testkit.firecracker;

import dev.mvm.json.Json;
import dev.mvm.model.FirecrackerVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.Set;

/// The parts of a microVM that do something: configuration with its checks, memory, vsock and the guest itself.
final class Devices implements AutoCloseable {
    private static final String RESTORE =
            "Failed to build microVM from snapshot: Failed to restore devices: Error restoring MMIO devices: ";

    private final FirecrackerVersion version;
    private final Jail jail;
    private final Guest guest;
    private final ProcessThreads threads;
    private final Set<Mishap> mishaps;
    private final Runnable end;
    private final Checks checks;
    private Optional<VsockDevice> vsock = Optional.empty();
    private Optional<GuestMemory> memory = Optional.empty();
    private boolean restored;

    /// @param end ends the process as a guest's reset does
    Devices(
            FirecrackerVersion version,
            Jail jail,
            Guest guest,
            ProcessThreads threads,
            Set<Mishap> mishaps,
            Runnable end) {
        this.version = version;
        this.jail = jail;
        this.guest = guest;
        this.threads = threads;
        this.mishaps = Set.copyOf(mishaps);
        this.end = end;
        this.checks = new Checks(version, jail);
    }

    /// Takes a part of the configuration, or says what is wrong with it.
    void configure(Call call, Config config) throws FaultException {
        var body = call.body();
        switch (call.kind()) {
            case PUT_MACHINE -> config.set("machine-config", Checks.machine(body));
            case PUT_BOOT_SOURCE -> config.set("boot-source", checks.bootSource(body));
            case PUT_DRIVE -> config.putDevice("drives", "drive_id", checks.drive(body, config));
            case PUT_NETWORK -> config.putDevice("network-interfaces", "iface_id", Checks.network(body, config));
            case PUT_VSOCK -> config.set("vsock", boundVsock(body, config));
            case PUT_MMDS_CONFIG -> config.set("mmds-config", Checks.mmds(body, config));
            case PUT_ENTROPY -> config.set("entropy", body);
            case PUT_BALLOON -> config.set("balloon", body);
            case PATCH_DRIVE -> checks.patchDrive(body, config);
            case PATCH_NETWORK -> Checks.patchNetwork(body, config);
            default -> throw new AssertionError(call.kind());
        }
    }

    private Json.Obj boundVsock(Json.Obj device, Config config) throws FaultException {
        var members = new LinkedHashMap<>(device.members());
        members.remove("vsock_id");
        try {
            if (vsock.isPresent()) {
                vsock.get().close();
                Files.delete(jail.outside(Config.text(config.part("vsock").orElseThrow(), "uds_path")));
            }
            bind(device, false);
        } catch (IOException e) {
            throw new FaultException("Vsock config error: Cannot create backend for vsock device: Error binding to the"
                    + " host-side Unix socket: " + FaultException.text(e));
        }
        return new Json.Obj(members);
    }

    private void bind(Json.Obj device, boolean afterRestore) throws IOException {
        var path = jail.outside(Config.text(device, "uds_path"));
        vsock = Optional.of(new VsockDevice(path, version, guest, threads, mishaps, afterRestore));
    }

    GuestMemory memory() {
        return memory.orElseThrow();
    }

    void boot(Config config) throws FaultException, IOException {
        checks.kernel(config);
        memory = Optional.of(GuestMemory.empty(config.memoryBytes()));
        vsock.ifPresent(device -> device.gate().start());
        threads.start("guest", () -> guest.started(new Inside()));
    }

    /// The microVM as the guest sees it.
    private final class Inside implements Machine {
        @Override
        public Channel dial(int port) throws IOException, InterruptedException {
            return vsock.orElseThrow(() -> new IOException("no vsock device")).dial(port);
        }

        @Override
        public GuestMemory memory() {
            return Devices.this.memory();
        }

        @Override
        public void reset() {
            end.run();
        }
    }

    /// Builds the microVM of a snapshot, paused.
    void restore(Config config, GuestMemory loaded) throws FaultException {
        for (var drive : config.devices("drives")) {
            checks.backing(drive, RESTORE + "Block: ", "");
        }
        try {
            var device = config.part("vsock");
            if (device.isPresent()) {
                bind(device.get(), true);
            }
        } catch (IOException e) {
            throw new FaultException(RESTORE + "VsockUnixBackend: Error binding to the host-side Unix socket: "
                    + FaultException.text(e));
        }
        memory = Optional.of(loaded);
        restored = true;
    }

    void pause() {
        vsock.ifPresent(device -> device.gate().pause());
    }

    void resume() {
        vsock.ifPresent(device -> device.gate().resume());
        if (restored) {
            threads.start("guest", () -> guest.restored(new Inside()));
        }
        restored = false;
    }

    void stateSaved() {
        vsock.ifPresent(device -> device.gate().stateSaved());
    }

    void ctrlAltDel() {
        threads.start("guest", () -> guest.ctrlAltDel(new Inside()));
    }

    @Override
    public void close() throws IOException {
        if (vsock.isPresent()) {
            vsock.get().close();
        }
    }
}
