package dev.mvm.documents.check;

import dev.mvm.documents.repository.Repository;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Finds phrases that make a sentence a riddle. Code and generated parts are exempt.
public final class LanguageCheck implements Check {
    private static final Pattern RIDDLE = Pattern.compile("\\b(whoever|whomever|(is|are) none|what is no)\\b");
    private static final Pattern CODE = Pattern.compile("`[^`]*`");

    private final Repository repository;

    /// Looks at the documents of `repository`.
    public LanguageCheck(Repository repository) {
        this.repository = repository;
    }

    @Override
    public List<String> complaints() {
        var out = new ArrayList<String>();
        for (var document : repository.documents()) {
            for (var line : Prose.of(repository.text(document))) {
                var riddle =
                        RIDDLE.matcher(CODE.matcher(line.text()).replaceAll("").toLowerCase(Locale.ROOT));
                if (riddle.find()) {
                    out.add(document + ":" + line.number() + ": say it plainly: " + riddle.group());
                }
            }
        }
        return out;
    }
}
