package dev.pointsman;

import com.google.protobuf.Message;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** One call that is waited for by nobody: a future of its answer. Cancelling it ends the call. */
final class UnaryCall<Q extends Message, A> extends CompletableFuture<A> {
    private final Calls calls;
    private final MethodDescriptor<Q, Message> method;
    private final Q request;
    private final Terms terms;
    private final Target target;
    private final Attempts attempts;
    private final Telemetry.Call watched;
    private final Function<Message, A> answer;
    private volatile ClientCall<Q, Message> current;

    UnaryCall(
            Calls calls,
            MethodDescriptor<Q, Message> method,
            Q request,
            Terms terms,
            Target target,
            Attempts attempts,
            Telemetry.Call watched,
            Function<Message, A> answer) {
        this.calls = calls;
        this.method = method;
        this.request = request;
        this.terms = terms;
        this.target = target;
        this.attempts = attempts;
        this.watched = watched;
        this.answer = answer;
    }

    void attempt() {
        if (isDone()) {
            return;
        }
        try {
            ClientCall<Q, Message> call = calls.newCall(method, terms, target, attempts);
            current = call;
            ClientCalls.asyncUnaryCall(call, request, new Hears());
            if (isCancelled()) {
                call.cancel("the future was cancelled", null);
            }
        } catch (PointsmanException failed) {
            fail(failed);
        }
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        boolean done = super.cancel(mayInterrupt);
        ClientCall<Q, Message> call = current;
        if (done && call != null) {
            call.cancel("the future was cancelled", null);
        }
        if (done) {
            watched.end(Errors.cancelled("the future was cancelled", null));
        }
        return done;
    }

    private void fail(PointsmanException failed) {
        if (completeExceptionally(failed)) {
            watched.end(failed);
        }
    }

    private void retry(Status status, io.grpc.Metadata trailers) {
        try {
            Duration wait = calls.waitAfter(status, trailers, target, attempts);
            Timer.run(wait.toNanos(), this::attempt);
        } catch (PointsmanException failed) {
            fail(failed);
        }
    }

    private final class Hears implements StreamObserver<Message> {
        private Message response;

        @Override
        public void onNext(Message value) {
            response = value;
        }

        @Override
        public void onError(Throwable failed) {
            retry(Status.fromThrowable(failed), Status.trailersFromThrowable(failed));
        }

        @Override
        public void onCompleted() {
            target.contact().answered();
            if (!isDone()) {
                watched.end(null);
                complete(answer.apply(response));
            }
        }
    }
}
