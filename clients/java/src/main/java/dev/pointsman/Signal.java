package dev.pointsman;

import dev.pointsman.v1.Feedback;
import dev.pointsman.v1.RecordFeedbackRequest;
import dev.pointsman.v1.RecordSessionOutcomeRequest;
import dev.pointsman.v1.Thumb;

/**
 * What an answer, or a session, was worth: exactly one of a thumb, a rating, a correction and a score.
 *
 * <pre>{@code
 * pointsman.feedback(episodeId, Signal.rating(4).endUserId("u-7"));
 * }</pre>
 */
public final class Signal extends PerCall<Signal> {
    private final Feedback said;
    private String model;
    private String endUserId;
    private String comment;
    private String requestId;

    private Signal(Feedback.Builder said) {
        this.said = said.build();
    }

    /**
     * The answer was good.
     *
     * @return the signal
     */
    public static Signal thumbsUp() {
        return new Signal(Feedback.newBuilder().setThumb(Thumb.THUMB_UP));
    }

    /**
     * The answer was bad.
     *
     * @return the signal
     */
    public static Signal thumbsDown() {
        return new Signal(Feedback.newBuilder().setThumb(Thumb.THUMB_DOWN));
    }

    /**
     * Stars.
     *
     * @param stars from 1, worst, to 5, best; fractions are fine
     * @return the signal
     */
    public static Signal rating(double stars) {
        return new Signal(Feedback.newBuilder().setRating(stars));
    }

    /**
     * The answer that would have been right.
     *
     * @param text of that answer
     * @return the signal
     */
    public static Signal correction(String text) {
        return new Signal(Feedback.newBuilder().setCorrection(Texts.check(text, "correction")));
    }

    /**
     * A measured outcome.
     *
     * @param score in [0, 1]
     * @return the signal
     */
    public static Signal score(double score) {
        return new Signal(Feedback.newBuilder().setScore(score));
    }

    /**
     * Tells whose answer it is about, where that is not the accepted one.
     *
     * @param model its name
     * @return this
     */
    public Signal model(String model) {
        this.model = Texts.check(model, "model");
        return this;
    }

    /**
     * Tells who says so, as in {@link Ask#endUserId}.
     *
     * @param endUserId in your own terms
     * @return this
     */
    public Signal endUserId(String endUserId) {
        this.endUserId = Texts.check(endUserId, "end_user_id");
        return this;
    }

    /**
     * Says more in words, for people who read: nothing is learnt from it.
     *
     * @param comment not blank, of at most 4,000 characters
     * @return this
     */
    public Signal comment(String comment) {
        this.comment = Texts.check(comment, "comment");
        return this;
    }

    /**
     * Makes it count once over processes, too. Made up where it is left out.
     *
     * @param requestId of the tenant's own
     * @return this
     */
    public Signal requestId(String requestId) {
        this.requestId = Texts.check(requestId, "request_id");
        return this;
    }

    /**
     * The same as a message of the contract, for {@link Pointsman#feedbackBatch}.
     *
     * @param episodeId what it is about
     * @return the request
     */
    public RecordFeedbackRequest about(String episodeId) {
        Feedback.Builder feedback = said.toBuilder().setEpisodeId(Texts.check(episodeId, "episode_id"));
        if (model != null) {
            feedback.setModel(model);
        }
        if (endUserId != null) {
            feedback.setEndUserId(endUserId);
        }
        if (comment != null) {
            feedback.setComment(comment);
        }
        RecordFeedbackRequest.Builder made = RecordFeedbackRequest.newBuilder().setFeedback(feedback);
        if (requestId != null) {
            made.setRequestId(requestId);
        }
        return made.build();
    }

    RecordSessionOutcomeRequest aboutSession(String sessionId) {
        if (model != null) {
            throw Errors.invalid("model", "is of feedback on an answer, and means nothing of a session: leave it out");
        }
        if (comment != null) {
            throw Errors.invalid("comment", "is of feedback on an answer, and of a session is not kept: leave it out");
        }
        RecordSessionOutcomeRequest.Builder made =
                RecordSessionOutcomeRequest.newBuilder().setSessionId(Texts.check(sessionId, "session_id"));
        switch (said.getSignalCase()) {
            case THUMB -> made.setThumb(said.getThumb());
            case RATING -> made.setRating(said.getRating());
            case SCORE -> made.setScore(said.getScore());
            default -> throw Errors.invalid("correction", "is of an answer: of a session say a thumb, rating or score");
        }
        if (endUserId != null) {
            made.setEndUserId(endUserId);
        }
        if (requestId != null) {
            made.setRequestId(requestId);
        }
        return made.build();
    }
}
