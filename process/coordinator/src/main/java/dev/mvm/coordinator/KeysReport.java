package dev.mvm.coordinator;

import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.KeptKey;
import dev.mvm.coordinator.pki.PkiException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Says how each of a coordinator's keys is kept: of what, how, and where, one key a line. The package's own program
/// reads the lines.
final class KeysReport {
    private KeysReport() {}

    static List<String> of(CoordinatorConfig config) throws PkiException {
        var lines = new ArrayList<String>();
        for (var key : new FleetDirectory(config.state()).authorityFile().kept()) {
            lines.add(line("authority", key));
        }
        lines.add(line("state", KeptKey.of(config.trust().stateKey())));
        return lines;
    }

    private static String line(String of, KeptKey key) {
        return String.join(" ", Stream.of(of, key.kind().word(), key.place()).toList());
    }
}
