package dev.mvm.testkit.firecracker;

import dev.mvm.json.Json;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Releases;
import java.io.IOException;
import java.util.Optional;

/// Behaviour of a process for each call, before and after the microVM has started. One call at a time.
final class Vmm {
    private enum Stage {
        PREBOOT("Not started"),
        RUNNING("Running"),
        PAUSED("Paused");

        final String word;

        Stage(String word) {
            this.word = word;
        }
    }

    private final String id;
    private final FirecrackerVersion version;
    private final Config config = new Config();
    private final Devices devices;
    private final Snapshots snapshots;
    private final Output output;
    private Stage stage = Stage.PREBOOT;
    private boolean configured;
    private Optional<Json.Obj> mmds = Optional.empty();

    Vmm(String id, FirecrackerVersion version, Jail jail, Devices devices) {
        this.id = id;
        this.version = version;
        this.devices = devices;
        this.snapshots = new Snapshots(version, jail);
        this.output = new Output(jail, id);
    }

    synchronized HttpReply answer(Call call) throws FaultException {
        output.log(call.kind().name());
        var reply = stage == Stage.PREBOOT ? preboot(call) : runtime(call);
        return reply.withDeprecation(call.deprecated());
    }

    private HttpReply preboot(Call call) throws FaultException {
        return switch (call.kind()) {
            case GET_INSTANCE, GET_VERSION, GET_CONFIG, GET_MACHINE, GET_MMDS -> read(call.kind());
            case GET_BALLOON ->
                HttpReply.value(config.part("balloon")
                        .orElseThrow(() -> new FaultException("Balloon config error: No balloon device found.")));
            case PUT_BALLOON,
                    PUT_ENTROPY,
                    PUT_MMDS_CONFIG,
                    PUT_BOOT_SOURCE,
                    PUT_DRIVE,
                    PUT_MACHINE,
                    PUT_NETWORK,
                    PUT_VSOCK -> configure(call);
            case PUT_CPU_CONFIG, PUT_SERIAL -> HttpReply.done();
            case PUT_LOGGER -> {
                output.logTo(call.text("log_path"));
                yield HttpReply.done();
            }
            case PUT_METRICS -> {
                output.metricsTo(call.text("metrics_path"));
                yield HttpReply.done();
            }
            case PUT_MMDS -> keepMetadata(call);
            case START -> start();
            case LOAD_SNAPSHOT -> load(call);
            case GET_BALLOON_STATISTICS,
                    PATCH_BALLOON,
                    PATCH_DRIVE,
                    PATCH_NETWORK,
                    FLUSH_METRICS,
                    CTRL_ALT_DEL,
                    PAUSE,
                    RESUME,
                    CREATE_SNAPSHOT -> throw new FaultException(FaultException.PREBOOT);
        };
    }

    private HttpReply runtime(Call call) throws FaultException {
        return switch (call.kind()) {
            case GET_INSTANCE, GET_VERSION, GET_CONFIG, GET_MACHINE, GET_MMDS -> read(call.kind());
            case GET_BALLOON ->
                HttpReply.value(config.part("balloon")
                        .orElseThrow(() -> new FaultException(
                                "Internal VMM error: Failed perform action on device: Device not found")));
            case GET_BALLOON_STATISTICS -> HttpReply.value(noBalloonStatistics());
            case PATCH_BALLOON -> throw new FaultException("Balloon update error: Balloon: Device not activated yet.");
            case PATCH_DRIVE, PATCH_NETWORK -> configure(call);
            case FLUSH_METRICS -> {
                output.flushMetrics();
                yield HttpReply.done();
            }
            case CTRL_ALT_DEL -> HttpReply.done();
            case PAUSE -> pause();
            case RESUME -> {
                resume();
                yield HttpReply.done();
            }
            case CREATE_SNAPSHOT -> createSnapshot(call);
            case PUT_MMDS -> keepMetadata(call);
            case PUT_DRIVE, PUT_NETWORK ->
                throw new FaultException(
                        Releases.atLeast(version, "1.16.0") ? "PCI is not enabled" : FaultException.POSTBOOT);
            case PUT_BALLOON,
                    PUT_BOOT_SOURCE,
                    PUT_CPU_CONFIG,
                    PUT_ENTROPY,
                    PUT_LOGGER,
                    PUT_MACHINE,
                    PUT_METRICS,
                    PUT_MMDS_CONFIG,
                    PUT_SERIAL,
                    PUT_VSOCK,
                    START,
                    LOAD_SNAPSHOT -> throw new FaultException(FaultException.POSTBOOT);
        };
    }

    private HttpReply configure(Call call) throws FaultException {
        configured = true;
        devices.configure(call, config);
        return HttpReply.done();
    }

    private HttpReply keepMetadata(Call call) {
        mmds = Optional.of(call.body());
        return HttpReply.done();
    }

    private HttpReply pause() {
        stage = Stage.PAUSED;
        devices.pause();
        return HttpReply.done();
    }

    private HttpReply read(Call.Kind kind) {
        return HttpReply.value(
                switch (kind) {
                    case GET_INSTANCE ->
                        Json.object()
                                .put("id", id)
                                .put("state", stage.word)
                                .put("vmm_version", version.toString())
                                .put("app_name", "Firecracker")
                                .end();
                    case GET_VERSION ->
                        Json.object()
                                .put("firecracker_version", version.toString())
                                .end();
                    case GET_CONFIG -> config.all();
                    case GET_MACHINE -> config.machine();
                    default -> mmds.orElse(Json.object().end());
                });
    }

    private static Json noBalloonStatistics() {
        return Json.object()
                .put("target_pages", 0)
                .put("actual_pages", 0)
                .put("target_mib", 0)
                .put("actual_mib", 0)
                .end();
    }

    private HttpReply start() throws FaultException {
        if (!config.hasKernel()) {
            throw new FaultException("Start microvm error: Cannot start microvm without kernel configuration.");
        }
        try {
            devices.boot(config);
        } catch (IOException e) {
            throw new FaultException("Start microvm error: Invalid Memory Configuration: " + FaultException.text(e));
        }
        stage = Stage.RUNNING;
        return HttpReply.done();
    }

    private void resume() {
        stage = Stage.RUNNING;
        devices.resume();
    }

    private HttpReply createSnapshot(Call call) throws FaultException {
        if (stage != Stage.PAUSED) {
            throw new FaultException("Create snapshot error: Cannot save the microVM state: Operation not allowed:"
                    + " save/restore unavailable while running");
        }
        devices.stateSaved();
        snapshots.create(call, config, devices.memory());
        return HttpReply.done();
    }

    private HttpReply load(Call call) throws FaultException {
        if (configured) {
            throw new FaultException("Load snapshot error: Loading a microVM snapshot not allowed after configuring"
                    + " boot-specific resources.");
        }
        try {
            config.restore(snapshots.state(call));
            devices.restore(config, snapshots.memory(call, config.memoryBytes()));
        } catch (FaultException e) {
            throw FaultException.fatal("Load snapshot error: Failed to restore from snapshot: " + e.message());
        }
        stage = Stage.PAUSED;
        if (call.flag("resume_vm")) {
            resume();
        }
        return HttpReply.done();
    }
}
