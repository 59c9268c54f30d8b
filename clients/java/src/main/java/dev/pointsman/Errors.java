package dev.pointsman;

import static java.util.Map.entry;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Map;

/** Makes the exception of its family from what a call ended with. */
final class Errors {
    private static final Map<String, Family> BY_REASON = Map.ofEntries(
            entry("INVALID_REQUEST", InvalidRequestException::new),
            entry("UNKNOWN_EPISODE", NotFoundException::new),
            entry("UNKNOWN_MODEL", NotFoundException::new),
            entry("UNKNOWN_NODE", NotFoundException::new),
            entry("UNKNOWN_SNAPSHOT", NotFoundException::new),
            entry("UNKNOWN_JOB", NotFoundException::new),
            entry("UNKNOWN_TENANT", NotFoundException::new),
            entry("UNKNOWN_KEY", NotFoundException::new),
            entry("UNKNOWN_API_KEY", NotFoundException::new),
            entry("UNAUTHENTICATED", UnauthenticatedException::new),
            entry("PERMISSION_DENIED", PermissionDeniedException::new),
            entry("DUPLICATE_REQUEST", ConflictException::new),
            entry("REQUEST_CONFLICT", ConflictException::new),
            entry("ALREADY_EXISTS", ConflictException::new),
            entry("STALE_ETAG", AbortedException::new),
            entry("EPISODE_EXPIRED", FailedPreconditionException::new),
            entry("NO_MODEL_LEFT", FailedPreconditionException::new),
            entry("MODELS_UNUSABLE", FailedPreconditionException::new),
            entry("REFUSED", FailedPreconditionException::new),
            entry("TENANT_DISABLED", FailedPreconditionException::new),
            entry("IN_USE", FailedPreconditionException::new),
            entry("NEWER_SCHEMA", FailedPreconditionException::new),
            entry("CONFIGURATION", FailedPreconditionException::new),
            entry("SERVED_ELSEWHERE", FailedPreconditionException::new),
            entry("UNUSABLE_SNAPSHOT", FailedPreconditionException::new),
            entry("BUDGET_EXHAUSTED", BudgetExhaustedException::new),
            entry("OVER_LIMIT", OverLimitException::new),
            entry("EVERY_MODEL_FAILED", UnavailableException::new),
            entry("RATE_LIMITED", UnavailableException::new),
            entry("LOG_UNAVAILABLE", UnavailableException::new),
            entry("EVALUATION_ENDED", UnavailableException::new),
            entry("DEADLINE_TOO_SHORT", DeadlineExceededException::new),
            entry("CORRUPT_SNAPSHOT", ServiceDefectException::new),
            entry("INTERNAL", ServiceDefectException::new));

    /** For an older service, a proxy, or none. A key that a proxy refuses is told by code alone, too. */
    private static final Map<Status.Code, Family> BY_CODE = Map.ofEntries(
            entry(Status.Code.CANCELLED, CancelledException::new),
            entry(Status.Code.INVALID_ARGUMENT, InvalidRequestException::new),
            entry(Status.Code.NOT_FOUND, NotFoundException::new),
            entry(Status.Code.ALREADY_EXISTS, ConflictException::new),
            entry(Status.Code.ABORTED, AbortedException::new),
            entry(Status.Code.FAILED_PRECONDITION, FailedPreconditionException::new),
            entry(Status.Code.UNAUTHENTICATED, UnauthenticatedException::new),
            entry(Status.Code.PERMISSION_DENIED, PermissionDeniedException::new),
            entry(Status.Code.UNAVAILABLE, UnavailableException::new),
            entry(Status.Code.DEADLINE_EXCEEDED, DeadlineExceededException::new),
            entry(Status.Code.INTERNAL, ServiceDefectException::new),
            entry(Status.Code.DATA_LOSS, ServiceDefectException::new));

    private Errors() {}

    /** Why a call is cancelled by this client itself: nobody has answered for as long as the retry policy waits. */
    static final class NobodyAnswers extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** For an argument: its path, and what is wrong with it. */
    static InvalidRequestException invalid(String path, String problem) {
        var violation = new PointsmanException.FieldViolation(path, problem, "");
        var details = new StatusDetails("", Map.of(), List.of(violation), List.of(), null, false);
        return new InvalidRequestException(Status.Code.INVALID_ARGUMENT, path + " " + problem, details, null);
    }

    static ClosedClientException closed(Throwable cause) {
        String message = "the client is closed: make another, or call it before its close()";
        return new ClosedClientException(Status.Code.FAILED_PRECONDITION, message, StatusDetails.NONE, cause);
    }

    static CancelledException cancelled(String message, Throwable cause) {
        return new CancelledException(Status.Code.CANCELLED, message, StatusDetails.NONE, cause);
    }

    /**
     * The exception for a failed call, by its reason, or by its code where no service or an older one answered.
     *
     * @param contact whether somebody is there now: a deadline that passed while nobody was is no slow answer
     */
    static PointsmanException ofCall(Status status, Metadata trailers, Contact contact) {
        StatusDetails details = StatusDetails.ofTrailers(trailers);
        String said = status.getDescription() == null ? "" : status.getDescription();
        // gRPC's own exceptions do not serialize; all that they carry is told.
        boolean foreign =
                status.getCause() instanceof StatusException || status.getCause() instanceof StatusRuntimeException;
        Throwable cause = foreign ? null : status.getCause();
        boolean late = status.getCode() == Status.Code.DEADLINE_EXCEEDED && !contact.isUp();
        boolean nobody = status.getCode() == Status.Code.UNAVAILABLE || late || gaveUp(status);
        if (nobody && details.reason().isEmpty()) {
            String message = "no service answers at " + contact.address()
                    + ": is it running, and is the address right? (" + said + whyIn(status) + ")";
            return new UnavailableException(Status.Code.UNAVAILABLE, message, details, cause);
        }
        return of(status.getCode(), said, details, cause);
    }

    static PointsmanException of(Status.Code code, String message, StatusDetails details, Throwable cause) {
        Family family = BY_REASON.get(details.reason());
        if (family == null) {
            family = BY_CODE.getOrDefault(code, PointsmanException::new);
        }
        return family.make(code, message, details, cause);
    }

    /** Whether the client itself ended the call, because nobody was there. */
    static boolean gaveUp(Status status) {
        return status.getCause() instanceof NobodyAnswers;
    }

    /** What lies below a failed connection, for instance that the certificate is of another authority. */
    private static String whyIn(Status status) {
        Throwable cause = status.getCause();
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause == null || cause instanceof NobodyAnswers ? "" : ": " + cause.getMessage();
    }

    private interface Family {
        PointsmanException make(Status.Code code, String message, StatusDetails details, Throwable cause);
    }
}
