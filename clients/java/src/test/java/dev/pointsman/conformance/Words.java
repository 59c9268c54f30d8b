package dev.pointsman.conformance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An object of JSON, by the kinds that its members should have; texts stand for their UTF-16 code units. */
record Words(Map<String, Object> members) {
    @SuppressWarnings("unchecked")
    static Words of(Object object) {
        return new Words(object == null ? Map.of() : (Map<String, Object>) texts(object));
    }

    boolean has(String name) {
        return members.containsKey(name);
    }

    Object get(String name) {
        return members.get(name);
    }

    String text(String name) {
        return (String) members.get(name);
    }

    double number(String name) {
        return ((Number) members.get(name)).doubleValue();
    }

    int whole(String name) {
        return ((Number) members.get(name)).intValue();
    }

    long large(String name) {
        return ((Number) members.get(name)).longValue();
    }

    boolean flag(String name) {
        return (Boolean) members.get(name);
    }

    Duration seconds(String name) {
        return Duration.ofNanos((long) (number(name) * 1e9));
    }

    Words in(String name) {
        return of(members.get(name));
    }

    List<Words> list(String name) {
        List<Words> made = new ArrayList<>();
        ((List<?>) members.getOrDefault(name, List.of())).forEach(item -> made.add(of(item)));
        return made;
    }

    String[] texts(String name) {
        return ((List<?>) members.get(name)).toArray(String[]::new);
    }

    private static Object texts(Object value) {
        if (value instanceof Map<?, ?> map) {
            if (map.size() == 1 && map.get("$utf16") instanceof List<?> units) {
                StringBuilder text = new StringBuilder();
                units.forEach(unit -> text.append((char) ((Number) unit).intValue()));
                return text.toString();
            }
            Map<String, Object> made = new LinkedHashMap<>();
            map.forEach((key, inner) -> made.put((String) key, texts(inner)));
            return made;
        }
        return value instanceof List<?> list
                ? list.stream().map(inner -> texts(inner)).toList()
                : value;
    }
}
