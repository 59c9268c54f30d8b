package dev.pointsman;

import io.grpc.Status;

/**
 * Arguments or fields are wrong, as {@link #fieldViolations()} says. Its reason is empty where the client itself found it out.
 */
public final class InvalidRequestException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    InvalidRequestException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
