package dev.mvm.documents.generated;

import static dev.mvm.documents.generated.Xml.child;
import static dev.mvm.documents.generated.Xml.children;
import static dev.mvm.documents.generated.Xml.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.w3c.dom.Element;

/// A module's description for Maven.
///
/// @param artifact its name for Maven
/// @param parent file name of the pom that it inherits from, without `.pom`
/// @param dependencies the names for Maven of what it needs to compile and to run, in order
/// @param modules folders of its modules, in order
/// @param licences names of its licences, in order
record Pom(
        String artifact,
        Optional<String> parent,
        List<String> dependencies,
        List<String> modules,
        List<String> licences) {
    Pom {
        dependencies = List.copyOf(dependencies);
        modules = List.copyOf(modules);
        licences = List.copyOf(licences);
    }

    /// Reads a pom.
    ///
    /// @throws IllegalArgumentException if it is not well-formed
    static Pom parse(String xml) {
        var project = Xml.parse(xml);
        var dependencies = new ArrayList<String>();
        for (var dependency : children(child(project, "dependencies"), "dependency")) {
            var scope = text(dependency, "scope").orElse("compile");
            if (!scope.equals("test") && !scope.equals("provided")) {
                dependencies.add(required(dependency, "artifactId"));
            }
        }
        var modules = children(child(project, "modules"), "module").stream()
                .map(module -> module.getTextContent().strip())
                .toList();
        var licences = children(child(project, "licenses"), "license").stream()
                .map(licence -> required(licence, "name"))
                .toList();
        var parent = child(project, "parent")
                .map(element -> required(element, "artifactId") + "-" + required(element, "version"));
        return new Pom(required(project, "artifactId"), parent, dependencies, modules, licences);
    }

    private static String required(Element element, String name) {
        return text(element, name).orElseThrow(() -> new IllegalArgumentException("a pom without " + name));
    }
}
