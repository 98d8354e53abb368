package dev.mvm.agentd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// Checks, before anything else is done, that the agent has no privileges: it is the process that is expected to be
/// taken over.
final class AgentConfinement {
    private static final Pattern EFFECTIVE = Pattern.compile("(?m)^CapEff:\\s*0{16}$");
    private static final Pattern BOUNDING = Pattern.compile("(?m)^CapBnd:\\s*0{16}$");
    private static final Pattern NO_NEW_PRIVS = Pattern.compile("(?m)^NoNewPrivs:\\s*1$");
    private static final Pattern ROOT = Pattern.compile("(?m)^Uid:\\s*0\\s");

    private AgentConfinement() {}

    /// Returns the reason for which the agent must not run with its privileges, or an empty text.
    ///
    /// @param hardened in production the user must not be root; an ordinary user's dev fleet has one user only
    static String complaint(boolean hardened) throws IOException {
        return complaint(Files.readString(Path.of("/proc/self/status")), hardened);
    }

    static String complaint(String status, boolean hardened) {
        if (!EFFECTIVE.matcher(status).find() || !BOUNDING.matcher(status).find()) {
            return "the agent must not have capabilities, nor be able to get any";
        }
        if (!NO_NEW_PRIVS.matcher(status).find()) {
            return "the agent must run with no_new_privs";
        }
        if (hardened && ROOT.matcher(status).find()) {
            return "the agent must not be root";
        }
        return "";
    }
}
