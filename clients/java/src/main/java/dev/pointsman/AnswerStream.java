package dev.pointsman;

import dev.pointsman.v1.CompleteResponse;
import dev.pointsman.v1.StreamCompleteResponse;
import io.grpc.Status;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiFunction;

/**
 * An answer as it comes about, for one reader: iterate over it. Leaving it early ends the model call that is under way.
 *
 * <pre>{@code
 * try (AnswerStream stream = pointsman.streamComplete("What is 2 + 2?")) {
 *     for (String piece : stream.texts()) {
 *         System.out.print(piece);
 *     }
 *     stream.answer().thumbsUp();
 * }
 * }</pre>
 *
 * <p>Later versions of the contract add kinds of items: ignore one that you do not know.
 */
public final class AnswerStream implements Iterator<StreamCompleteResponse>, AutoCloseable {
    /** Items that gRPC may send ahead of the reader. */
    private static final int AHEAD = 32;

    private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
    private final BiFunction<CompleteResponse, String, Answer> answers;
    private final boolean optimistic;
    private final StreamCall call;
    private Heard next;
    private volatile boolean left;
    private volatile String episodeId;
    private CompleteResponse summary;

    /** One thing that the stream told: an item, its end (neither), or its failure. */
    private record Heard(StreamCompleteResponse item, PointsmanException failure) {}

    AnswerStream(Opening opening, boolean optimistic, BiFunction<CompleteResponse, String, Answer> answers) {
        this.optimistic = optimistic;
        this.answers = answers;
        this.call = opening.open(new Ear());
        call.request(AHEAD);
        call.start();
    }

    /** Makes the call that tells a sink. */
    interface Opening {
        StreamCall open(StreamCall.Sink sink);
    }

    /**
     * Whether there is another item; waits for it.
     *
     * @throws PointsmanException where the stream broke; {@link #requestId()} is what to ask with again
     */
    @Override
    public boolean hasNext() {
        if (next == null) {
            next = take();
        }
        if (left && next.item() != null) {
            throw Errors.cancelled("the caller hung up", null);
        }
        if (next.failure() != null) {
            throw next.failure();
        }
        return next.item() != null;
    }

    @Override
    public StreamCompleteResponse next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the stream has ended");
        }
        StreamCompleteResponse item = next.item();
        next = null;
        call.request(1);
        if (item.hasBegun()) {
            episodeId = item.getBegun().getEpisodeId();
        } else if (item.hasSummary()) {
            summary = item.getSummary();
            episodeId = summary.getEpisodeId();
        }
        return item;
    }

    /**
     * The items, for a loop.
     *
     * @return this, once
     */
    public Iterable<StreamCompleteResponse> items() {
        return () -> this;
    }

    /**
     * The pieces of the answer's text, which stand once they are here.
     *
     * @return the pieces, once
     * @throws InvalidRequestException for an optimistic stream, which takes pieces back
     */
    public Iterable<String> texts() {
        if (optimistic) {
            throw Errors.invalid(
                    "optimistic",
                    "streams take texts back: read the items, and drop what you have at a retraction; texts() is for others");
        }
        return TextPieces::new;
    }

    /**
     * The whole answer with its trace; what is left of the stream is read for it.
     *
     * @return the answer, with its handle
     * @throws PointsmanException where the stream broke
     */
    public Answer answer() {
        while (summary == null && hasNext()) {
            next();
        }
        return answers.apply(summary, requestId());
    }

    /**
     * What feedback refers to, whatever becomes of the stream.
     *
     * @return the episode's id; empty until the first item was read
     */
    public Optional<String> episodeId() {
        return Optional.ofNullable(episodeId);
    }

    /**
     * The id that was sent: with the same, a stream that broke can be asked for again.
     *
     * @return yours, or the one that was made up
     */
    public String requestId() {
        return call.requestId();
    }

    /** Hangs up, from any thread: who reads on gets a {@link CancelledException}, unless the end has been read. */
    public void cancel() {
        left = true;
        call.cancel();
    }

    /** Hangs up, where the stream has not ended. */
    @Override
    public void close() {
        cancel();
    }

    /** The text of an item, null for one that has none. */
    static String textOf(StreamCompleteResponse item) {
        if (item.hasRetraction()) {
            String message = "a stream that was to stand was retracted: "
                    + item.getRetraction().getReason();
            throw new ServiceDefectException(Status.Code.INTERNAL, message, StatusDetails.NONE, null);
        }
        String text = item.getText().getText();
        return text.isEmpty() ? null : text;
    }

    private Heard take() {
        try {
            return heard.take();
        } catch (InterruptedException hungUp) {
            Thread.currentThread().interrupt();
            call.cancel();
            throw Errors.cancelled("the thread was interrupted while it read the stream", hungUp);
        }
    }

    /** Of a stream that is to stand. */
    private final class TextPieces implements Iterator<String> {
        private String piece;

        @Override
        public boolean hasNext() {
            while (piece == null && AnswerStream.this.hasNext()) {
                piece = textOf(AnswerStream.this.next());
            }
            return piece != null;
        }

        @Override
        public String next() {
            if (!hasNext()) {
                throw new NoSuchElementException("the stream has ended");
            }
            String taken = piece;
            piece = null;
            return taken;
        }
    }

    private final class Ear implements StreamCall.Sink {
        @Override
        public void item(StreamCompleteResponse item) {
            heard.add(new Heard(item, null));
        }

        @Override
        public void done() {
            heard.add(new Heard(null, null));
        }

        @Override
        public void failed(PointsmanException failure) {
            heard.add(new Heard(null, failure));
        }
    }
}
