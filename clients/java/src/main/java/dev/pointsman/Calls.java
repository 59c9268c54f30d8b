package dev.pointsman;

import com.google.protobuf.Message;
import dev.pointsman.v1.StreamCompleteRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Sends requests, with retries, and makes exceptions of what goes wrong. */
final class Calls implements AutoCloseable {
    private static final Telemetry.Call UNWATCHED = failure -> {};

    private final Settings settings;
    private final Target callers;
    private final Target operators;
    private volatile boolean closed;

    Calls(Settings settings) {
        this.settings = settings;
        this.callers = Target.of(settings, settings.address());
        // Connects when it is first used, so who never asks AdminService never has a connection to it.
        boolean apart = settings.channel() == null && !settings.adminAddress().equals(settings.address());
        this.operators = apart ? Target.of(settings, settings.adminAddress()) : callers;
    }

    Target callers() {
        return callers;
    }

    Target operators() {
        return operators;
    }

    Settings settings() {
        return settings;
    }

    /** The response, once it is here. */
    <Q extends Message> Message call(Q request, Terms terms) {
        MethodDescriptor<Q, Message> method = Methods.of(request);
        Q sent = Outgoing.of(request);
        Target target = targetOf(method);
        Attempts attempts = attempts(terms, target);
        Telemetry.Call watched = begin(method, terms);
        try {
            Message response = attempt(method, sent, terms, target, attempts);
            watched.end(null);
            return response;
        } catch (PointsmanException failed) {
            watched.end(failed);
            throw failed;
        }
    }

    private <Q extends Message> Message attempt(
            MethodDescriptor<Q, Message> method, Q request, Terms terms, Target target, Attempts attempts) {
        while (true) {
            refuseWhereClosed(target);
            try {
                Message response = ClientCalls.blockingUnaryCall(
                        target.channel(), method, options(terms, attempts.left()), request);
                target.contact().answered();
                return response;
            } catch (StatusRuntimeException failed) {
                sleep(waitAfter(failed.getStatus(), failed.getTrailers(), target, attempts));
            }
        }
    }

    /** The response in time. Cancelling the future ends the call. */
    <Q extends Message, A> CompletableFuture<A> start(Q request, Terms terms, Function<Message, A> answer) {
        try {
            MethodDescriptor<Q, Message> method = Methods.of(request);
            Q sent = Outgoing.of(request);
            Target target = targetOf(method);
            UnaryCall<Q, A> call = new UnaryCall<>(
                    this, method, sent, terms, target, attempts(terms, target), begin(method, terms), answer);
            call.attempt();
            return call;
        } catch (PointsmanException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /** The items of a stream, told to the sink; it begins with {@link StreamCall#start}. */
    StreamCall stream(StreamCompleteRequest request, Terms terms, StreamCall.Sink sink) {
        return new StreamCall(this, Outgoing.of(request), terms, sink);
    }

    Attempts attempts(Terms terms, Target target) {
        return new Attempts(settings.retry(), terms.timeout(), target.contact(), System::nanoTime);
    }

    Telemetry.Call begin(MethodDescriptor<?, ?> method, Terms terms) {
        return settings.telemetry() == null
                ? UNWATCHED
                : settings.telemetry().begin(method.getFullMethodName(), terms.headers());
    }

    <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, Terms terms, Target target, Attempts attempts) {
        refuseWhereClosed(target);
        return target.channel().newCall(method, options(terms, attempts.left()));
    }

    /**
     * How long to wait before the next attempt.
     *
     * @throws PointsmanException what the call ends with, where there must be none
     */
    Duration waitAfter(Status status, Metadata trailers, Target target, Attempts attempts) {
        PointsmanException error = errorOf(status, trailers, target);
        if (Errors.gaveUp(status) || error instanceof ClosedClientException) {
            throw error;
        }
        return attempts.waitAfter(error);
    }

    /** What a call that ended so is told as; everything ends where the client is closed. */
    PointsmanException errorOf(Status status, Metadata trailers, Target target) {
        PointsmanException error = Errors.ofCall(status, trailers, target.contact());
        return closed || target.isShutDown() ? Errors.closed(error) : error;
    }

    void refuseWhereClosed(Target target) {
        if (closed || target.isShutDown()) {
            throw Errors.closed(null);
        }
    }

    /** Ends the connections, and with them the calls that are under way. */
    @Override
    public void close() {
        closed = true;
        callers.close();
        operators.close();
    }

    private Target targetOf(MethodDescriptor<?, ?> method) {
        return Methods.isForOperators(method) ? operators : callers;
    }

    private CallOptions options(Terms terms, Duration left) {
        CallOptions options = Headers.with(CallOptions.DEFAULT, terms.headers());
        if (left != null) {
            options = options.withDeadlineAfter(left.toNanos(), TimeUnit.NANOSECONDS);
        }
        return settings.compression() == Compression.GZIP ? options.withCompression("gzip") : options;
    }

    private static void sleep(Duration wait) {
        try {
            TimeUnit.NANOSECONDS.sleep(wait.toNanos());
        } catch (InterruptedException hungUp) {
            Thread.currentThread().interrupt();
            throw Errors.cancelled("the thread was interrupted while it waited to try again", hungUp);
        }
    }
}
