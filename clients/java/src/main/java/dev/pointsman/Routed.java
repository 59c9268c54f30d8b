package dev.pointsman;

import dev.pointsman.v1.Decision;
import dev.pointsman.v1.ReportOutcomeResponse;
import dev.pointsman.v1.RouteResponse;

/** A decision, already in the service's log: call the model yourself, then report what came of it. */
public final class Routed {
    private final Pointsman pointsman;
    private final RouteResponse raw;
    private final String requestId;
    private final CallTerms follow;

    Routed(Pointsman pointsman, RouteResponse raw, String requestId, CallTerms follow) {
        this.pointsman = pointsman;
        this.raw = raw;
        this.requestId = requestId;
        this.follow = follow;
    }

    /**
     * Who should answer.
     *
     * @return the model's name
     */
    public String model() {
        return raw.getDecision().getModel();
    }

    /**
     * Which model goes first, and why.
     *
     * @return the decision
     */
    public Decision decision() {
        return raw.getDecision();
    }

    /**
     * What outcomes and feedback refer to.
     *
     * @return the episode's id
     */
    public String episodeId() {
        return raw.getEpisodeId();
    }

    /**
     * The id that was sent: the same again gets this decision again.
     *
     * @return yours, or the one that was made up
     */
    public String requestId() {
        return requestId;
    }

    /**
     * The whole message of the contract.
     *
     * @return the message
     */
    public RouteResponse raw() {
        return raw;
    }

    /**
     * Tells what came of it, for the tenant that asked unless the outcome names another.
     *
     * @param outcome what is known
     * @return that it is in the log
     */
    public ReportOutcomeResponse report(Outcome outcome) {
        return pointsman.reportOutcome(episodeId(), outcome, follow);
    }
}
