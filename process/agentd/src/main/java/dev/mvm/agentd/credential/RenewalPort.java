package dev.mvm.agentd.credential;

/// The coordinator, asked for a certificate.
@FunctionalInterface
public interface RenewalPort {
    /// Asks for a certificate for the caller's own name.
    ///
    /// @param request PKCS #10 in DER
    /// @throws RenewalException if there is no answer, or it is a refusal
    RenewalAnswer ask(byte[] request) throws RenewalException;
}
