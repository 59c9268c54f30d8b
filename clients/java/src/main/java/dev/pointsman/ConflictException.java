package dev.pointsman;

import io.grpc.Status;

/**
 * There is one already: the request id was used with other content, or something of this name exists.
 */
public final class ConflictException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    ConflictException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
