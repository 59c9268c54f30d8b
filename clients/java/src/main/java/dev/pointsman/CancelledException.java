package dev.pointsman;

import io.grpc.Status;

/**
 * The caller hung up: its thread was interrupted, its future or its stream cancelled.
 */
public final class CancelledException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    CancelledException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
