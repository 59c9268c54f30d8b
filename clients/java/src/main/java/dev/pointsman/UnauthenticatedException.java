package dev.pointsman;

import io.grpc.Status;

/**
 * No key or token was sent, or none that is valid: give the builder an {@code apiKey}, or set POINTSMAN_API_KEY.
 */
public final class UnauthenticatedException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    UnauthenticatedException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
