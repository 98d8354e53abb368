package dev.mvm.documents.generated;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/// XML documents, read without anything that they refer to.
final class Xml {
    private Xml() {}

    /// Returns the uppermost element.
    ///
    /// @throws IllegalArgumentException if the text is not well-formed
    static Element parse(String text) {
        try {
            var factory = DocumentBuilderFactory.newDefaultInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return factory.newDocumentBuilder()
                    .parse(new InputSource(new StringReader(text)))
                    .getDocumentElement();
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new IllegalArgumentException("not XML", e);
        }
    }

    /// Returns the first child of that name.
    static Optional<Element> child(Element parent, String name) {
        return children(Optional.of(parent), name).stream().findFirst();
    }

    /// Returns all children of that name, in order.
    static List<Element> children(Optional<Element> parent, String name) {
        var out = new ArrayList<Element>();
        parent.ifPresent(element -> {
            for (var node = element.getFirstChild(); node != null; node = node.getNextSibling()) {
                if (node instanceof Element child && child.getTagName().equals(name)) {
                    out.add(child);
                }
            }
        });
        return out;
    }

    /// Returns the text of the first child of that name.
    static Optional<String> text(Element parent, String name) {
        return child(parent, name).map(element -> element.getTextContent().strip());
    }
}
