/// Operators' own keys and certificates: requests for certificates, and the files of a credential.
@NullMarked
package dev.mvm.cli.certificate;

import org.jspecify.annotations.NullMarked;
