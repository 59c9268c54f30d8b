package dev.pointsman;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonIOException;
import java.util.Map;

/** Maps of plain values as JSON. */
final class Json {
    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    private Json() {}

    /** The object; path: what the caller calls it. */
    static String of(Map<String, ?> object, String path) {
        if (object == null) {
            throw Errors.invalid(path, "is null: leave it out, or give a map");
        }
        try {
            return GSON.toJson(object);
        } catch (IllegalArgumentException | JsonIOException | StackOverflowError wrong) {
            throw Errors.invalid(path, "cannot be written as JSON: " + wrong.getMessage());
        }
    }
}
