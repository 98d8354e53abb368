package dev.mvm.documents.check;

import dev.mvm.documents.generated.ProcessTable;
import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.List;

/// Finds capabilities of processes that run as root of which `docs/security/processes.md` does not say what they allow.
public final class CapabilityCheck implements Check {
    private static final Path DOCUMENT = Path.of("docs/security/processes.md");

    private final Repository repository;

    /// Looks at the units and the document of `repository`.
    public CapabilityCheck(Repository repository) {
        this.repository = repository;
    }

    @Override
    public List<String> complaints() {
        var text = repository.text(DOCUMENT);
        return new ProcessTable(repository)
                .capabilitiesOfRoot().stream()
                        .filter(capability -> !text.contains("\n| `" + capability + "` |"))
                        .map(capability -> DOCUMENT + " does not say what root can still do with " + capability)
                        .toList();
    }
}
