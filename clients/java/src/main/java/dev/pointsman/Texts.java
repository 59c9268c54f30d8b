package dev.pointsman;

/** Texts that can be sent. */
final class Texts {
    private Texts() {}

    /**
     * The text.
     *
     * @throws InvalidRequestException where it is null, or has half a surrogate pair
     */
    static String check(String text, String path) {
        if (text == null) {
            throw Errors.invalid(path, "is null: leave it out, or give a text");
        }
        int at = halfPair(text);
        if (at >= 0) {
            throw Errors.invalid(
                    path,
                    "has half a surrogate pair at " + at + ", which cannot be sent: replace it, as"
                            + " new String(text.getBytes(UTF_8), UTF_8) does");
        }
        return text;
    }

    /** Where half a surrogate pair stands; -1 where there is none. */
    private static int halfPair(String text) {
        boolean open = false;
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (open != Character.isLowSurrogate(unit)) {
                return open ? i - 1 : i;
            }
            open = Character.isHighSurrogate(unit);
        }
        return open ? text.length() - 1 : -1;
    }
}
