package dev.mvm.documents.claims;

import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The part of `docs/security/claims.md` that is made of the register and of the tests' marks.
public final class ClaimPage {
    private static final Path FOLDER = Path.of("docs/security");

    private final Repository repository;
    private final List<Claim> claims;
    private final Map<String, List<Mark>> marks = new TreeMap<>();

    /// Reads the register and the marks of `repository`.
    public ClaimPage(Repository repository) {
        this.repository = repository;
        this.claims = new ClaimFile(repository).claims();
        new Marks(repository)
                .marks()
                .forEach(mark -> marks.computeIfAbsent(mark.claim(), _ -> new ArrayList<>())
                        .add(mark));
    }

    /// Returns the text.
    public String text() {
        var out = new StringBuilder();
        summary(out);
        for (var goal : Goal.values()) {
            out.append("\n## ").append(goal.title()).append('\n');
            claims.stream().filter(claim -> claim.goal() == goal).forEach(claim -> entry(claim, out));
        }
        return out.toString();
    }

    private void summary(StringBuilder out) {
        out.append("There are ")
                .append(claims.size())
                .append(" claims. Counted by the nearest kind of test:\n\n| mode |");
        for (var proof : Proof.values()) {
            out.append(' ').append(proof.word()).append(" |");
        }
        out.append("\n|---|").append("---|".repeat(Proof.values().length)).append('\n');
        for (var mode : ClaimFile.MODES) {
            out.append("| ").append(mode).append(" |");
            for (var proof : Proof.values()) {
                out.append(' ').append(of(mode, proof).size()).append(" |");
            }
            out.append('\n');
        }
        var distant = new ArrayList<Claim>();
        for (var proof : Proof.values()) {
            distant.addAll(proof == Proof.NODE ? List.of() : of("hardened", proof));
        }
        if (!distant.isEmpty()) {
            out.append("\nClaims of hardened mode that no suite on an installed node shows: ");
            out.append(String.join(
                            ", ", distant.stream().map(Claim::id).sorted().toList()))
                    .append(".\n");
        }
    }

    private List<Claim> of(String mode, Proof nearest) {
        return claims.stream()
                .filter(claim -> claim.mode().equals(mode) && nearest(claim).equals(Optional.of(nearest)))
                .toList();
    }

    private Optional<Proof> nearest(Claim claim) {
        return marks.getOrDefault(claim.id(), List.of()).stream()
                .map(Mark::proof)
                .max(Comparator.naturalOrder());
    }

    private void entry(Claim claim, StringBuilder out) {
        out.append("\n### ")
                .append(claim.id())
                .append("\n\n")
                .append(claim.claim())
                .append("\n\n");
        out.append("- Mode: ").append(claim.mode()).append(". Proof: ");
        out.append(nearest(claim).map(Proof::word).orElse("none")).append(".\n");
        var enforcers = claim.enforcedBy().stream().map(this::link).toList();
        out.append("- Enforced by: ").append(String.join(", ", enforcers)).append('\n');
        out.append("- What remains: ").append(claim.remains()).append('\n');
        var kinds = new EnumMap<Proof, Map<String, List<String>>>(Proof.class);
        for (var mark : marks.getOrDefault(claim.id(), List.of())) {
            kinds.computeIfAbsent(mark.proof(), _ -> new TreeMap<>())
                    .computeIfAbsent(mark.group(), _ -> new ArrayList<>())
                    .add(mark.name());
        }
        kinds.forEach((proof, groups) -> out.append("- Shown by ")
                .append(proof.title())
                .append(": ")
                .append(String.join(
                        "; ", groups.entrySet().stream().map(ClaimPage::group).toList()))
                .append('\n'));
    }

    private static String group(Map.Entry<String, List<String>> group) {
        var names = group.getValue().stream()
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
        var text = "`" + group.getKey() + "`";
        return names.isEmpty() ? text : text + ": " + String.join(", ", names);
    }

    private String link(String enforcer) {
        if (enforcer.startsWith("dev.mvm.")) {
            var name = enforcer.substring(enforcer.lastIndexOf('.') + 1);
            return ClaimFile.fileOf(repository, enforcer)
                    .map(path -> "[" + name + "](" + FOLDER.relativize(path) + ")")
                    .orElse(name);
        }
        return repository.begins(enforcer)
                ? "[" + enforcer + "](" + FOLDER.relativize(Path.of(enforcer)) + ")"
                : enforcer;
    }
}
