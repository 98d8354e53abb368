package dev.mvm.testkit.firecracker;

import dev.mvm.json.Json;

/// A request whose path and body are understood.
///
/// @param body the body with its defaults filled in
/// @param deprecated whether it uses something that goes away
record Call(Kind kind, Json.Obj body, boolean deprecated) {
    private static final Json.Obj NOTHING = Json.object().end();

    enum Kind {
        GET_INSTANCE,
        GET_VERSION,
        GET_CONFIG,
        GET_MACHINE,
        GET_BALLOON,
        GET_BALLOON_STATISTICS,
        GET_MMDS,
        PUT_BALLOON,
        PUT_BOOT_SOURCE,
        PUT_CPU_CONFIG,
        PUT_DRIVE,
        PUT_ENTROPY,
        PUT_LOGGER,
        PUT_MACHINE,
        PUT_METRICS,
        PUT_MMDS,
        PUT_MMDS_CONFIG,
        PUT_NETWORK,
        PUT_SERIAL,
        PUT_VSOCK,
        PATCH_BALLOON,
        PATCH_DRIVE,
        PATCH_NETWORK,
        START,
        FLUSH_METRICS,
        CTRL_ALT_DEL,
        PAUSE,
        RESUME,
        CREATE_SNAPSHOT,
        LOAD_SNAPSHOT
    }

    static Call of(Kind kind) {
        return new Call(kind, NOTHING, false);
    }

    static Call of(Kind kind, Json.Obj body) {
        return new Call(kind, body, false);
    }

    String text(String member) {
        return Config.text(body, member);
    }

    boolean flag(String member) {
        return Config.flag(body, member);
    }
}
