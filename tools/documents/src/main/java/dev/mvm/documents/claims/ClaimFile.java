package dev.mvm.documents.claims;

import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlTable;

/// The register of claims, `docs/security/claims.toml`, and every fault of its form.
final class ClaimFile {
    static final Path PATH = Path.of("docs/security/claims.toml");

    private static final Set<String> KEYS = Set.of("id", "goal", "mode", "claim", "enforced_by", "remains");
    static final List<String> MODES = List.of("both", "hardened", "dev");

    private final Repository repository;
    private final List<Claim> claims = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();

    ClaimFile(Repository repository) {
        this.repository = repository;
        var file = Toml.parse(repository.text(PATH));
        file.errors()
                .forEach(error -> complaints.add(PATH + ":" + error.position().line() + ": " + error.getMessage()));
        file.keySet().stream()
                .filter(key -> !key.equals("claim"))
                .forEach(key -> complaints.add(PATH + ": unknown table " + key));
        var tables = file.getArray("claim");
        for (int i = 0; tables != null && i < tables.size(); i++) {
            read(tables.getTable(i));
        }
        if (claims.isEmpty()) {
            complaints.add(PATH + " has no claims");
        }
        var ids = new HashSet<String>();
        claims.stream()
                .filter(claim -> !ids.add(claim.id()))
                .forEach(claim -> complaint(claim.line(), claim.id() + " is there twice"));
        claims.forEach(this::enforcers);
    }

    /// Returns the claims in the order of the file.
    List<Claim> claims() {
        return List.copyOf(claims);
    }

    /// Returns what is wrong with the file, one line each.
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    private void read(TomlTable table) {
        var position = table.inputPositionOf("id");
        int line = position == null ? 0 : position.line();
        table.keySet().stream()
                .filter(key -> !KEYS.contains(key))
                .forEach(key -> complaint(line, "unknown key " + key));
        var id = text(table, "id", line);
        var word = text(table, "goal", line);
        var mode = text(table, "mode", line);
        Optional<Goal> goal =
                Stream.of(Goal.values()).filter(g -> g.word().equals(word)).findFirst();
        if (!id.matches("[A-Z]\\d+")) {
            complaint(line, "an id is a capital letter and a number, not " + id);
        } else if (goal.isEmpty()) {
            complaint(line, id + " serves an unknown goal: " + word);
        } else if (!MODES.contains(mode)) {
            complaint(line, id + " holds in an unknown mode: " + mode);
        } else {
            claims.add(new Claim(
                    id,
                    goal.get(),
                    mode,
                    text(table, "claim", line),
                    texts(table, line),
                    text(table, "remains", line),
                    line));
        }
    }

    private String text(TomlTable table, String key, int line) {
        var value = table.get(key);
        if (value instanceof String text && !text.isBlank()) {
            return text;
        }
        complaint(line, "no text for the key " + key);
        return "";
    }

    private List<String> texts(TomlTable table, int line) {
        var out = new ArrayList<String>();
        if (table.get("enforced_by") instanceof TomlArray array) {
            array.toList().stream().map(Object::toString).forEach(out::add);
        }
        if (out.isEmpty()) {
            complaint(line, "no list of texts for the key enforced_by");
        }
        return out;
    }

    private void enforcers(Claim claim) {
        for (var enforcer : claim.enforcedBy()) {
            boolean missing = enforcer.startsWith("dev.mvm.")
                    ? fileOf(repository, enforcer).isEmpty()
                    : repository.begins(enforcer) && !repository.has(enforcer);
            if (missing) {
                complaint(claim.line(), claim.id() + " is enforced by what is not there: " + enforcer);
            }
        }
    }

    /// Returns the source of a class, by its full name.
    static Optional<Path> fileOf(Repository repository, String fullName) {
        return repository
                .files("**/src/main/java/" + fullName.replace('.', '/') + ".java")
                .findFirst();
    }

    private void complaint(int line, String text) {
        complaints.add(PATH + ":" + line + ": " + text);
    }
}
