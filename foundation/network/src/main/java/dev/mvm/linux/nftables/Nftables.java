package dev.mvm.linux.nftables;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The packet filter of the calling thread's network namespace, in libnftables' JSON; libnftables(3),
/// libnftables-json(5). Each document is one transaction of the kernel: all of it takes effect, or nothing.
///
/// A context of the library belongs to one thread and to the namespace it was made in, so each call has its own.
public final class Nftables {
    // nftables/libnftables.h
    private static final int NFT_CTX_DEFAULT = 0;
    private static final int NFT_CTX_INPUT_NO_DNS = 1;
    private static final int NFT_CTX_OUTPUT_JSON = 1 << 4;
    private static final int NFT_CTX_OUTPUT_NUMERIC_ALL = 0xf << 7;

    private static final long MOST_OUTPUT = 64 << 20;
    private static final long MOST_ERROR = 4 << 10;

    private final CFunction create = Library.LIBNFTABLES.find("nft_ctx_new");
    private final CFunction free = Library.LIBNFTABLES.find("nft_ctx_free");
    private final CFunction setInput = Library.LIBNFTABLES.find("nft_ctx_input_set_flags");
    private final CFunction setOutput = Library.LIBNFTABLES.find("nft_ctx_output_set_flags");
    private final CFunction bufferOutput = Library.LIBNFTABLES.find("nft_ctx_buffer_output");
    private final CFunction bufferError = Library.LIBNFTABLES.find("nft_ctx_buffer_error");
    private final CFunction output = Library.LIBNFTABLES.find("nft_ctx_get_output_buffer");
    private final CFunction error = Library.LIBNFTABLES.find("nft_ctx_get_error_buffer");
    private final CFunction run = Library.LIBNFTABLES.find("nft_run_cmd_from_buffer");

    /// Finds the library.
    ///
    /// @throws MissingLibraryException if libnftables.so.1 is not installed, or is older than 1.0.8
    public Nftables() throws MissingLibraryException {}

    /// Runs commands of nft(8), or a document `{"nftables":[...]}` of libnftables-json(5), as one transaction. Needs
    /// CAP_NET_ADMIN.
    ///
    /// @param commands nothing of anybody else's: the language can read files
    /// @return the answer, as a JSON document, numbers as numbers
    /// @throws LibraryException with the first line of what the library says, if it was refused; nothing has
    ///     changed
    @CanIgnoreReturnValue
    public String apply(String commands) throws IOException {
        long context = create.call(NFT_CTX_DEFAULT);
        if (context == 0) {
            throw new LibraryException("nft_ctx_new", "no context");
        }
        try (var arena = Arena.ofConfined()) {
            return runIn(context, CString.of(arena, commands));
        } finally {
            var _ = free.call(context);
        }
    }

    private String runIn(long context, MemorySegment commands) throws IOException {
        var _ = setInput.call(context, NFT_CTX_INPUT_NO_DNS);
        var _ = setOutput.call(context, NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_NUMERIC_ALL);
        int unbuffered = (int) bufferOutput.call(context) | (int) bufferError.call(context);
        int result = unbuffered != 0 ? unbuffered : (int) run.call(context, commands.address());
        if (result != 0) {
            throw new LibraryException("nft_run_cmd_from_buffer", read(error, context, MOST_ERROR));
        }
        return read(output, context, MOST_OUTPUT);
    }

    private static String read(CFunction buffer, long context, long most) throws MissingLibraryException {
        return CString.read(buffer.call(context), most);
    }
}
