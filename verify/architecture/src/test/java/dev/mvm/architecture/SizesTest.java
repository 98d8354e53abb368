package dev.mvm.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Bounds for the sizes of sources but tests: a file is one thing, and a method is read without scrolling.
final class SizesTest {
    private static final int FILE_LINES = 300;
    private static final int METHOD_LINES = 40;
    private static final int PARAMETERS = 7;

    /// Exceptions, each with its reason: `File.java` or `File.java#method`.
    private static final Map<String, String> EXCEPTIONS = Map.of(
            "Volumes.java", "use, making and new keys find a volume's file, header and key in the same way",
            "TrustStore.java", "one lock guards root, grants, state and high-water mark",
            "Gcm.java#run", "the parameters of a C function",
            "CFunction.java#call", "the parameters of a C function");

    private record Method(String name, long lines, int parameters) {}

    /// A walk that found nothing would satisfy every bound.
    @Test
    void sources_areOfEveryFolder() throws IOException {
        assertThat(Sources.withoutTests().stream()
                        .map(file -> Sources.ROOT.relativize(file).getName(0).toString())
                        .distinct())
                .containsExactlyInAnyOrder("foundation", "protocol", "process", "verify", "tools");
    }

    @Test
    void files_haveAtMost300Lines() throws IOException {
        var long_ = new ArrayList<String>();
        for (var file : Sources.withoutTests()) {
            var lines = lines(file);
            if (lines > FILE_LINES && !EXCEPTIONS.containsKey(name(file))) {
                long_.add(Sources.ROOT.relativize(file) + ": " + lines + " lines");
            }
        }
        assertThat(long_).isEmpty();
    }

    @Test
    void methods_haveAtMost40LinesAnd7Parameters() throws IOException {
        var wrong = new ArrayList<String>();
        for (var file : Sources.withoutTests()) {
            for (var method : methods(List.of(file))) {
                var large = method.lines > METHOD_LINES || method.parameters > PARAMETERS;
                if (large && !EXCEPTIONS.containsKey(name(file) + "#" + method.name)) {
                    wrong.add(Sources.ROOT.relativize(file) + ": " + method);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void exceptions_areNeeded() throws IOException {
        var files = Sources.withoutTests().stream().collect(Collectors.groupingBy(SizesTest::name));
        for (var exception : EXCEPTIONS.keySet()) {
            var parts = exception.split("#", 2);
            assertThat(files).as("file of the exception").containsKey(parts[0]);
            var large = parts.length == 1
                    ? files.get(parts[0]).stream().anyMatch(file -> lines(file) > FILE_LINES)
                    : methods(files.get(parts[0])).stream()
                            .filter(method -> method.name.equals(parts[1]))
                            .anyMatch(method -> method.lines > METHOD_LINES || method.parameters > PARAMETERS);
            assertThat(large).as("%s is still too large", exception).isTrue();
        }
    }

    @Test
    void measurement_seesMethodsOfNestedClasses_andNoConstructorsOfRecords(@TempDir Path dir) throws IOException {
        var source = Files.writeString(dir.resolve("Sample.java"), """
                final class Sample {
                    record Data(int a, int b, int c, int d, int e, int f, int g, int h) {
                        Data {
                        }
                    }

                    static final class Nested {
                        static int sum(int a, int b) {
                            return a + b;
                        }
                    }
                }
                """);
        assertThat(methods(List.of(source))).containsExactly(new Method("sum", 3, 2));
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private static long lines(Path file) {
        try (var lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Returns the methods and constructors of `files`. A record's own constructor has as many parameters as the
    /// record has components, and is no method.
    private static List<Method> methods(List<Path> files) throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var found = new ArrayList<Method>();
        try (var manager = compiler.getStandardFileManager(null, null, null)) {
            var task = (JavacTask)
                    compiler.getTask(null, manager, null, null, null, manager.getJavaFileObjectsFromPaths(files));
            var positions = Trees.instance(task).getSourcePositions();
            for (var unit : task.parse()) {
                unit.accept(
                        new TreeScanner<Void, CompilationUnitTree>() {
                            @Override
                            public Void visitClass(ClassTree type, CompilationUnitTree in) {
                                for (var member : type.getMembers()) {
                                    if (member instanceof MethodTree method && !compact(type, method)) {
                                        found.add(measured(method, in));
                                    }
                                }
                                return super.visitClass(type, in);
                            }

                            private Method measured(MethodTree method, CompilationUnitTree in) {
                                var lines = in.getLineMap();
                                var start = lines.getLineNumber(positions.getStartPosition(in, method));
                                var end = lines.getLineNumber(positions.getEndPosition(in, method));
                                return new Method(
                                        method.getName().toString(),
                                        end - start + 1,
                                        method.getParameters().size());
                            }
                        },
                        unit);
            }
        }
        return found;
    }

    private static boolean compact(ClassTree type, MethodTree method) {
        return type.getKind() == Tree.Kind.RECORD && method.getName().contentEquals("<init>");
    }
}
