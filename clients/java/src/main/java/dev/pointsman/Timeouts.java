package dev.pointsman;

import java.time.Duration;

/** Deadlines that make sense. */
final class Timeouts {
    /** Of a call that sets none of its own, as in the other clients. */
    static final Duration STANDARD = Duration.ofMinutes(2);
    /** About thirty years; nanoseconds in a long overflow beyond some three hundred. */
    static final Duration LONGEST = Duration.ofSeconds(1_000_000_000);

    private Timeouts() {}

    static Duration checked(Duration timeout) {
        if (timeout == null || timeout.isNegative() || timeout.isZero() || timeout.compareTo(LONGEST) > 0) {
            throw Errors.invalid("timeout", "must be a time above 0, and at most " + LONGEST + ", not " + timeout);
        }
        return timeout;
    }
}
