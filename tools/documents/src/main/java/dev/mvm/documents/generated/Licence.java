package dev.mvm.documents.generated;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A licence of a jar that is shipped, by its SPDX name.
enum Licence {
    APACHE("Apache-2.0", "(?i).*apache.*2\\.0.*"),
    BSD_3("BSD-3-Clause", "(?i).*(bsd-?3|3-clause).*"),
    LGPL_2_1("LGPL-2.1", "(?i).*(lesser general public|lgpl).*"),
    MIT("MIT", "(?i)(the )?(mit|bouncy castle)( licen[cs]e)?"),
    EPL_2("EPL-2.0", "(?i).*(eclipse public|epl).*2\\.0.*");

    private final String spdx;
    private final Pattern names;

    Licence(String spdx, String names) {
        this.spdx = spdx;
        this.names = Pattern.compile(names);
    }

    /// Returns the licence that a pom calls `name`; nothing if no licence here has that name.
    static Optional<Licence> named(String name) {
        return Stream.of(values())
                .filter(licence -> licence.names.matcher(name).matches())
                .findFirst();
    }

    /// Returns the licences as people read them, in the order of this list.
    static String text(List<Licence> licences) {
        return String.join(" or ", licences.stream().sorted().map(Licence::spdx).toList());
    }

    String spdx() {
        return spdx;
    }
}
