package dev.mvm.documents;

import dev.mvm.documents.check.BenchCheck;
import dev.mvm.documents.check.CallCheck;
import dev.mvm.documents.check.CapabilityCheck;
import dev.mvm.documents.check.Check;
import dev.mvm.documents.check.Commands;
import dev.mvm.documents.check.CountCheck;
import dev.mvm.documents.check.DocumentCheck;
import dev.mvm.documents.check.ExposureCheck;
import dev.mvm.documents.check.FolderCheck;
import dev.mvm.documents.check.GlossaryCheck;
import dev.mvm.documents.check.IndexCheck;
import dev.mvm.documents.check.LanguageCheck;
import dev.mvm.documents.check.NameCheck;
import dev.mvm.documents.check.RunbookCheck;
import dev.mvm.documents.claims.ClaimCheck;
import dev.mvm.documents.claims.ClaimMentions;
import dev.mvm.documents.claims.ClaimPage;
import dev.mvm.documents.claims.Results;
import dev.mvm.documents.generated.DecisionList;
import dev.mvm.documents.generated.ModuleTable;
import dev.mvm.documents.generated.Notice;
import dev.mvm.documents.generated.Part;
import dev.mvm.documents.generated.ProcessTable;
import dev.mvm.documents.repository.Repository;
import dev.mvm.documents.repository.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Compares documents with the code.
///
///     Main docs ROOT [--write]             all documents; --write generates their generated parts first
///     Main claims ROOT RESULTS [--write]   claims with the tests that ran; --write generates their page first
///     Main notice ROOT TREES [--write]     NOTICE and Debian's copyright with the jars in the package trees
public final class Main {
    private static final Path CLAIMS = Path.of("docs/security/claims.md");

    private Main() {}

    /// Prints every fault and ends with 1, or says that there is none and ends with 0.
    public static void main(String[] args) throws IOException {
        var repository = new Repository(Path.of(args[1]));
        boolean write = List.of(args).contains("--write");
        var complaints = switch (args[0]) {
            case "docs" -> documents(repository, write);
            case "claims" -> claims(repository, new Results(Files.readAllLines(Path.of(args[2]))), write);
            case "notice" -> notice(repository, Path.of(args[1]), Path.of(args[2]), write);
            default -> throw new IllegalArgumentException("no such comparison: " + args[0]);
        };
        complaints.forEach(System.out::println);
        System.exit(complaints.isEmpty() ? 0 : 1);
    }

    private static List<Part> parts(Repository repository) {
        return List.of(
                new Part(CLAIMS, "claims", new ClaimPage(repository)::text),
                new Part(Path.of("docs/modules.md"), "modules", new ModuleTable(repository)::text),
                new Part(Path.of("docs/security/processes.md"), "processes", new ProcessTable(repository)::text),
                new Part(Path.of("docs/adr/README.md"), "decisions", new DecisionList(repository)::text));
    }

    private static List<String> documents(Repository repository, boolean write) throws IOException {
        var parts = parts(repository);
        if (write) {
            for (var part : parts) {
                part.write(repository);
            }
        }
        var sources = new Sources(repository);
        var checks = Stream.<Check>of(
                new DocumentCheck(repository, new Commands(repository)),
                new NameCheck(repository, sources),
                new CallCheck(repository),
                new CountCheck(repository),
                new LanguageCheck(repository),
                new GlossaryCheck(repository),
                new IndexCheck(repository),
                new FolderCheck(repository),
                new ExposureCheck(repository),
                new BenchCheck(repository),
                new CapabilityCheck(repository),
                new RunbookCheck(repository),
                new ClaimMentions(repository));
        var complaints = new ArrayList<>(generated(repository, parts));
        checks.forEach(check -> complaints.addAll(check.complaints()));
        if (complaints.isEmpty()) {
            System.out.println(repository.documents().size() + " documents say what the code says");
        }
        return complaints;
    }

    private static List<String> claims(Repository repository, Results results, boolean write) throws IOException {
        var parts = parts(repository).stream()
                .filter(part -> part.document().equals(CLAIMS))
                .toList();
        if (write) {
            parts.getFirst().write(repository);
        }
        var check = new ClaimCheck(repository, results);
        var complaints = new ArrayList<>(generated(repository, parts));
        complaints.addAll(check.complaints());
        if (complaints.isEmpty()) {
            System.out.println(check.count() + " claims, each with tests that passed; " + results.deferred()
                    + " suites are left to ./dev check --long");
        }
        return complaints;
    }

    private static List<String> notice(Repository repository, Path root, Path packages, boolean write)
            throws IOException {
        var notice = Notice.of(packages, root.resolve("process"));
        if (write) {
            notice.write(repository);
        }
        var complaints = notice.complaints(repository);
        if (complaints.isEmpty()) {
            System.out.println("NOTICE has the " + notice.count() + " jars of others that are shipped");
        }
        return complaints;
    }

    private static List<String> generated(Repository repository, List<Part> parts) {
        return parts.stream()
                .flatMap(part -> part.complaint(repository).stream())
                .toList();
    }
}
