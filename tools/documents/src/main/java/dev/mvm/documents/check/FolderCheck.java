package dev.mvm.documents.check;

import dev.mvm.documents.repository.Repository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Finds folders that do not say what lives in them. A README says so, or the page of a package or module below it.
public final class FolderCheck implements Check {
    /// Folders whose content has a form that others give: Debian's, systemd's, git's and Maven's.
    private static final Set<String> FOREIGN =
            Set.of(".ci", ".mvn", "bin", "control", "etc", "files", "src", "system", "systemd", "units");

    private final Repository repository;

    /// Looks at the folders of `repository`.
    public FolderCheck(Repository repository) {
        this.repository = repository;
    }

    @Override
    public List<String> complaints() {
        var out = new ArrayList<String>();
        for (var folder : repository.folders()) {
            boolean ours = !isForeign(folder) || folder.toString().contains("src/main/java/dev/mvm/");
            if (ours && !says(folder)) {
                out.add(folder + ": neither a README nor a package page says what is in this folder");
            }
        }
        return out;
    }

    private static boolean isForeign(Path folder) {
        for (var name : folder) {
            if (FOREIGN.contains(name.toString())) {
                return true;
            }
        }
        return false;
    }

    private boolean says(Path folder) {
        var readme = folder.resolve("README.md");
        if (repository.has(readme.toString())) {
            return !repository.text(readme).isBlank();
        }
        boolean classes = repository.files(folder + "/*.java").findAny().isPresent();
        if (folder.toString().contains("/src/")) {
            return !classes || repository.has(folder + "/package-info.java");
        }
        return repository.has(folder + "/pom.xml")
                && repository
                        .files(folder + "/src/*/java/**")
                        .anyMatch(path -> path.toString().matches(".*/(package|module)-info\\.java"));
    }
}
