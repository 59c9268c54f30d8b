package dev.pointsman;

import dev.pointsman.v1.RecordFeedbackRequest;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** How a batcher is made; the defaults suit a service that answers some hundred queries a second. */
public final class BatcherOptions {
    /** What the service takes at once. */
    private static final int MOST_ITEMS = 1_000;
    /** Below the 4 MiB that gRPC takes, with room for what the message adds. */
    private static final int MOST_BYTES = 3 << 20;

    private final Function<BatcherOptions, FeedbackBatcher> opens;
    int maxItems = 10_000;
    long maxBytes = 64L << 20;
    int flushItems = 500;
    int flushBytes = MOST_BYTES;
    Duration flushInterval = Duration.ofSeconds(1);
    Duration deadline = Duration.ofMinutes(10);
    BiConsumer<RecordFeedbackRequest, FeedbackBatcher.DropReason> onDropped = (item, reason) -> {};
    BiConsumer<RecordFeedbackRequest, PointsmanException> onRefused = (item, failure) -> {};

    BatcherOptions(Function<BatcherOptions, FeedbackBatcher> opens) {
        this.opens = opens;
    }

    /**
     * Bounds what it holds, what is under way included.
     *
     * @param items at most so many
     * @return this
     */
    public BatcherOptions maxItems(int items) {
        this.maxItems = (int) inRange("max_items", items, Integer.MAX_VALUE);
        return this;
    }

    /**
     * Bounds what it holds, what is under way included.
     *
     * @param bytes at most so many
     * @return this
     */
    public BatcherOptions maxBytes(long bytes) {
        this.maxBytes = inRange("max_bytes", bytes, Long.MAX_VALUE);
        return this;
    }

    /**
     * Sends as soon as there are so many.
     *
     * @param items at most 1,000
     * @return this
     */
    public BatcherOptions flushItems(int items) {
        this.flushItems = (int) inRange("flush_items", items, MOST_ITEMS);
        return this;
    }

    /**
     * Sends as soon as there is so much, and never more at once unless one item is larger.
     *
     * @param bytes at most 3 MiB
     * @return this
     */
    public BatcherOptions flushBytes(int bytes) {
        this.flushBytes = (int) inRange("flush_bytes", bytes, MOST_BYTES);
        return this;
    }

    /**
     * Sends what has waited for so long.
     *
     * @param interval of the oldest item
     * @return this
     */
    public BatcherOptions flushInterval(Duration interval) {
        this.flushInterval = Timeouts.checked(interval);
        return this;
    }

    /**
     * Bounds how long an item is retried.
     *
     * @param deadline from when it is handed over
     * @return this
     */
    public BatcherOptions deadline(Duration deadline) {
        this.deadline = Timeouts.checked(deadline);
        return this;
    }

    /**
     * Is told of each item that is dropped, in the thread that adds, sends or closes: be quick.
     *
     * @param listener the item, and why
     * @return this
     */
    public BatcherOptions onDropped(BiConsumer<RecordFeedbackRequest, FeedbackBatcher.DropReason> listener) {
        this.onDropped = listener;
        return this;
    }

    /**
     * Is told of each item that the service refuses, in the thread that sends: be quick.
     *
     * @param listener the item, and the exception of its family
     * @return this
     */
    public BatcherOptions onRefused(BiConsumer<RecordFeedbackRequest, PointsmanException> listener) {
        this.onRefused = listener;
        return this;
    }

    /**
     * Starts it.
     *
     * @return the batcher
     */
    public FeedbackBatcher open() {
        return opens.apply(this);
    }

    private static long inRange(String name, long value, long most) {
        if (value < 1 || value > most) {
            throw Errors.invalid(name, "must be from 1 to " + most + ", not " + value);
        }
        return value;
    }
}
