package dev.mvm.protocol.qmp;

import java.util.regex.Pattern;

/// Destination or source of a state (a migration URI).
public sealed interface StateChannel {
    /// The URI.
    String uri();

    /// A file.
    ///
    /// @param path absolute, at most 255 characters, of names made of ASCII letters, digits, `.`, `_` and `-`
    ///     that are neither empty nor made of dots alone
    record File(String path) implements StateChannel {
        private static final Pattern FORM = Pattern.compile("(/(?!\\.+(/|$))[A-Za-z0-9._-]+)+");

        public File {
            if (path.length() > 255 || !FORM.matcher(path).matches()) {
                throw new IllegalArgumentException("not a path for a state");
            }
        }

        @Override
        public String uri() {
            return "file:" + path;
        }
    }

    /// A socket of the file system: QEMU connects to it to write a state, and listens there to read one.
    ///
    /// @param path as [File]'s, at most 107 characters
    record Socket(String path) implements StateChannel {
        public Socket {
            if (path.length() > 107 || !File.FORM.matcher(path).matches()) {
                throw new IllegalArgumentException("not a path for a socket");
            }
        }

        @Override
        public String uri() {
            return "unix:" + path;
        }
    }

    /// A descriptor that QEMU inherited, as `-add-fd fd=N,set=SET` says. It must have been opened for writing only
    /// to write a state and for reading only to read one. (A URI of the form `fd:` names descriptors that were sent
    /// over the monitor's socket, which this module cannot do.)
    ///
    /// @param set 0 to 65,535
    record Inherited(int set) implements StateChannel {
        public Inherited {
            if (set < 0 || set > 65_535) {
                throw new IllegalArgumentException("a descriptor set is 0 to 65535");
            }
        }

        @Override
        public String uri() {
            return "file:/dev/fdset/" + set;
        }
    }
}
