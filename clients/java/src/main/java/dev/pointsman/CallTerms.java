package dev.pointsman;

/**
 * What a call says of its own where it has nothing else to say: {@code pointsman.episode(id,
 * CallTerms.create().tenant("team-b"))}.
 */
public final class CallTerms extends PerCall<CallTerms> {
    private CallTerms() {}

    /**
     * Says nothing yet.
     *
     * @return terms that are the client's
     */
    public static CallTerms create() {
        return new CallTerms();
    }
}
