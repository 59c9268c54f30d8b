package dev.pointsman;

import dev.pointsman.v1.Feedback.SignalCase;
import dev.pointsman.v1.FeedbackResult;
import dev.pointsman.v1.RecordFeedbackBatchRequest;
import dev.pointsman.v1.RecordFeedbackBatchResponse;
import dev.pointsman.v1.RecordFeedbackRequest;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Sends feedback in the background, many pieces at once: {@link #add} never waits for the service.
 *
 * <p>What is handed over is kept until the service acknowledges it, retried by the same ids over outages and restarts, so
 * that it counts once; or until it is told as dropped or refused. Bounded: what finds no room is dropped, and told.
 *
 * <pre>{@code
 * try (FeedbackBatcher batcher = pointsman.batcher().onDropped((item, why) -> lost.increment()).open()) {
 *     batcher.add(answer.episodeId(), Signal.thumbsUp());
 * }
 * }</pre>
 *
 * <p>For any number of threads. Closing it, or the client, sends what is left.
 */
public final class FeedbackBatcher implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(FeedbackBatcher.class.getName());
    /** Between attempts where the service asks for no wait: the call itself has been retried already. */
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final Calls calls;
    private final BatcherOptions options;
    private final Consumer<FeedbackBatcher> whenClosed;
    private final Backlog backlog;
    private final AtomicLong lost = new AtomicLong();

    FeedbackBatcher(Calls calls, BatcherOptions options, Consumer<FeedbackBatcher> whenClosed) {
        this.calls = calls;
        this.options = options;
        this.whenClosed = whenClosed;
        this.backlog = new Backlog(options);
        Thread sender = new Thread(this::send, "pointsman-batcher");
        sender.setDaemon(true);
        sender.start();
    }

    /** Why a piece of feedback was dropped. */
    public enum DropReason {
        /** There was no room, by items or by bytes. */
        FULL,
        /** It was retried in vain until its deadline. */
        DEADLINE,
        /** It was handed over after the close, or the close could wait no longer. */
        CLOSED
    }

    /**
     * What became of what was handed over: {@code added = acknowledged + refused + dropped + pending}.
     *
     * @param added handed over, dropped ones too
     * @param acknowledged in the service's log
     * @param refused answered by the service with an error of their own
     * @param dropped by reason
     * @param pending not known yet
     * @param requests answered by the service
     */
    public record Stats(
            long added, long acknowledged, long refused, Map<DropReason, Long> dropped, long pending, long requests) {}

    /**
     * Hands a word of feedback over. It is told for the client's tenant, unless the signal names another.
     *
     * @param episodeId what it is about
     * @param signal what is said
     * @return false where it was dropped at once, for want of room or after the close
     * @throws InvalidRequestException where it cannot be sent at all, or has a timeout or metadata of its own
     */
    public boolean add(String episodeId, Signal signal) {
        if (!signal.saysAtMostItsTenant()) {
            throw Errors.invalid("signal", "is sent with others: its timeout and metadata are the client's");
        }
        return add(signal.about(episodeId), signal.tenantOr(""));
    }

    /**
     * Hands a word of feedback over.
     *
     * @param request one that has no id is given one
     * @return false where it was dropped at once, for want of room or after the close
     * @throws InvalidRequestException where it cannot be sent at all
     */
    public boolean add(RecordFeedbackRequest request) {
        return add(request, "");
    }

    private boolean add(RecordFeedbackRequest request, String tenant) {
        if (request.getFeedback().getSignalCase() == SignalCase.SIGNAL_NOT_SET) {
            throw Errors.invalid("signal", "is missing: give a thumb, a rating, a correction or a score");
        }
        RecordFeedbackRequest item = Outgoing.of(request);
        DropReason dropped = backlog.add(item, tenant);
        if (dropped != null) {
            tellDropped(item, dropped);
        }
        return dropped == null;
    }

    /**
     * Waits until all that was handed over before is acknowledged, refused or dropped.
     *
     * @throws CancelledException where the thread is interrupted meanwhile
     */
    public void flush() {
        try {
            backlog.flush();
        } catch (InterruptedException hungUp) {
            Thread.currentThread().interrupt();
            throw Errors.cancelled("the thread was interrupted while it waited for the batcher", hungUp);
        }
    }

    /**
     * What became of what was handed over, so far.
     *
     * @return the counts
     */
    public Stats stats() {
        return backlog.stats();
    }

    /** Takes no more, and waits until all is acknowledged, refused or dropped: at the latest by its deadline. */
    @Override
    public void close() {
        close(options.deadline);
    }

    /**
     * Takes no more, and waits for so long; what is not acknowledged by then is dropped, and told.
     *
     * @param atMost how long to wait
     * @throws CancelledException where the thread is interrupted meanwhile; what is left is dropped then
     */
    public void close(Duration atMost) {
        backlog.refuseMore();
        try {
            backlog.flush(atMost);
        } catch (InterruptedException hungUp) {
            Thread.currentThread().interrupt();
            throw Errors.cancelled("the thread was interrupted while it waited for the batcher", hungUp);
        } finally {
            backlog.end().forEach(item -> tellDropped(item.request(), DropReason.CLOSED));
            whenClosed.accept(this);
        }
    }

    private void send() {
        try {
            List<Backlog.Item> batch = backlog.take();
            while (!batch.isEmpty()) {
                backlog.pause(batch.get(0).tenant(), sendOnce(batch));
                batch = backlog.take();
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sends a batch, and settles what can be settled. Returns how long to wait before the next. */
    private Duration sendOnce(List<Backlog.Item> batch) {
        RecordFeedbackBatchRequest.Builder request = RecordFeedbackBatchRequest.newBuilder();
        batch.forEach(item -> request.addRequests(item.request()));
        // At least some time, which a call must have: the deadline may just have passed, and then the call says so.
        Duration left = max(backlog.left(batch.get(0)), Duration.ofMillis(1));
        try {
            String tenant = batch.get(0).tenant();
            CallTerms own = CallTerms.create().timeout(left);
            Terms terms = (tenant.isEmpty() ? own : own.tenant(tenant)).over(calls.settings());
            RecordFeedbackBatchResponse response = (RecordFeedbackBatchResponse) calls.call(request.build(), terms);
            backlog.answered();
            return settle(batch, response.getResultsList());
        } catch (PointsmanException failed) {
            return settleAll(batch, failed);
        } catch (RuntimeException defect) {
            // The sender must outlive what nobody thought of: without it, flush would wait for ever.
            LOG.log(System.Logger.Level.ERROR, "a batch of feedback could not be sent", defect);
            return settleAll(batch, defect("a batch of feedback could not be sent: " + defect, defect));
        }
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }

    private static ServiceDefectException defect(String message, Throwable cause) {
        return new ServiceDefectException(Status.Code.INTERNAL, message, StatusDetails.NONE, cause);
    }

    private Duration settle(List<Backlog.Item> batch, List<FeedbackResult> results) {
        if (results.size() != batch.size()) {
            return settleAll(batch, defect(results.size() + " results came of " + batch.size() + " pieces", null));
        }
        Duration pause = Duration.ZERO;
        for (int i = 0; i < batch.size(); i++) {
            FeedbackResult result = results.get(i);
            if (result.hasReceipt()) {
                backlog.acknowledged(batch.get(i));
            } else {
                Duration wait = settleOne(batch.get(i), PointsmanException.of(result.getError()));
                pause = max(wait, pause);
            }
        }
        return pause;
    }

    private Duration settleAll(List<Backlog.Item> batch, PointsmanException failed) {
        Duration pause = Duration.ZERO;
        for (Backlog.Item item : batch) {
            pause = settleOne(item, failed);
        }
        return pause;
    }

    /** Keeps an item that may still get through, else tells what became of it. Returns how long to wait. */
    private Duration settleOne(Backlog.Item item, PointsmanException failed) {
        if (failed instanceof ClosedClientException) {
            drop(item, DropReason.CLOSED);
        } else if (!mayPass(failed)) {
            refuse(item, failed);
        } else if (backlog.left(item).compareTo(Backlog.NO_TIME) <= 0) {
            drop(item, DropReason.DEADLINE);
        } else {
            backlog.keep(item);
            return failed.retryAfter().orElse(PAUSE);
        }
        return Duration.ZERO;
    }

    /** Whether the same may be taken later: nobody was there to the end, there was no room, or there was a defect. */
    private static boolean mayPass(PointsmanException failed) {
        return switch (failed.code()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, INTERNAL, UNKNOWN, DATA_LOSS -> true;
            case RESOURCE_EXHAUSTED -> failed.retryAfter().isPresent();
            default -> false;
        };
    }

    /** Told before it is counted, so that who waits for the count has been told. */
    private void drop(Backlog.Item item, DropReason reason) {
        if (backlog.holds(item)) {
            tellDropped(item.request(), reason);
            backlog.dropped(item, reason);
        }
    }

    private void refuse(Backlog.Item item, PointsmanException failed) {
        if (backlog.holds(item)) {
            tellRefused(item.request(), failed);
            backlog.refused(item);
        }
    }

    /** Tells the callback of each, the log of the first, second, fourth, eighth ...: an outage must not flood it. */
    private void tellDropped(RecordFeedbackRequest item, DropReason reason) {
        long so = lost.incrementAndGet();
        if (Long.bitCount(so) == 1) {
            LOG.log(System.Logger.Level.WARNING, "feedback was dropped ({0}): {1} pieces so far", reason, so);
        }
        tell(options.onDropped, item, reason);
    }

    private void tellRefused(RecordFeedbackRequest item, PointsmanException failed) {
        String episode = item.getFeedback().getEpisodeId();
        LOG.log(System.Logger.Level.WARNING, "feedback on episode {0} was refused: {1}", episode, failed.getMessage());
        tell(options.onRefused, item, failed);
    }

    /** A callback that fails must not end the sender, nor the caller of add. */
    private static <W> void tell(BiConsumer<RecordFeedbackRequest, W> listener, RecordFeedbackRequest item, W what) {
        try {
            listener.accept(item, what);
        } catch (RuntimeException failed) {
            LOG.log(System.Logger.Level.ERROR, "a callback of the feedback batcher failed", failed);
        }
    }
}
