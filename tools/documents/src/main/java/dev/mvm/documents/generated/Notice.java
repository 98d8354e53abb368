package dev.mvm.documents.generated;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.documents.repository.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/// The jars of others that the packages carry, with their licences: `NOTICE`, and `packaging/debian/copyright` for
/// Debian.
///
/// A jar's licence is what its pom names, or the nearest parent of that pom that names one. The build puts poms beside
/// the jars.
public final class Notice {
    private static final Path NOTICE = Path.of("NOTICE");
    private static final Path COPYRIGHT = Path.of("packaging/debian/copyright");
    private static final Path TEXTS = Path.of("packaging/debian/licences");
    private static final String VERSION = "-[0-9][^/]*$";

    private final Map<String, List<Licence>> jars;

    private Notice(Map<String, List<Licence>> jars) {
        this.jars = jars;
    }

    /// Finds the jars of others in the package trees below `packages`, and their licences in the poms below `poms`.
    ///
    /// @throws IOException if a file cannot be read, or a jar has no pom, no licence, or one that is not known here
    public static Notice of(Path packages, Path poms) throws IOException {
        var files = new TreeMap<String, Path>();
        below(poms, ".pom").forEach(path -> files.put(name(path), path));
        var jars = new TreeMap<String, List<Licence>>();
        for (var jar : below(packages, ".jar")) {
            if (!name(jar).startsWith("mvm-")) {
                jars.put(name(jar), licences(name(jar), files));
            }
        }
        return new Notice(jars);
    }

    private static List<Path> below(Path root, String ending) throws IOException {
        try (var paths = Files.walk(root)) {
            return paths.filter(path -> path.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }

    private static String name(Path path) {
        return path.getFileName().toString().replaceFirst("\\.(jar|pom)$", "");
    }

    private static List<Licence> licences(String jar, Map<String, Path> poms) throws IOException {
        var next = Optional.of(jar);
        while (next.isPresent()) {
            var path = poms.get(next.get());
            if (path == null) {
                throw new IOException(jar + " has no licence: there is no pom " + next.get());
            }
            var pom = Pom.parse(Files.readString(path, UTF_8));
            if (!pom.licences().isEmpty()) {
                return known(jar, pom.licences());
            }
            next = pom.parent();
        }
        throw new IOException(jar + " has no licence: neither its pom nor a parent names one");
    }

    private static List<Licence> known(String jar, List<String> names) throws IOException {
        var out = new ArrayList<Licence>();
        for (var name : names) {
            out.add(Licence.named(name)
                    .orElseThrow(() -> new IOException(jar + " has a licence that is not known here: " + name)));
        }
        return out;
    }

    /// Returns how many jars there are.
    public int count() {
        return jars.size();
    }

    /// Returns which of the two files are out of date, one line each.
    public List<String> complaints(Repository repository) {
        var out = new ArrayList<String>();
        texts(repository).forEach((path, text) -> {
            if (!repository.has(path.toString()) || !repository.text(path).equals(text)) {
                out.add(path + " is out of date; ./dev package --notice writes it");
            }
        });
        return out;
    }

    /// Writes both files.
    ///
    /// @throws IOException if one cannot be written
    public void write(Repository repository) throws IOException {
        for (var entry : texts(repository).entrySet()) {
            repository.write(entry.getKey(), entry.getValue());
        }
    }

    private Map<Path, String> texts(Repository repository) {
        return Map.of(NOTICE, notice(), COPYRIGHT, copyright(repository));
    }

    private String notice() {
        var out = new StringBuilder("""
                mvm
                Copyright 2026 mvm developers

                mvm is licensed under the Apache License, Version 2.0; see LICENSE.

                The packages carry jars of others, unchanged. Each has its notices inside. Their licences, as their poms name
                them; `./dev package --notice` writes this list:
                """);
        var groups = new TreeMap<String, List<String>>();
        jars.forEach((jar, licences) -> groups.computeIfAbsent(Licence.text(licences), _ -> new ArrayList<>())
                .add(jar));
        groups.forEach((licences, names) -> {
            out.append('\n').append(licences).append('\n');
            names.forEach(name -> out.append("  ").append(name).append(".jar\n"));
        });
        return out.toString();
    }

    /// Debian has the texts of some licences; those of the others are here. Of two licences that a jar offers,
    /// the first in the order of [Licence] is taken.
    private String copyright(Repository repository) {
        var out = new StringBuilder("""
                Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
                Upstream-Name: mvm
                Comment: Written by ./dev package --notice. Each jar of others has its own notices inside, in META-INF.

                Files: *
                Copyright: 2026 mvm developers
                License: Apache-2.0
                """);
        var groups = new EnumMap<Licence, TreeSet<String>>(Licence.class);
        jars.forEach((jar, licences) -> groups.computeIfAbsent(
                        licences.stream().min(Comparator.naturalOrder()).orElseThrow(), _ -> new TreeSet<>())
                .add("usr/lib/mvm/*/" + jar.replaceFirst(VERSION, "") + "-*"));
        groups.forEach((licence, files) -> out.append("\nFiles: ")
                .append(String.join("\n ", files))
                .append("\nCopyright: their authors, as the jars say\nLicense: ")
                .append(licence.spdx())
                .append('\n'));
        groups.keySet()
                .forEach(licence -> out.append("\nLicense: ")
                        .append(licence.spdx())
                        .append('\n')
                        .append(text(repository, licence)));
        return out.toString();
    }

    private static String text(Repository repository, Licence licence) {
        var path = TEXTS.resolve(licence.spdx());
        if (!repository.has(path.toString())) {
            return " On Debian systems the text is in /usr/share/common-licenses/" + licence.spdx() + ".\n";
        }
        return repository
                .text(path)
                .lines()
                .map(line -> line.isEmpty() ? " .\n" : " " + line + "\n")
                .reduce("", String::concat);
    }
}
