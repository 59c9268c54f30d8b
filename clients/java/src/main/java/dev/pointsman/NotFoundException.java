package dev.pointsman;

import io.grpc.Status;

/**
 * No such episode (of this tenant), model, tenant, taxonomy node, snapshot, job, API key or configuration key.
 */
public final class NotFoundException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    NotFoundException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
