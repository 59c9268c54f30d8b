package dev.pointsman;

import com.google.rpc.Code;
import io.grpc.Status;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What can go wrong: the base of one exception for each family of {@code dev.pointsman.v1.ErrorReason}, and of those that
 * the client itself throws. Unchecked, and serializable with all that it carries.
 *
 * <pre>{@code
 * try {
 *     pointsman.complete("What is 2 + 2?");
 * } catch (BudgetExhaustedException spent) {
 *     retryLater(spent.retryAfter().orElseThrow());
 * } catch (PointsmanException failed) {
 *     log(failed.reason(), failed.metadata());
 * }
 * }</pre>
 */
public class PointsmanException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** gRPC's. */
    private final Status.Code code;
    /** In words. */
    private final String description;
    /** What the service said beyond its code. */
    private final StatusDetails details;

    PointsmanException(Status.Code code, String description, StatusDetails details, Throwable cause) {
        super((details.reason().isEmpty() ? code.name() : details.reason()) + ": " + description, cause);
        this.code = code;
        this.description = description;
        this.details = details;
    }

    /**
     * The exception for a status that came in a message: what the same failure would have thrown as a call of its own.
     *
     * <p>For items of a batch: {@code PointsmanException.of(result.getError())} where {@code result.hasError()}.
     *
     * @param status of something that failed
     * @return the exception, to throw or to look at
     * @throws InvalidRequestException where the status is OK
     */
    public static PointsmanException of(com.google.rpc.Status status) {
        if (status.getCode() == Code.OK_VALUE) {
            throw Errors.invalid("status", "is of nothing that failed: ask hasError() first");
        }
        return Errors.of(
                Status.fromCodeValue(status.getCode()).getCode(), status.getMessage(), StatusDetails.of(status), null);
    }

    /**
     * gRPC's status code.
     *
     * @return the code, never OK
     */
    public Status.Code code() {
        return code;
    }

    /**
     * Why, for programs: a value of ErrorReason without its prefix, for instance {@code UNKNOWN_EPISODE}.
     *
     * @return the reason; empty where no service answered
     */
    public String reason() {
        return details.reason();
    }

    /**
     * What happened, in words, without the reason that {@link #getMessage()} puts before it.
     *
     * @return the words of the service, or of this client
     */
    public String description() {
        return description;
    }

    /**
     * What it was about, for instance {@code episode_id}.
     *
     * @return facts by name
     */
    public Map<String, String> metadata() {
        return details.metadata();
    }

    /**
     * All fields that are wrong.
     *
     * @return a violation for each; empty where fields are not the matter
     */
    public List<FieldViolation> fieldViolations() {
        return details.fields();
    }

    /**
     * The budgets and limits that are reached.
     *
     * @return a violation for each
     */
    public List<QuotaViolation> quotaViolations() {
        return details.quotas();
    }

    /**
     * How long to wait before trying again.
     *
     * @return the wait; empty where waiting is no use
     */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(details.retryAfter());
    }

    /**
     * Whether the service asks for no try by itself, as where each would call all providers again.
     *
     * @return true where programs should not try again
     */
    public boolean forbidsRetry() {
        return details.forbidsRetry();
    }

    /**
     * One field that is wrong.
     *
     * @param field its path, for instance {@code query.preference.dial}
     * @param description what is wrong with it
     * @param reason for programs, for instance OUT_OF_RANGE; empty where the client itself refuses
     */
    public record FieldViolation(String field, String description, String reason) implements Serializable {}

    /**
     * One budget or limit that is reached.
     *
     * @param subject whose it is, for instance {@code tenant:team-a}
     * @param description which it is, in words
     */
    public record QuotaViolation(String subject, String description) implements Serializable {}
}
