package dev.pointsman;

import io.grpc.Status;

/**
 * No service answers, or it cannot answer now. It was retried already, as the {@link RetryPolicy} says.
 */
public final class UnavailableException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    UnavailableException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
