package dev.mvm.image.store;

import java.util.regex.Pattern;

/// Name of an image in a store; safe as a name of a file.
///
/// @param value 1 to 63 lower-case letters, digits, `-`, `_` and `.`, the first a letter or digit
public record ImageName(String value) {
    private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    public ImageName {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("a name of an image has 1 to 63 of a-z, 0-9, '-', '_' and '.'");
        }
    }
}
