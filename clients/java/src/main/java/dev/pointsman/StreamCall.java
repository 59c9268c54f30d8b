package dev.pointsman;

import dev.pointsman.v1.RouterServiceGrpc;
import dev.pointsman.v1.StreamCompleteRequest;
import dev.pointsman.v1.StreamCompleteResponse;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;

/**
 * A stream that is under way: tried again while nothing of it has come, and told to one sink, item by item as it asks for
 * them.
 */
final class StreamCall {
    /** Who listens. Told one thing at a time; after {@code done} or {@code failed} nothing more. */
    interface Sink {
        void item(StreamCompleteResponse item);

        void done();

        void failed(PointsmanException failure);
    }

    private final Calls calls;
    private final StreamCompleteRequest request;
    private final Terms terms;
    private final Sink sink;
    private final Target target;
    private final Attempts attempts;
    private Telemetry.Call watched;
    private ClientCall<StreamCompleteRequest, StreamCompleteResponse> current;
    private int demand;
    private boolean begun;
    private boolean whole;
    private boolean cancelled;
    private boolean ended;

    StreamCall(Calls calls, StreamCompleteRequest request, Terms terms, Sink sink) {
        this.calls = calls;
        this.request = request;
        this.terms = terms;
        this.sink = sink;
        this.target = calls.callers();
        this.attempts = calls.attempts(terms, target);
    }

    /** The id that was sent: with it, a stream that broke can be asked for again. */
    String requestId() {
        return request.getRequestId();
    }

    /** Asks the service. */
    void start() {
        watched = calls.begin(RouterServiceGrpc.getStreamCompleteMethod(), terms);
        attempt();
    }

    /** Asks for so many items more. */
    synchronized void request(int items) {
        demand = Math.min(demand, Integer.MAX_VALUE - items) + items;
        if (current != null) {
            current.request(items);
        }
    }

    /** Hangs up: the model call that is under way ends, and the sink is told. */
    void cancel() {
        ClientCall<StreamCompleteRequest, StreamCompleteResponse> call;
        synchronized (this) {
            if (cancelled || ended) {
                return;
            }
            cancelled = true;
            call = current;
        }
        if (call != null) {
            call.cancel("the caller hung up", null);
        }
        fail(Errors.cancelled("the caller hung up", null));
    }

    private void attempt() {
        try {
            ClientCall<StreamCompleteRequest, StreamCompleteResponse> call;
            int asked;
            synchronized (this) {
                if (cancelled || ended) {
                    return;
                }
                call = calls.newCall(RouterServiceGrpc.getStreamCompleteMethod(), terms, target, attempts);
                call.start(new Hears(), new Metadata());
                current = call;
                asked = demand;
            }
            if (asked > 0) {
                call.request(asked);
            }
            call.sendMessage(request);
            call.halfClose();
        } catch (PointsmanException failed) {
            fail(failed);
        }
    }

    private void fail(PointsmanException failure) {
        if (end()) {
            watched.end(failure);
            sink.failed(failure);
        }
    }

    private synchronized boolean end() {
        boolean first = !ended;
        ended = true;
        return first;
    }

    private final class Hears extends ClientCall.Listener<StreamCompleteResponse> {
        @Override
        public void onMessage(StreamCompleteResponse item) {
            synchronized (StreamCall.this) {
                begun = true;
                demand--;
                whole |= item.hasSummary();
                if (ended) {
                    return;
                }
            }
            target.contact().answered();
            sink.item(item);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (!status.isOk()) {
                broken(status, trailers);
            } else if (!whole) {
                String message = "the stream ended without its summary, so the answer may not be whole";
                fail(new ServiceDefectException(Status.Code.INTERNAL, message, StatusDetails.NONE, null));
            } else if (end()) {
                watched.end(null);
                sink.done();
            }
        }

        private void broken(Status status, Metadata trailers) {
            try {
                boolean again;
                synchronized (StreamCall.this) {
                    again = !begun;
                    current = null;
                }
                if (again) {
                    Timer.run(
                            calls.waitAfter(status, trailers, target, attempts).toNanos(), StreamCall.this::attempt);
                } else {
                    fail(calls.errorOf(status, trailers, target));
                }
            } catch (PointsmanException failed) {
                fail(failed);
            }
        }
    }
}
