package dev.pointsman;

import io.grpc.Status;

/**
 * A limit of the key, its tenant or the service is reached, and nothing was done.
 *
 * <p>Not tried again by itself, which would keep the limit reached: come back after {@link #retryAfter()}.
 */
public final class OverLimitException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    OverLimitException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
