package dev.pointsman;

import io.grpc.Status;

/**
 * The request is fine, the state is not: no model fits, the tenant is disabled, something else needs it.
 */
public final class FailedPreconditionException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    FailedPreconditionException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
