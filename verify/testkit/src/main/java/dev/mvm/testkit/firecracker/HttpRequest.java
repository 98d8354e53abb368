package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

/// A request as Firecracker's HTTP layer hands it on.
///
/// @param body empty when there is none
record HttpRequest(String method, String target, String body) {
    byte[] bytes() {
        return body.getBytes(UTF_8);
    }
}
