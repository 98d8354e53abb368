/// The register of claims about security, the tests that are marked with them, and the page made of both.
@NullMarked
package dev.mvm.documents.claims;

import org.jspecify.annotations.NullMarked;
