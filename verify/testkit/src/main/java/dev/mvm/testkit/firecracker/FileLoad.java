package dev.mvm.testkit.firecracker;

import dev.mvm.json.Json;
import dev.mvm.protocol.firecracker.ApiReply;
import dev.mvm.protocol.firecracker.ApiRequest;
import dev.mvm.protocol.firecracker.DeviceId;
import dev.mvm.protocol.firecracker.NoContent;
import dev.mvm.protocol.firecracker.Operation;
import dev.mvm.protocol.firecracker.VmmPath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/// Fresh only: a load that guestd never asks for, with the memory from a plain file of the guest's size, which is
/// mapped privately for the life of the process and must not change.
///
/// @param options each kind at most once, except that each interface may be overridden once; at most 32
public record FileLoad(VmmPath state, VmmPath memory, List<Option> options) implements Operation<NoContent> {
    public FileLoad {
        options = List.copyOf(options);
        check(options.size() <= 32, "a load has at most 32 options");
        check(distinct(options), "a load has each option once");
    }

    private static boolean distinct(List<Option> options) {
        var seen = new HashSet<Object>();
        return options.stream().allMatch(option -> switch (option) {
            case Option.Flag flag -> seen.add(flag);
            case Option.NetworkOverride(var id, var _) -> seen.add(id);
            case Option.VsockOverride _ -> seen.add(Option.VsockOverride.class);
        });
    }

    @Override
    public ApiRequest request() {
        var backend = one("backend_type", "File").put("backend_path", memory.value());
        var out = one("snapshot_path", state).put("mem_backend", backend.end());
        var networks = new ArrayList<Json>();
        for (var option : options) {
            switch (option) {
                case Option.Flag flag -> out.put(flag.name().toLowerCase(Locale.ROOT), true);
                case Option.VsockOverride(var uds) ->
                    out.put("vsock_override", one("uds_path", uds).end());
                case Option.NetworkOverride(var id, var tap) ->
                    networks.add(one("iface_id", id).put("host_dev_name", tap).end());
            }
        }
        return ApiRequest.put("/snapshot/load", networks.isEmpty() ? out : out.put("network_overrides", networks));
    }

    @Override
    public ApiReply<NoContent> reply() {
        return ApiReply.DONE;
    }

    public sealed interface Option {
        enum Flag implements Option {
            /// Resume at once. Without it the microVM is paused, which leaves time to copy its working set.
            RESUME_VM,
            /// Like `track_dirty_pages` of the machine; earlier versions have a deprecated name for the same.
            TRACK_DIRTY_PAGES,
            /// x86 only: kvmclock goes on from the host's wall clock instead of where it stood.
            CLOCK_REALTIME
        }

        /// Another tap device for an interface of the snapshot.
        record NetworkOverride(DeviceId id, String tap) implements Option {
            public NetworkOverride {
                check(tap.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,14}"), "not a tap device");
            }
        }

        /// Another path for the vsock socket.
        record VsockOverride(VmmPath uds) implements Option {
            public VsockOverride {
                check(uds.value().length() <= 96, "a vsock path has at most 96 characters");
            }
        }
    }

    private static void check(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }

    private static Json.Builder one(String name, Object value) {
        return Json.object().put(name, value.toString());
    }
}
