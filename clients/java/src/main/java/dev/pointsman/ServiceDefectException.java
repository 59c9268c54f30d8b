package dev.pointsman;

import io.grpc.Status;

/**
 * A defect of the service, or damaged data; {@link #metadata()} has the incident_id that its log knows.
 */
public final class ServiceDefectException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    ServiceDefectException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super(code, description, details, cause);
    }
}
