package dev.pointsman;

import io.grpc.Status;

/**
 * The client, or the channel that it was given, is closed: make another.
 */
public final class ClosedClientException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    ClosedClientException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
