package dev.mvm.documents.claims;

import dev.mvm.documents.repository.Repository;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// Finds claims without a test that passed, and tests that are marked with a claim that does not exist.
public final class ClaimCheck {
    private final ClaimFile file;
    private final Marks marks;
    private final Results results;

    /// Compares the register and the marks of `repository` with the results of a check.
    public ClaimCheck(Repository repository, Results results) {
        this.file = new ClaimFile(repository);
        this.marks = new Marks(repository);
        this.results = results;
    }

    /// Returns how many claims there are.
    public int count() {
        return file.claims().size();
    }

    /// Returns every fault, one line each.
    public List<String> complaints() {
        var out = new ArrayList<>(file.complaints());
        out.addAll(marks.complaints());
        var ids = new TreeSet<String>();
        file.claims().forEach(claim -> ids.add(claim.id()));
        var proven = new TreeSet<String>();
        for (var mark : marks.marks()) {
            proven.add(mark.claim());
            if (!ids.contains(mark.claim())) {
                out.add(mark.place() + ": there is no claim " + mark.claim());
            }
            results.complaint(mark.result())
                    .ifPresent(text -> out.add(mark.place() + ": claim " + mark.claim() + ": " + text));
        }
        file.claims().stream()
                .filter(claim -> !proven.contains(claim.id()))
                .forEach(claim ->
                        out.add(ClaimFile.PATH + ":" + claim.line() + ": no test is marked with claim " + claim.id()));
        return out;
    }
}
