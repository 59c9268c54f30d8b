package dev.pointsman.conformance;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import com.google.protobuf.Message;
import java.util.Map;

/** Messages of the contract by their names, and JSON of them. */
final class Messages {
    private static final Gson GSON = new Gson();

    private Messages() {}

    static Class<? extends Message> type(String name) {
        try {
            return Class.forName("dev.pointsman.v1." + name).asSubclass(Message.class);
        } catch (ClassNotFoundException unknown) {
            throw new Operations.UnsupportedException("message " + name);
        }
    }

    static Message.Builder builder(String name) {
        try {
            return ((Message) type(name).getMethod("getDefaultInstance").invoke(null)).newBuilderForType();
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static String json(Object value) {
        return GSON.toJson(value);
    }

    static Map<String, Object> plain(String json) {
        return GSON.fromJson(json, new TypeToken<Map<String, Object>>() {}.getType());
    }
}
