package dev.pointsman;

import dev.pointsman.v1.StreamCompleteResponse;
import java.util.concurrent.Flow;
import java.util.function.Function;

/**
 * An answer as it comes about, for reactive code: a publisher of the items, or of texts. Each subscriber asks anew, and gets
 * as many as it requests; cancelling ends the model call that is under way.
 *
 * <p>The last item has the summary: {@link Pointsman#answer} makes the answer with its handle of it.
 *
 * @param <T> what is published
 */
public final class AnswerPublisher<T> implements Flow.Publisher<T> {
    private final Opening opening;
    private final Function<StreamCompleteResponse, T> part;

    AnswerPublisher(Opening opening, Function<StreamCompleteResponse, T> part) {
        this.opening = opening;
        this.part = part;
    }

    /** Makes a call that tells a sink, one for each subscriber. */
    interface Opening {
        StreamCall open(StreamCall.Sink sink);
    }

    @Override
    public void subscribe(Flow.Subscriber<? super T> subscriber) {
        if (subscriber == null) {
            throw new NullPointerException("subscriber");
        }
        Subscription<T> subscription = new Subscription<>(subscriber, part);
        try {
            subscription.call = opening.open(subscription);
        } catch (PointsmanException refused) {
            subscriber.onSubscribe(subscription);
            subscription.failed(refused);
            return;
        }
        subscriber.onSubscribe(subscription);
        subscription.call.start();
    }

    private static final class Subscription<T> implements Flow.Subscription, StreamCall.Sink {
        private final Flow.Subscriber<? super T> subscriber;
        private final Function<StreamCompleteResponse, T> part;
        private volatile boolean over;
        private StreamCall call;

        Subscription(Flow.Subscriber<? super T> subscriber, Function<StreamCompleteResponse, T> part) {
            this.subscriber = subscriber;
            this.part = part;
        }

        @Override
        public void request(long items) {
            if (over || call == null) {
                return;
            }
            if (items <= 0) {
                over = true;
                call.cancel();
                subscriber.onError(new IllegalArgumentException("request of " + items + " items: must be 1 or more"));
                return;
            }
            call.request((int) Math.min(items, Integer.MAX_VALUE));
        }

        @Override
        public void cancel() {
            over = true;
            if (call != null) {
                call.cancel();
            }
        }

        @Override
        public void item(StreamCompleteResponse item) {
            if (over) {
                return;
            }
            T shown;
            try {
                shown = part.apply(item);
            } catch (PointsmanException defect) {
                over = true;
                call.cancel();
                subscriber.onError(defect);
                return;
            }
            if (shown == null) {
                call.request(1);
            } else {
                subscriber.onNext(shown);
            }
        }

        @Override
        public void done() {
            if (!over) {
                over = true;
                subscriber.onComplete();
            }
        }

        @Override
        public void failed(PointsmanException failure) {
            if (!over) {
                over = true;
                subscriber.onError(failure);
            }
        }
    }
}
