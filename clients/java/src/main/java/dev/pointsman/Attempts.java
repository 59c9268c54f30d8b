package dev.pointsman;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * The attempts of one call: what is left of its deadline, and whether to go on after an error.
 *
 * <p>Every request has the effect of one however often it is sent: see {@link Outgoing}. Not thread-safe: attempts of one
 * call follow each other.
 */
final class Attempts {
    private static final Set<String> OF_PROVIDERS = Set.of("EVERY_MODEL_FAILED", "RATE_LIMITED");

    private final RetryPolicy policy;
    private final Duration timeout;
    private final Contact contact;
    private final LongSupplier nanos;
    private final long started;
    private int failures;
    private int providerFailures;
    private long failedFirst;

    /**
     * Begins now.
     *
     * @param timeout null for no deadline
     * @param nanos a monotonic clock
     */
    Attempts(RetryPolicy policy, Duration timeout, Contact contact, LongSupplier nanos) {
        this.policy = policy;
        this.timeout = timeout;
        this.contact = contact;
        this.nanos = nanos;
        this.started = nanos.getAsLong();
    }

    /** What is left of the deadline, not below 0; null for no deadline. */
    Duration left() {
        if (timeout == null) {
            return null;
        }
        Duration left = timeout.minusNanos(nanos.getAsLong() - started);
        return left.isNegative() ? Duration.ZERO : left;
    }

    /**
     * How long to wait before the next attempt.
     *
     * @throws PointsmanException the error itself, where there must be no other attempt
     */
    Duration waitAfter(PointsmanException error) {
        long now = nanos.getAsLong();
        if (failures++ == 0) {
            failedFirst = now;
        }
        if (!error.reason().isEmpty()) {
            contact.answered();
        }
        if (OF_PROVIDERS.contains(error.reason())) {
            providerFailures++;
        }
        Duration wait = policy.waitAfter(failures, ThreadLocalRandom.current().nextDouble());
        Duration asked = error.retryAfter().orElse(Duration.ZERO);
        wait = asked.compareTo(wait) > 0 ? asked : wait;
        if (!(error instanceof UnavailableException) || error.forbidsRetry() || isOver(now, wait)) {
            throw error;
        }
        return wait;
    }

    /** Whether an attempt after this wait would be one too many, or too late. */
    private boolean isOver(long now, Duration wait) {
        if (policy.attempts().isPresent() && failures >= policy.attempts().getAsInt()) {
            return true;
        }
        if (providerFailures >= policy.providerAttempts()) {
            return true;
        }
        Duration outage = wait.plusNanos(now - failedFirst);
        if (!contact.isMade() && outage.compareTo(policy.firstContact()) >= 0) {
            return true;
        }
        if (timeout == null) {
            return outage.compareTo(policy.longestOutage()) >= 0;
        }
        return wait.plusNanos(now - started).compareTo(timeout) >= 0;
    }
}
