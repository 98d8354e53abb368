/// The key service's half of attestation by TPM 2.0: a credential for one key of one TPM, and the verification of what
/// comes
/// back. Names in comments are those of TCG's "TPM 2.0 Library".
///
/// No private key is here, and no tenant's key: the secret in a credential is good for one answer.
@NullMarked
package dev.mvm.protocol.attest.tpm;

import org.jspecify.annotations.NullMarked;
