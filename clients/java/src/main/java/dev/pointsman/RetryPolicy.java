package dev.pointsman;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * How long a call that found no service, or a busy one, is tried again: to its deadline, if nothing here ends it.
 *
 * <p>The n-th wait is {@code firstWait * factor^(n - 1)}, at most {@code longestWait}, of which a random half is cut, so that
 * many clients do not come back at once; where the service asks for more, that. While nobody is there, calls wait for a
 * connection (gRPC's waitForReady), unless attempts are counted.
 *
 * <p>Immutable: each {@code with...} returns another policy.
 */
public final class RetryPolicy {
    /** Beyond so many doublings the power would overflow one day; the longest wait is reached long before. */
    private static final int MOST_DOUBLINGS = 64;

    private static final RetryPolicy STANDARD = new RetryPolicy(
            0, Duration.ofMillis(100), 2.0, Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofSeconds(20), 1);

    private final int attempts;
    private final Duration firstWait;
    private final double factor;
    private final Duration longestWait;
    private final Duration longestOutage;
    private final Duration firstContact;
    private final int providerAttempts;

    private RetryPolicy(
            int attempts,
            Duration firstWait,
            double factor,
            Duration longestWait,
            Duration longestOutage,
            Duration firstContact,
            int providerAttempts) {
        this.attempts = attempts;
        this.firstWait = firstWait;
        this.factor = factor;
        this.longestWait = longestWait;
        this.longestOutage = longestOutage;
        this.firstContact = firstContact;
        this.providerAttempts = providerAttempts;
    }

    /**
     * The policy of a client that is given none.
     *
     * @return retries until the deadline
     */
    public static RetryPolicy standard() {
        return STANDARD;
    }

    /**
     * No retries: what fails is told at once.
     *
     * @return a policy of one attempt
     */
    public static RetryPolicy none() {
        return STANDARD.withAttempts(1);
    }

    /**
     * Bounds the number of attempts.
     *
     * @param attempts calls in all, from 1, which is no retry
     * @return the policy with it
     */
    public RetryPolicy withAttempts(int attempts) {
        return new RetryPolicy(
                positive("attempts", attempts),
                firstWait,
                factor,
                longestWait,
                longestOutage,
                firstContact,
                providerAttempts);
    }

    /**
     * Sets how waits grow.
     *
     * @param firstWait the first wait
     * @param factor by which each further wait is longer, 1 or more
     * @param longestWait what waits grow to
     * @return the policy with them
     */
    public RetryPolicy withWaits(Duration firstWait, double factor, Duration longestWait) {
        if (!(factor >= 0) || Double.isInfinite(factor)) {
            throw Errors.invalid("factor", "must be a number, 0 or more, not " + factor);
        }
        return new RetryPolicy(
                attempts,
                time("firstWait", firstWait),
                factor,
                time("longestWait", longestWait),
                longestOutage,
                firstContact,
                providerAttempts);
    }

    /**
     * Sets how long nobody may answer before a call without a deadline gives up.
     *
     * @param longestOutage since the first failure
     * @return the policy with it
     */
    public RetryPolicy withLongestOutage(Duration longestOutage) {
        return new RetryPolicy(
                attempts,
                firstWait,
                factor,
                longestWait,
                time("longestOutage", longestOutage),
                firstContact,
                providerAttempts);
    }

    /**
     * Sets when a client that no service has ever answered gives up, with a deadline too: the address may be wrong.
     *
     * @param firstContact since the first failure
     * @return the policy with it
     */
    public RetryPolicy withFirstContact(Duration firstContact) {
        return new RetryPolicy(
                attempts,
                firstWait,
                factor,
                longestWait,
                longestOutage,
                time("firstContact", firstContact),
                providerAttempts);
    }

    /**
     * Sets how often to call where the service answers that every model failed: it has tried each already.
     *
     * @param providerAttempts calls in all, from 1; more than one asks providers in trouble for the same again
     * @return the policy with it
     */
    public RetryPolicy withProviderAttempts(int providerAttempts) {
        return new RetryPolicy(
                attempts,
                firstWait,
                factor,
                longestWait,
                longestOutage,
                firstContact,
                positive("providerAttempts", providerAttempts));
    }

    /** How long to wait after so many failures; jitter in [0, 1]. */
    Duration waitAfter(int failures, double jitter) {
        double grown = (double) firstWait.toNanos() * Math.pow(factor, Math.min(failures - 1, MOST_DOUBLINGS));
        return Duration.ofNanos((long) (Math.min(grown, (double) longestWait.toNanos()) * (0.5 + jitter / 2)));
    }

    OptionalInt attempts() {
        return attempts == 0 ? OptionalInt.empty() : OptionalInt.of(attempts);
    }

    Duration longestOutage() {
        return longestOutage;
    }

    Duration firstContact() {
        return firstContact;
    }

    int providerAttempts() {
        return providerAttempts;
    }

    private static int positive(String name, int value) {
        if (value < 1) {
            throw Errors.invalid(name, "must be a whole number from 1, not " + value);
        }
        return value;
    }

    private static Duration time(String name, Duration value) {
        if (value == null || value.isNegative() || value.compareTo(Timeouts.LONGEST) > 0) {
            throw Errors.invalid(name, "must be a time, 0 or more and at most " + Timeouts.LONGEST + ", not " + value);
        }
        return value;
    }
}
