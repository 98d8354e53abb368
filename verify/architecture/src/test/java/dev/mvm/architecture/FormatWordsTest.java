package dev.mvm.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// No word of a format is the name of something in Java: each is spelled out where it belongs, so that a renaming
/// changes no document, packet, file, metric or answer. What the words are, the tests beside the formats say.
final class FormatWordsTest {
    private static final String JOURNAL = "the journal: a class that nothing foresaw";
    private static final String TEXT = "a message for people, beside a code for programs";
    private static final String PKCS11 = "a message for people, with PKCS #11's own names";

    /// Classes that may use identifiers, and why: no program reads it.
    private static final Map<String, String> MAY = Map.of(
            "dev.mvm.agentd.Main", JOURNAL,
            "dev.mvm.hostd.Main", JOURNAL,
            "dev.mvm.sealer.Main", JOURNAL,
            "dev.mvm.guestd.VmmApi", JOURNAL,
            "dev.mvm.hostd.qemu.StatePassage", TEXT,
            "dev.mvm.agentd.link.VerbAnswers", TEXT,
            "dev.mvm.crypto.sign.TransitCalls", TEXT,
            "dev.mvm.crypto.pkcs11.Cryptoki", PKCS11,
            "dev.mvm.crypto.pkcs11.Objects", PKCS11,
            "dev.mvm.crypto.pkcs11.Token", PKCS11);

    /// What protoc writes; its words are those of the `.proto` files.
    private static final String GENERATED = "dev.mvm.protocol.control.v1.";

    private static List<ClassModel> classes() throws IOException {
        var out = new ArrayList<ClassModel>();
        for (var element : List.of(System.getProperty("java.class.path").split(File.pathSeparator))) {
            if (element.matches(".*/(foundation|protocol|process)(/[a-z0-9-]+)+/target/(mvm-.*\\.jar|classes)")) {
                var path = Path.of(element);
                if (Files.isDirectory(path)) {
                    out.addAll(classes(path));
                } else {
                    try (var jar = FileSystems.newFileSystem(path)) {
                        out.addAll(classes(jar.getPath("/")));
                    }
                }
            }
        }
        return out;
    }

    private static List<ClassModel> classes(Path root) throws IOException {
        var out = new ArrayList<ClassModel>();
        try (Stream<Path> files = Files.walk(root)) {
            for (var file :
                    files.filter(each -> each.toString().endsWith(".class")).toList()) {
                out.add(ClassFile.of().parse(Files.readAllBytes(file)));
            }
        }
        return out;
    }

    @Test
    void wordsOfFormats_areNotNamesInJava() throws IOException {
        var classes = classes();
        assertThat(classes).hasSizeGreaterThan(1500);

        var found = new TreeMap<>(IdentifierUses.byFile(classes));
        found.keySet().removeIf(name -> name.startsWith(GENERATED));
        assertThat(found.keySet()).as("exceptions that nothing needs").containsAll(MAY.keySet());
        found.keySet().removeAll(MAY.keySet());
        assertThat(found).as("a word that a renaming would change").isEmpty();
    }
}
