package dev.pointsman;

import io.grpc.Status;

/**
 * Somebody else changed it first, so the etag is stale: read it again, then decide.
 */
public final class AbortedException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    AbortedException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
