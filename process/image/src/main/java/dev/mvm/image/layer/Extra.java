package dev.mvm.image.layer;

/// A file that the importer adds to the image: `/.mvm/config`. The folder `/.mvm` is mvm's, an image that has
/// one is refused.
public final class Extra {
    private final byte[] config;

    private Extra(byte[] config) {
        this.config = config;
    }

    /// Returns the file `/.mvm/config` with these bytes.
    public static Extra config(byte[] content) {
        return new Extra(content.clone());
    }

    byte[] content() {
        return config.clone();
    }
}
