package dev.mvm.testkit.firecracker;

import dev.mvm.json.Json;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.testkit.firecracker.Call.Kind;
import dev.mvm.testkit.firecracker.Schema.Struct;
import java.util.Arrays;
import java.util.Iterator;

/// Method and path to a call, in the order in which Firecracker looks at them.
final class Routes {
    private static final String MISMATCH = "The id from the path does not match the id from the body!";

    private final Schemas schemas;

    Routes(FirecrackerVersion version) {
        this.schemas = new Schemas(version);
    }

    Call call(HttpRequest request) throws FaultException {
        var tokens = Arrays.asList(request.target().replaceFirst("^/+", "").split("/"))
                .iterator();
        var path = tokens.next();
        boolean hasBody = !request.body().isEmpty();
        return switch (request.method()) {
            case "GET" -> {
                if (hasBody) {
                    throw new FaultException("GET request cannot have a body.");
                }
                yield get(path, tokens);
            }
            case "PUT" -> {
                if (!hasBody) {
                    throw new FaultException("Empty PUT request.");
                }
                yield put(request, path, tokens);
            }
            case "PATCH" -> {
                if (!hasBody) {
                    throw new FaultException("Empty PATCH request.");
                }
                yield patch(request, path, tokens);
            }
            default -> {
                if (hasBody) {
                    throw new FaultException("Empty Delete request.");
                }
                throw unknown(request.method(), path);
            }
        };
    }

    private static FaultException unknown(String method, String path) {
        return new FaultException("Invalid request method and/or path: " + method + " " + path + ".");
    }

    private static String next(Iterator<String> tokens) {
        return tokens.hasNext() ? tokens.next() : "";
    }

    private static Call get(String path, Iterator<String> tokens) throws FaultException {
        return switch (path) {
            case "" -> Call.of(Kind.GET_INSTANCE);
            case "version" -> Call.of(Kind.GET_VERSION);
            case "machine-config" -> Call.of(Kind.GET_MACHINE);
            case "mmds" -> Call.of(Kind.GET_MMDS);
            case "balloon" ->
                switch (next(tokens)) {
                    case "" -> Call.of(Kind.GET_BALLOON);
                    case "statistics" -> Call.of(Kind.GET_BALLOON_STATISTICS);
                    case String other -> throw new FaultException("Unrecognized GET request path `" + other + "`.");
                };
            case "vm" -> {
                if (!next(tokens).equals("config")) {
                    throw unknown("GET", path);
                }
                yield Call.of(Kind.GET_CONFIG);
            }
            default -> throw unknown("GET", path);
        };
    }

    private Call put(HttpRequest request, String path, Iterator<String> tokens) throws FaultException {
        return switch (path) {
            case "actions" -> action(read(request, Schemas.ACTION));
            case "balloon" -> Call.of(Kind.PUT_BALLOON, read(request, Schemas.BALLOON));
            case "boot-source" -> Call.of(Kind.PUT_BOOT_SOURCE, read(request, Schemas.BOOT_SOURCE));
            case "cpu-config" -> Call.of(Kind.PUT_CPU_CONFIG, anything(request));
            case "drives" -> Call.of(Kind.PUT_DRIVE, withId(request, tokens, Schemas.DRIVE, "drive_id"));
            case "logger" -> Call.of(Kind.PUT_LOGGER, read(request, Schemas.LOGGER));
            case "serial" -> Call.of(Kind.PUT_SERIAL, read(request, schemas.serial()));
            case "machine-config" -> machine(read(request, schemas.machine()));
            case "metrics" -> Call.of(Kind.PUT_METRICS, read(request, schemas.metrics()));
            case "mmds" -> mmds(request, next(tokens));
            case "network-interfaces" ->
                Call.of(Kind.PUT_NETWORK, withId(request, tokens, schemas.network(), "iface_id"));
            case "snapshot" -> snapshot(request, next(tokens));
            case "vsock" -> vsock(read(request, Schemas.VSOCK));
            case "entropy" -> Call.of(Kind.PUT_ENTROPY, read(request, Schemas.ENTROPY));
            default -> throw unknown("PUT", path);
        };
    }

