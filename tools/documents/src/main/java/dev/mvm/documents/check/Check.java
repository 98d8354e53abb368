package dev.mvm.documents.check;

import java.util.List;

/// One comparison of documents with the code.
@FunctionalInterface
public interface Check {
    /// Returns every fault, one line each, beginning with the document and the line if there is one.
    List<String> complaints();
}
