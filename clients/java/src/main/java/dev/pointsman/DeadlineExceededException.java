package dev.pointsman;

import io.grpc.Status;

/**
 * The deadline passed before an answer came.
 */
public final class DeadlineExceededException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    DeadlineExceededException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
