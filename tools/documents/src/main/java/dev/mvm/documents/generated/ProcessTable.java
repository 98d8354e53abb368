package dev.mvm.documents.generated;

import dev.mvm.documents.repository.Repository;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// The tables of `docs/security/processes.md`: what the units give to each process.
public final class ProcessTable {
    private static final String UNITS = "packaging/debian/*/units/*";

    private final Map<String, Unit> services = new TreeMap<>();
    private final Map<String, Unit> sockets = new TreeMap<>();

    /// Reads the units of `repository`.
    public ProcessTable(Repository repository) {
        repository.files(UNITS).forEach(path -> {
            var name = path.getFileName().toString();
            var unit = new Unit(repository.text(path));
            if (name.endsWith(".service")) {
                services.put(name.substring(0, name.length() - ".service".length()), unit);
            } else if (name.endsWith(".socket")) {
                sockets.put(name.substring(0, name.length() - ".socket".length()), unit);
            }
        });
    }

    /// Returns the tables.
    public String text() {
        var out = new StringBuilder();
        out.append(
                "| process | user | capabilities | writes, besides a private /tmp | devices |\n|---|---|---|---|---|\n");
        services.forEach((name, unit) -> row(
                out,
                name,
                user(name, unit),
                list(unit.words("CapabilityBoundingSet")),
                list(writes(unit)),
                devices(unit)));
        out.append("\n| process | listens on | other sockets | network | executes |\n|---|---|---|---|---|\n");
        services.forEach((name, unit) -> row(
                out, name, listens(name), list(unit.words("RestrictAddressFamilies")), network(unit), executes(unit)));
        out.append("\n| process | sees nothing of |\n|---|---|\n");
        services.forEach((name, unit) -> row(out, name, hidden(unit)));
        return out.toString();
    }

    /// Returns the capabilities of processes that run as root, in order.
    public List<String> capabilitiesOfRoot() {
        var out = new TreeSet<String>();
        services.forEach((name, unit) -> {
            if (user(name, unit).equals("root")) {
                out.addAll(unit.words("CapabilityBoundingSet"));
            }
        });
        return List.copyOf(out);
    }

    private static void row(StringBuilder out, String name, String... cells) {
        out.append("| `")
                .append(name)
                .append("` | ")
                .append(String.join(" | ", cells))
                .append(" |\n");
    }

    private static String list(List<String> words) {
        return words.isEmpty() ? "none" : "`" + String.join("`, `", words) + "`";
    }

    private static String user(String process, Unit unit) {
        if (unit.says("DynamicUser", "yes")) {
            // without a name of its own for each instance, the name is that of the unit
            boolean own = !process.endsWith("@") || unit.words("User").stream().anyMatch(name -> name.contains("%i"));
            return own ? "a new one for each process" : "one for all of these";
        }
        return unit.words("User").stream().findFirst().orElse("root");
    }

    private static List<String> writes(Unit unit) {
        if (!unit.says("ProtectSystem", "strict")) {
            return List.of("/");
        }
        var out = new ArrayList<String>();
        unit.words("StateDirectory").forEach(name -> out.add("/var/lib/" + name));
        unit.words("CacheDirectory").forEach(name -> out.add("/var/cache/" + name));
        out.addAll(unit.words("ReadWritePaths"));
        return out;
    }

    private static String hidden(Unit unit) {
        if (!unit.has("RootDirectory")) {
            return list(unit.words("InaccessiblePaths"));
        }
        var shown = new ArrayList<>(unit.words("BindReadOnlyPaths"));
        shown.addAll(unit.words("BindPaths"));
        shown.addAll(writes(unit));
        return "anything but `/proc` and " + list(shown.stream().distinct().toList());
    }

    private static String devices(Unit unit) {
        boolean closed = unit.says("DevicePolicy", "closed") || unit.says("PrivateDevices", "yes");
        return closed ? list(unit.lines("DeviceAllow")) : "not restricted";
    }

    private String listens(String name) {
        var socket = sockets.get(name.replace("@", ""));
        if (socket == null) {
            return "none";
        }
        var paths = new ArrayList<>(socket.words("ListenStream"));
        paths.addAll(socket.words("ListenSequentialPacket"));
        if (!socket.has("SocketMode")) {
            return "TCP `" + String.join("`, `", paths) + "`";
        }
        return "`" + String.join("`, `", paths) + "`, " + String.join("", socket.words("SocketUser")) + ":"
                + String.join("", socket.words("SocketGroup")) + " " + String.join("", socket.words("SocketMode"));
    }

    private static String network(Unit unit) {
        var families = unit.words("RestrictAddressFamilies");
        if (unit.says("PrivateNetwork", "yes")) {
            return "a network of its own without interfaces";
        }
        if (!families.isEmpty() && !families.contains("AF_INET")) {
            return "no internet sockets";
        }
        return unit.says("IPAddressDeny", "any")
                ? "`" + String.join("`, `", unit.words("IPAddressAllow")) + "`, and what bootstrap allows"
                : "the machine's";
    }

    private static String executes(Unit unit) {
        return unit.words("NoExecPaths").contains("/")
                ? "files of " + list(unit.words("ExecPaths"))
                : "not restricted by path";
    }
}
