package dev.pointsman.conformance;

import dev.pointsman.Answer;
import dev.pointsman.AnswerStream;
import dev.pointsman.v1.StreamCompleteResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A stream, item by item. */
final class Heard implements AutoCloseable {
    private final AnswerStream stream;
    private final List<String> texts = new ArrayList<>();
    private final List<String> items = new ArrayList<>();

    Heard(AnswerStream stream) {
        this.stream = stream;
    }

    /** Reads to the end, or to the first item of this kind, at which the caller hangs up. */
    Answer read(String hangUpAt) {
        for (StreamCompleteResponse item : stream.items()) {
            if (hear(item).equals(hangUpAt)) {
                stream.cancel();
                throw new Operations.HungUpException(told(null));
            }
        }
        return stream.answer();
    }

    Map<String, Object> told(Answer answer) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("texts", List.copyOf(texts));
        told.put("items", List.copyOf(items));
        told.put("retractions", Collections.frequency(items, "retraction"));
        told.put("episode_id", stream.episodeId().orElse(null));
        told.put("request_id", stream.requestId());
        told.put("final", answer == null ? null : Told.answer(answer));
        return told;
    }

    private String hear(StreamCompleteResponse item) {
        String kind = item.getItemCase().name().toLowerCase(Locale.ROOT);
        items.add(kind);
        if (item.hasText()) {
            texts.add(item.getText().getText());
        } else if (item.hasRetraction()) {
            texts.clear();
        }
        return kind;
    }

    @Override
    public void close() {
        stream.close();
    }
}
