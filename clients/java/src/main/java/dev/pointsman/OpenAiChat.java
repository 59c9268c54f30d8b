package dev.pointsman;

import dev.pointsman.v1.ChatMessage;
import dev.pointsman.v1.Role;
import dev.pointsman.v1.ToolCall;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Messages as OpenAI has them, as those of the contract. */
final class OpenAiChat {
    private static final Map<String, Role> ROLES = new TreeMap<>(Map.of(
            "system", Role.ROLE_SYSTEM,
            "user", Role.ROLE_USER,
            "assistant", Role.ROLE_ASSISTANT,
            "tool", Role.ROLE_TOOL,
            "developer", Role.ROLE_DEVELOPER));
    private static final Set<String> KNOWN = Set.of("role", "content", "name", "tool_call_id", "tool_calls");

    private OpenAiChat() {}

    static ChatMessage message(Map<String, ?> given, String path) {
        if (given == null) {
            throw Errors.invalid(path, "must be a map as {role=user, content=...}, not null");
        }
        Map<String, Object> told = new TreeMap<>(given);
        // Answers of OpenAI's SDK, dumped, carry what is empty as well.
        told.values().removeIf(value -> value == null || (value instanceof Collection<?> list && list.isEmpty()));
        OpenAiParts.refuseUnknown(told.keySet(), KNOWN, path);
        if (!(told.get("role") instanceof String role) || !ROLES.containsKey(role)) {
            throw Errors.invalid(path + ".role", "must be one of " + ROLES.keySet() + ", not " + told.get("role"));
        }
        ChatMessage.Builder made = ChatMessage.newBuilder().setRole(ROLES.get(role));
        putContent(made, told.getOrDefault("content", ""), path + ".content");
        if (told.containsKey("name")) {
            made.setName(OpenAiParts.text(told.get("name"), path + ".name"));
        }
        if (told.containsKey("tool_call_id")) {
            made.setToolCallId(OpenAiParts.text(told.get("tool_call_id"), path + ".tool_call_id"));
        }
        if (told.containsKey("tool_calls")) {
            putCalls(made, told.get("tool_calls"), path + ".tool_calls");
        }
        return made.build();
    }

    private static void putContent(ChatMessage.Builder made, Object content, String path) {
        if (!(content instanceof List<?> parts)) {
            made.setContent(OpenAiParts.text(content, path));
            return;
        }
        for (int i = 0; i < parts.size(); i++) {
            made.addParts(OpenAiParts.part(parts.get(i), path + "[" + i + "]"));
        }
    }

    private static void putCalls(ChatMessage.Builder made, Object given, String path) {
        if (!(given instanceof List<?> calls)) {
            throw Errors.invalid(path, "must be a list");
        }
        for (int i = 0; i < calls.size(); i++) {
            made.addToolCalls(call(calls.get(i), path + "[" + i + "]"));
        }
    }

    private static ToolCall call(Object given, String path) {
        if (!(given instanceof Map<?, ?> call) || !(call.get("function") instanceof Map<?, ?> function)) {
            throw Errors.invalid(path, "must be a map as {id=..., function={name=..., arguments='{...}'}}");
        }
        return ToolCall.newBuilder()
                .setToolCallId(OpenAiParts.text(call.get("id"), path + ".id"))
                .setFunction(OpenAiParts.text(function.get("name"), path + ".function.name"))
                .setArgumentsJson(OpenAiParts.text(function.get("arguments"), path + ".function.arguments"))
                .build();
    }
}
