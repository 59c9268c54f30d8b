package dev.pointsman;

import dev.pointsman.v1.Failure;
import dev.pointsman.v1.FailureKind;
import dev.pointsman.v1.ReportOutcomeRequest;
import dev.pointsman.v1.Verdict;

/**
 * What came of a routed query whose model you ran yourself. What is left out teaches nothing: it is not taken for 0.
 *
 * <pre>{@code
 * Routed routed = pointsman.route(Ask.of("What is 2 + 2?").singleCall(true));
 * routed.report(Outcome.create().latencyMs(800).inputTokens(12).outputTokens(3));
 * }</pre>
 */
public final class Outcome extends PerCall<Outcome> {
    private final ReportOutcomeRequest.Builder said = ReportOutcomeRequest.newBuilder();

    private Outcome() {}

    /**
     * Tells nothing yet.
     *
     * @return an outcome, to say what is known
     */
    public static Outcome create() {
        return new Outcome();
    }

    /**
     * Tells which model was called, where that is not the one that was chosen.
     *
     * @param model its name
     * @return this
     */
    public Outcome model(String model) {
        said.setModel(model);
        return this;
    }

    /**
     * Tells how long the call took.
     *
     * @param latencyMs in milliseconds
     * @return this
     */
    public Outcome latencyMs(double latencyMs) {
        said.setLatencyMs(latencyMs);
        return this;
    }

    /**
     * Tells what it cost; computed from tokens and prices where it is left out.
     *
     * @param costUsd in US dollars
     * @return this
     */
    public Outcome costUsd(double costUsd) {
        said.setCostUsd(costUsd);
        return this;
    }

    /**
     * Tells tokens of the prompt, cached ones included.
     *
     * @param tokens how many
     * @return this
     */
    public Outcome inputTokens(int tokens) {
        said.getUsageBuilder().setInputTokens(tokens);
        return this;
    }

    /**
     * Tells those of them that the provider had cached.
     *
     * @param tokens how many
     * @return this
     */
    public Outcome cachedInputTokens(int tokens) {
        said.getUsageBuilder().setCachedInputTokens(tokens);
        return this;
    }

    /**
     * Tells tokens of the answer, reasoning included.
     *
     * @param tokens how many
     * @return this
     */
    public Outcome outputTokens(int tokens) {
        said.getUsageBuilder().setOutputTokens(tokens);
        return this;
    }

    /**
     * Tells those of them that went into reasoning.
     *
     * @param tokens how many
     * @return this
     */
    public Outcome reasoningTokens(int tokens) {
        said.getUsageBuilder().setReasoningTokens(tokens);
        return this;
    }

    /**
     * Tells why there was no answer.
     *
     * @param kind for programs
     * @param message in words
     * @return this
     */
    public Outcome failure(FailureKind kind, String message) {
        said.setFailure(Failure.newBuilder().setKind(kind).setMessage(message));
        return this;
    }

    /**
     * Tells what a judge of your own said; the service's file must declare it.
     *
     * @param judge its name
     * @param score in [0, 1]
     * @return this
     */
    public Outcome verdict(String judge, double score) {
        said.addVerdicts(Verdict.newBuilder().setJudge(judge).setScore(score));
        return this;
    }

    /**
     * Tells what a judge of your own said.
     *
     * @param verdict with its cost, or why it has no score
     * @return this
     */
    public Outcome verdict(Verdict verdict) {
        said.addVerdicts(verdict);
        return this;
    }

    /**
     * Makes it count once over processes, too. Made up where it is left out.
     *
     * @param requestId of the tenant's own
     * @return this
     */
    public Outcome requestId(String requestId) {
        said.setRequestId(requestId);
        return this;
    }

    ReportOutcomeRequest about(String episodeId) {
        return said.clone().setEpisodeId(Texts.check(episodeId, "episode_id")).build();
    }
}
