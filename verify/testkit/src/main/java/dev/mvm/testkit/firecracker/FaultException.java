package dev.mvm.testkit.firecracker;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/// Firecracker's refusal of a request, in its words.
final class FaultException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    static final String PREBOOT = "The requested operation is not supported before starting the microVM.";
    static final String POSTBOOT = "The requested operation is not supported after starting the microVM.";

    private final boolean fatal;

    private FaultException(String message, boolean fatal) {
        super(message);
        this.fatal = fatal;
    }

    FaultException(String message) {
        this(message, false);
    }

    /// A failure after which Firecracker gives the process up.
    static FaultException fatal(String message) {
        return new FaultException(message, true);
    }

    boolean isFatal() {
        return fatal;
    }

    String message() {
        return String.valueOf(getMessage());
    }

    /// An error of the operating system as Rust prints it.
    static String text(IOException error) {
        return switch (error) {
            case NoSuchFileException _ -> "No such file or directory (os error 2)";
            case AccessDeniedException _ -> "Permission denied (os error 13)";
            case FileSystemException e when "Is a directory".equals(e.getReason()) -> "Is a directory (os error 21)";
            case FileSystemException e when "Not a directory".equals(e.getReason()) -> "Not a directory (os error 20)";
            case java.net.BindException _ -> "Address already in use (os error 98)";
            default -> "Input/output error (os error 5)";
        };
    }
}
