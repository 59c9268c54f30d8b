package dev.pointsman;

import io.grpc.Status;

/**
 * The tenant's ceiling for this period is reached; {@link #retryAfter()} says when the next begins.
 */
public final class BudgetExhaustedException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    BudgetExhaustedException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
