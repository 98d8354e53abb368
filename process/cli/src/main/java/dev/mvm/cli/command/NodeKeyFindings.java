package dev.mvm.cli.command;

import dev.mvm.cli.command.DoctorCommand.Level;
import dev.mvm.cli.failure.Failure;
import dev.mvm.json.Json;
import java.util.function.BiConsumer;

/// Finds how nodes keep their identity keys on their disks, and what a thief of one has.
final class NodeKeyFindings {
    /// Name of the node's finding, which packaging/debian/node/tool/look.sh writes.
    private static final String NAME = "key at rest";

    /// Beginnings of what it finds, as packaging/debian/node/tool/node-key.sh spells it.
    private static final String BY_TPM = "encrypted with this machine's TPM";

    private static final String BY_HOST = "encrypted with a key on this machine's disk";
    private static final String PLAIN = "a plain file";

    private NodeKeyFindings() {}

    /// @param name of the node, for people
    static void look(String name, Json.Obj node, BiConsumer<Level, String> found) throws Failure {
        var at = ResponseFields.objects(node, "security").stream()
                .filter(finding -> ResponseFields.text(finding, "name").equals(NAME))
                .map(finding -> ResponseFields.text(finding, "found"))
                .findFirst();
        boolean dev = ResponseFields.text(node, "mode").equals("dev");
        if (at.isPresent()) {
            found.accept(level(at.get(), dev), "the key of " + name + " on its disk: " + at.get());
        } else if (dev) {
            found.accept(
                    Level.NOTE,
                    name + " does not say how its key is kept: in dev mode without packages it is a plain file, and a"
                            + " copy of it is the key");
        }
    }

    private static Level level(String found, boolean dev) {
        if (found.startsWith(BY_TPM)) {
            return Level.OK;
        }
        boolean byHost = found.startsWith(BY_HOST);
        return byHost || (dev && found.startsWith(PLAIN)) ? Level.NOTE : Level.WARNING;
    }
}
