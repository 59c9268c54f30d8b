package dev.pointsman;

import dev.pointsman.v1.CompleteResponse;
import dev.pointsman.v1.FeedbackReceipt;
import dev.pointsman.v1.FinishReason;
import dev.pointsman.v1.ToolCall;
import dev.pointsman.v1.Usage;
import java.util.List;
import java.util.OptionalDouble;

/**
 * An answer, already in the service's log, and the handle by which to say what it was worth.
 *
 * <pre>{@code
 * Answer answer = pointsman.complete("What is 2 + 2?");
 * show(answer.text());
 * answer.thumbsUp();
 * }</pre>
 */
public final class Answer {
    private final Pointsman pointsman;
    private final CompleteResponse raw;
    private final String requestId;
    private final CallTerms follow;

    Answer(Pointsman pointsman, CompleteResponse raw, String requestId, CallTerms follow) {
        this.pointsman = pointsman;
        this.raw = raw;
        this.requestId = requestId;
        this.follow = follow;
    }

    /**
     * What the model answered.
     *
     * @return the text; empty where the model only calls tools
     */
    public String text() {
        return raw.getAnswer().getText();
    }

    /**
     * Who wrote it.
     *
     * @return the model's name
     */
    public String model() {
        return raw.getAnswer().getModel();
    }

    /**
     * Tokens of all calls together; {@code raw().getAnswer().getUsage()} has those of the call that brought this answer.
     *
     * @return the tokens, as far as providers told them
     */
    public Usage usage() {
        return raw.getUsage();
    }

    /**
     * All that it cost, judges included.
     *
     * @return US dollars; empty where nobody knows the price
     */
    public OptionalDouble costUsd() {
        return raw.hasCostUsd() ? OptionalDouble.of(raw.getCostUsd()) : OptionalDouble.empty();
    }

    /**
     * What feedback refers to.
     *
     * @return the episode's id
     */
    public String episodeId() {
        return raw.getEpisodeId();
    }

    /**
     * The id that was sent: the same again gets this answer again.
     *
     * @return yours, or the one that was made up
     */
    public String requestId() {
        return requestId;
    }

    /**
     * Whether the request id was known, and this is its first answer again.
     *
     * @return true for a repeat
     */
    public boolean replayed() {
        return raw.getReplayed();
    }

    /**
     * Why the model stopped.
     *
     * @return its reason
     */
    public FinishReason finishReason() {
        return raw.getAnswer().getFinishReason();
    }

    /**
     * The tools that the model wants called.
     *
     * @return a call for each
     */
    public List<ToolCall> toolCalls() {
        return raw.getAnswer().getToolCallsList();
    }

    /**
     * The whole message of the contract: decision, steps, verdicts.
     *
     * @return the message
     */
    public CompleteResponse raw() {
        return raw;
    }

    /**
     * Says that it was good.
     *
     * @return the receipt: it is in the log
     */
    public FeedbackReceipt thumbsUp() {
        return feedback(Signal.thumbsUp());
    }

    /**
     * Says that it was good, and why.
     *
     * @param comment in words, for people who read: nothing is learnt from it
     * @return the receipt: it is in the log
     */
    public FeedbackReceipt thumbsUp(String comment) {
        return feedback(Signal.thumbsUp().comment(comment));
    }

    /**
     * Says that it was bad.
     *
     * @return the receipt: it is in the log
     */
    public FeedbackReceipt thumbsDown() {
        return feedback(Signal.thumbsDown());
    }

    /**
     * Says that it was bad, and why.
     *
     * @param comment in words, for people who read: nothing is learnt from it
     * @return the receipt: it is in the log
     */
    public FeedbackReceipt thumbsDown(String comment) {
        return feedback(Signal.thumbsDown().comment(comment));
    }

    /**
     * Gives stars.
     *
     * @param stars from 1, worst, to 5, best
     * @return the receipt: it is in the log
     */
    public FeedbackReceipt rate(double stars) {
        return feedback(Signal.rating(stars));
    }

    /**
     * Says what would have been right.
     *
     * @param text of that answer
     * @return the receipt: it is in the log
     */
    public FeedbackReceipt correct(String text) {
        return feedback(Signal.correction(text));
    }

    /**
     * Tells a measured outcome.
     *
     * @param score in [0, 1]
     * @return the receipt: it is in the log
     */
    public FeedbackReceipt score(double score) {
        return feedback(Signal.score(score));
    }

    /**
     * Says what it was worth, and who says so. It is told for the tenant that asked, unless the signal names another.
     *
     * @param signal what is said
     * @return the receipt: it is in the log
     */
    public FeedbackReceipt feedback(Signal signal) {
        return pointsman.feedback(episodeId(), signal, follow);
    }
}
