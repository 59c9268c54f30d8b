package dev.pointsman;

import com.google.protobuf.ByteString;
import dev.pointsman.v1.AudioPart;
import dev.pointsman.v1.ChatMessage;
import dev.pointsman.v1.ContentPart;
import dev.pointsman.v1.FilePart;
import dev.pointsman.v1.ImagePart;
import dev.pointsman.v1.Role;
import java.util.List;
import java.util.Map;

/**
 * Messages of a chat, and their parts.
 *
 * <pre>{@code
 * Ask.of(Chat.system("Answer in one word."), Chat.user(Chat.text("What is this?"), Chat.image("image/png", bytes)));
 * }</pre>
 */
public final class Chat {
    private Chat() {}

    /**
     * Standing instructions to the model.
     *
     * @param text the instructions
     * @return the message
     */
    public static ChatMessage system(String text) {
        return message(Role.ROLE_SYSTEM, text);
    }

    /**
     * What the person, or the program, asks.
     *
     * @param text the question
     * @return the message
     */
    public static ChatMessage user(String text) {
        return message(Role.ROLE_USER, text);
    }

    /**
     * What is asked, in parts.
     *
     * @param parts of {@link #text}, {@link #image}, {@link #audio} and {@link #file}
     * @return the message
     */
    public static ChatMessage user(ContentPart... parts) {
        return ChatMessage.newBuilder()
                .setRole(Role.ROLE_USER)
                .addAllParts(List.of(parts))
                .build();
    }

    /**
     * What the model said in an earlier turn.
     *
     * @param text what it said
     * @return the message
     */
    public static ChatMessage assistant(String text) {
        return message(Role.ROLE_ASSISTANT, text);
    }

    /**
     * The result of a tool that the model wanted called.
     *
     * @param toolCallId the model's id of the call
     * @param result what the tool brought
     * @return the message
     */
    public static ChatMessage toolResult(String toolCallId, String result) {
        return message(Role.ROLE_TOOL, result).toBuilder()
                .setToolCallId(Texts.check(toolCallId, "toolCallId"))
                .build();
    }

    /**
     * A message as OpenAI has it: {@code role}, {@code content} (a text, or parts of type text, image_url, input_audio and
     * file), {@code name}, {@code tool_calls}, {@code tool_call_id}.
     *
     * @param message the message, as its JSON reads
     * @return the same in the terms of the contract
     * @throws InvalidRequestException for what it could only drop
     */
    public static ChatMessage fromOpenAi(Map<String, ?> message) {
        return OpenAiChat.message(message, "messages");
    }

    /**
     * A part that is text.
     *
     * @param text the text
     * @return the part
     */
    public static ContentPart text(String text) {
        return ContentPart.newBuilder().setText(Texts.check(text, "text")).build();
    }

    /**
     * A picture that the provider fetches.
     *
     * @param url http, https or data
     * @return the part
     */
    public static ContentPart image(String url) {
        return ContentPart.newBuilder()
                .setImage(ImagePart.newBuilder().setUrl(Texts.check(url, "url")))
                .build();
    }

    /**
     * A picture.
     *
     * @param mediaType for instance {@code image/png}
     * @param data the picture itself
     * @return the part
     */
    public static ContentPart image(String mediaType, byte[] data) {
        return ContentPart.newBuilder()
                .setImage(ImagePart.newBuilder()
                        .setMediaType(Texts.check(mediaType, "mediaType"))
                        .setData(ByteString.copyFrom(data)))
                .build();
    }

    /**
     * Sound.
     *
     * @param format for instance {@code wav}
     * @param data the sound itself
     * @return the part
     */
    public static ContentPart audio(String format, byte[] data) {
        return ContentPart.newBuilder()
                .setAudio(AudioPart.newBuilder()
                        .setFormat(Texts.check(format, "format"))
                        .setData(ByteString.copyFrom(data)))
                .build();
    }

    /**
     * A document.
     *
     * @param filename its name
     * @param mediaType for instance {@code application/pdf}
     * @param data the document itself
     * @return the part
     */
    public static ContentPart file(String filename, String mediaType, byte[] data) {
        return ContentPart.newBuilder()
                .setFile(FilePart.newBuilder()
                        .setFilename(Texts.check(filename, "filename"))
                        .setMediaType(Texts.check(mediaType, "mediaType"))
                        .setData(ByteString.copyFrom(data)))
                .build();
    }

    private static ChatMessage message(Role role, String text) {
        return ChatMessage.newBuilder()
                .setRole(role)
                .setContent(Texts.check(text, "text"))
                .build();
    }
}