    private Call patch(HttpRequest request, String path, Iterator<String> tokens) throws FaultException {
        return switch (path) {
            case "balloon" -> Call.of(Kind.PATCH_BALLOON, read(request, Schemas.BALLOON_UPDATE));
            case "drives" -> Call.of(Kind.PATCH_DRIVE, withId(request, tokens, Schemas.DRIVE_UPDATE, "drive_id"));
            case "network-interfaces" ->
                Call.of(Kind.PATCH_NETWORK, withId(request, tokens, Schemas.NETWORK_UPDATE, "iface_id"));
            case "vm" ->
                Config.text(read(request, Schemas.VM), "state").equals("Paused")
                        ? Call.of(Kind.PAUSE)
                        : Call.of(Kind.RESUME);
            default -> throw unknown("PATCH", path);
        };
    }

    private static Call action(Json.Obj body) {
        return switch (Config.text(body, "action_type")) {
            case "InstanceStart" -> Call.of(Kind.START);
            case "FlushMetrics" -> Call.of(Kind.FLUSH_METRICS);
            default -> Call.of(Kind.CTRL_ALT_DEL);
        };
    }

    private static Call machine(Json.Obj body) {
        return new Call(Kind.PUT_MACHINE, body, body.members().containsKey("cpu_template"));
    }

    private static Call vsock(Json.Obj body) {
        return new Call(Kind.PUT_VSOCK, body, body.members().containsKey("vsock_id"));
    }

    private static Call mmds(HttpRequest request, String next) throws FaultException {
        return switch (next) {
            case "" -> Call.of(Kind.PUT_MMDS, anything(request));
            case "config" -> {
                var body = read(request, Schemas.MMDS);
                yield new Call(
                        Kind.PUT_MMDS_CONFIG, body, Config.text(body, "version").equals("V1"));
            }
            default -> throw new FaultException("Unrecognized PUT request path `" + next + "`.");
        };
    }

    private Call snapshot(HttpRequest request, String next) throws FaultException {
        return switch (next) {
            case "create" -> Call.of(Kind.CREATE_SNAPSHOT, read(request, Schemas.CREATE_SNAPSHOT));
            case "load" -> load(read(request, schemas.loadSnapshot()));
            case "" -> throw new FaultException("Missing snapshot operation type.");
            default -> throw unknown("PUT", "/snapshot/" + next);
        };
    }

    private static Call load(Json.Obj body) throws FaultException {
        boolean file = body.members().containsKey("mem_file_path");
        boolean backend = body.members().containsKey("mem_backend");
        if (file && backend) {
            throw malformed("too many fields: either `mem_backend` or `mem_file_path` exclusively is required");
        }
        if (!file && !backend) {
            throw malformed("missing field: either `mem_backend` or `mem_file_path` is required");
        }
        return new Call(Kind.LOAD_SNAPSHOT, body, file || Config.flag(body, "enable_diff_snapshots"));
    }

    private static Json.Obj withId(HttpRequest request, Iterator<String> tokens, Struct schema, String member)
            throws FaultException {
        var id = next(tokens);
        if (id.isEmpty()) {
            throw new FaultException("The ID cannot be empty.");
        }
        if (!id.codePoints().allMatch(c -> c == '_' || Character.isLetterOrDigit(c))) {
            throw new FaultException("API Resource IDs can only contain alphanumeric characters and underscores.");
        }
        var body = read(request, schema);
        var other = Config.text(body, member);
        if (!id.equals(other)) {
            throw new FaultException(
                    member.equals("drive_id")
                            ? MISMATCH
                            : "The id from the path [" + id + "] does not match the id from the body [" + other + "]!");
        }
        return body;
    }

    private static Json.Obj read(HttpRequest request, Struct schema) throws FaultException {
        try {
            return Schema.document(request.bytes(), schema);
        } catch (SerdeException e) {
            throw malformed(e.message());
        }
    }

    private static Json.Obj anything(HttpRequest request) throws FaultException {
        try {
            var in = new SerdeText(request.bytes());
            var value = in.value(0);
            in.end();
            if (value instanceof Json.Obj object) {
                return object;
            }
            throw new FaultException("the stand-in keeps objects only");
        } catch (SerdeException e) {
            throw malformed(e.message());
        }
    }

    private static FaultException malformed(String complaint) {
        return new FaultException(
                "An error occurred when deserializing the json body of a request: " + complaint + ".");
    }
}
