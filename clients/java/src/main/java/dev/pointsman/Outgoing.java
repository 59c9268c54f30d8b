package dev.pointsman;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import dev.pointsman.v1.RecordFeedbackBatchRequest;
import dev.pointsman.v1.RecordFeedbackRequest;
import dev.pointsman.v1.WarmStartRequest;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Requests as they are sent: with an id that stays the same over retries, so that each has the effect of one however often it
 * is sent, and with texts that can be sent.
 */
final class Outgoing {
    private static final String ID = "request_id";

    private Outgoing() {}

    /** An id that nobody else has. */
    static String newId() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    /**
     * The request, with a new request_id wherever one is missing; the caller's own message stays as it is.
     *
     * @throws InvalidRequestException where a text has half a surrogate pair: protobuf would send a question mark for it
     */
    @SuppressWarnings("unchecked")
    static <Q extends Message> Q of(Q request) {
        check(request, "");
        if (request instanceof RecordFeedbackBatchRequest batch) {
            return (Q) withIds(batch);
        }
        FieldDescriptor id = request.getDescriptorForType().findFieldByName(ID);
        // The service names a warm start by what it holds, so that the very same one counts once: an id would undo
        // that.
        boolean takesOne = id != null && !(request instanceof WarmStartRequest) && !request.hasField(id);
        return takesOne ? (Q) request.toBuilder().setField(id, newId()).build() : request;
    }

    private static RecordFeedbackBatchRequest withIds(RecordFeedbackBatchRequest batch) {
        RecordFeedbackBatchRequest.Builder made = batch.toBuilder();
        for (RecordFeedbackRequest.Builder item : made.getRequestsBuilderList()) {
            if (!item.hasRequestId()) {
                item.setRequestId(newId());
            }
        }
        return made.build();
    }

    private static void check(Message message, String path) {
        for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
            JavaType type = field.getKey().getJavaType();
            if (type != JavaType.STRING && type != JavaType.MESSAGE) {
                continue;
            }
            String at = path.isEmpty()
                    ? field.getKey().getName()
                    : path + "." + field.getKey().getName();
            if (field.getValue() instanceof List<?> values) {
                for (int i = 0; i < values.size(); i++) {
                    checkValue(values.get(i), at + "[" + i + "]");
                }
            } else {
                checkValue(field.getValue(), at);
            }
        }
    }

    private static void checkValue(Object value, String at) {
        if (value instanceof String text) {
            Texts.check(text, at);
        } else if (value instanceof MapEntry<?, ?> entry) {
            checkValue(entry.getKey(), at);
            checkValue(entry.getValue(), at);
        } else if (value instanceof Message inner) {
            check(inner, at);
        }
    }
}
