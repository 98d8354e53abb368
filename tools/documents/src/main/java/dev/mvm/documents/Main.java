package dev.mvm.documents;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// `Main docs ROOT` compares documents with the code, `Main claims ROOT RESULTS` claims with the tests that ran.
public final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
        var repository = new Repository(Path.of(args[1]));
        List<String> complaints;
        String good;
        if (args[0].equals("docs")) {
            complaints = new DocumentCheck(repository, new Commands(repository)).complaints();
            good = repository.documents().size() + " documents name nothing that is not there";
        } else {
            var results = new Results(Files.readAllLines(Path.of(args[2])));
            complaints = new ClaimCheck(repository, results).complaints();
            good = Claim.of(repository.text(Path.of("SECURITY.md"))).size() + " claims, each with tests that passed; "
                    + results.deferred() + " suites are left to ./dev check --long";
        }
        complaints.forEach(System.out::println);
        if (complaints.isEmpty()) {
            System.out.println(good);
        }
        System.exit(complaints.isEmpty() ? 0 : 1);
    }
}
