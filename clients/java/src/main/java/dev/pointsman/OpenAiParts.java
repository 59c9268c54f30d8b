package dev.pointsman;

import com.google.protobuf.ByteString;
import dev.pointsman.v1.AudioPart;
import dev.pointsman.v1.ContentPart;
import dev.pointsman.v1.FilePart;
import dev.pointsman.v1.ImagePart;
import java.net.URLConnection;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Content parts as OpenAI has them, as those of the contract. */
final class OpenAiParts {
    private static final List<String> TYPES = List.of("text", "image_url", "input_audio", "file");
    private static final Pattern DATA_URL = Pattern.compile("data:([^;,]+)(?:;[^;,]+)*;base64,");

    private OpenAiParts() {}

    static ContentPart part(Object given, String path) {
        if (!(given instanceof Map<?, ?> part) || !(part.get("type") instanceof String type) || !TYPES.contains(type)) {
            throw Errors.invalid(path, "must be a map whose type is one of " + TYPES);
        }
        refuseUnknown(part.keySet(), Set.of("type", type), path);
        Object body = part.get(type);
        String at = path + "." + type;
        return switch (type) {
            case "text" -> ContentPart.newBuilder().setText(text(body, at)).build();
            case "image_url" -> image(fields(body, Set.of("url", "detail"), at), at);
            case "input_audio" -> audio(fields(body, Set.of("data", "format"), at), at);
            default -> file(fields(body, Set.of("file_id", "file_data", "filename"), at), at);
        };
    }

    static String text(Object value, String path) {
        if (value instanceof String text) {
            return Texts.check(text, path);
        }
        throw Errors.invalid(path, "must be a text, not " + value);
    }

    static void refuseUnknown(Collection<?> given, Set<String> known, String path) {
        for (Object name : given) {
            if (!known.contains(name)) {
                throw Errors.invalid(path + "." + name, "is unknown: it takes " + known);
            }
        }
    }

    private static ContentPart image(Map<?, ?> image, String path) {
        ImagePart.Builder made = ImagePart.newBuilder().setUrl(text(image.get("url"), path + ".url"));
        if (image.get("detail") != null) {
            made.setDetail(text(image.get("detail"), path + ".detail"));
        }
        return ContentPart.newBuilder().setImage(made).build();
    }

    private static ContentPart audio(Map<?, ?> audio, String path) {
        return ContentPart.newBuilder()
                .setAudio(AudioPart.newBuilder()
                        .setData(bytes(text(audio.get("data"), path + ".data"), path + ".data"))
                        .setFormat(text(audio.get("format"), path + ".format")))
                .build();
    }

    private static ContentPart file(Map<?, ?> file, String path) {
        if ((file.get("file_id") == null) == (file.get("file_data") == null)) {
            throw Errors.invalid(path, "must have either file_id or file_data");
        }
        FilePart.Builder made = FilePart.newBuilder();
        if (file.get("filename") != null) {
            made.setFilename(text(file.get("filename"), path + ".filename"));
        }
        if (file.get("file_id") != null) {
            made.setFileId(text(file.get("file_id"), path + ".file_id"));
        } else {
            putData(made, text(file.get("file_data"), path + ".file_data"), path + ".file_data");
        }
        return ContentPart.newBuilder().setFile(made).build();
    }

    private static void putData(FilePart.Builder made, String data, String path) {
        Matcher url = DATA_URL.matcher(data);
        boolean told = url.lookingAt();
        String type = told ? url.group(1) : URLConnection.guessContentTypeFromName(made.getFilename());
        if (type == null) {
            throw Errors.invalid(path, "says no media type: write it as data:application/pdf;base64,...");
        }
        made.setMediaType(type).setData(bytes(told ? data.substring(url.end()) : data, path));
    }

    private static ByteString bytes(String base64, String path) {
        try {
            return ByteString.copyFrom(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException wrong) {
            throw Errors.invalid(path, "is not base64: " + wrong.getMessage());
        }
    }

    private static Map<?, ?> fields(Object given, Set<String> known, String path) {
        if (!(given instanceof Map<?, ?> fields)) {
            throw Errors.invalid(path, "must be a map with " + known);
        }
        refuseUnknown(fields.keySet(), known, path);
        return fields;
    }
}
