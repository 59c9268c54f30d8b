package dev.pointsman;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.QuotaFailure;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.Metadata;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What a service says of a failed call beyond its code: the google.rpc details of it.
 *
 * @param reason of ErrorReason, without its prefix; empty where there is none
 * @param metadata what it was about
 * @param fields which fields are wrong
 * @param quotas which quotas are spent
 * @param retryAfter how long to wait, null where waiting is no use
 * @param forbidsRetry whether the service asks not to be asked again by itself (gRFC A6)
 */
record StatusDetails(
        String reason,
        Map<String, String> metadata,
        List<PointsmanException.FieldViolation> fields,
        List<PointsmanException.QuotaViolation> quotas,
        Duration retryAfter,
        boolean forbidsRetry)
        implements Serializable {

    static final StatusDetails NONE = new StatusDetails("", Map.of(), List.of(), List.of(), null, false);

    private static final Metadata.Key<byte[]> DETAILS =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
    private static final Metadata.Key<String> PUSHBACK =
            Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);
    /** No wait of this many digits ends; a long has room for 18. */
    private static final String MILLISECONDS = "[0-9]{1,15}";

    /** The details in the trailers of a call; empty where there are none, or where they cannot be read. */
    static StatusDetails ofTrailers(Metadata trailers) {
        if (trailers == null) {
            return NONE;
        }
        String pushback = trailers.get(PUSHBACK);
        Duration wait =
                pushback != null && pushback.matches(MILLISECONDS) ? Duration.ofMillis(Long.parseLong(pushback)) : null;
        return of(statusIn(trailers), wait, pushback != null && wait == null);
    }

    /** The details of a status that came in a message, for instance of one item of a batch. */
    static StatusDetails of(Status status) {
        return of(status, null, false);
    }

    private static StatusDetails of(Status status, Duration pushback, boolean forbidsRetry) {
        ErrorInfo info = find(status, ErrorInfo.class, ErrorInfo.getDefaultInstance());
        BadRequest bad = find(status, BadRequest.class, BadRequest.getDefaultInstance());
        QuotaFailure quota = find(status, QuotaFailure.class, QuotaFailure.getDefaultInstance());
        RetryInfo retry = find(status, RetryInfo.class, RetryInfo.getDefaultInstance());
        Duration asked = retry.hasRetryDelay() ? delay(retry.getRetryDelay()) : pushback;
        return new StatusDetails(
                info.getReason(),
                Map.copyOf(info.getMetadataMap()),
                bad.getFieldViolationsList().stream()
                        .map(v ->
                                new PointsmanException.FieldViolation(v.getField(), v.getDescription(), v.getReason()))
                        .toList(),
                quota.getViolationsList().stream()
                        .map(v -> new PointsmanException.QuotaViolation(v.getSubject(), v.getDescription()))
                        .toList(),
                asked,
                forbidsRetry);
    }

    private static Duration delay(com.google.protobuf.Duration told) {
        return Duration.ofSeconds(told.getSeconds(), told.getNanos());
    }

    private static Status statusIn(Metadata trailers) {
        byte[] packed = trailers.get(DETAILS);
        try {
            return packed == null ? Status.getDefaultInstance() : Status.parseFrom(packed);
        } catch (InvalidProtocolBufferException damaged) {
            // A proxy may have put its own there; the status code still tells.
            return Status.getDefaultInstance();
        }
    }

    private static <D extends Message> D find(Status status, Class<D> kind, D none) {
        for (Any detail : status.getDetailsList()) {
            if (detail.is(kind)) {
                try {
                    return detail.unpack(kind);
                } catch (InvalidProtocolBufferException damaged) {
                    return none;
                }
            }
        }
        return none;
    }
}
