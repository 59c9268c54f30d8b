package dev.pointsman;

import io.grpc.Status;

/**
 * The key may not do this; {@link #metadata()} has the role that it needs, or the tenant that it may not act for.
 */
public final class PermissionDeniedException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    PermissionDeniedException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
