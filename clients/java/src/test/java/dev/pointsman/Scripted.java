package dev.pointsman;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.pointsman.v1.Answer;
import dev.pointsman.v1.CompleteRequest;
import dev.pointsman.v1.CompleteResponse;
import dev.pointsman.v1.FeedbackReceipt;
import dev.pointsman.v1.FeedbackResult;
import dev.pointsman.v1.FeedbackServiceGrpc.FeedbackServiceImplBase;
import dev.pointsman.v1.RecordFeedbackBatchRequest;
import dev.pointsman.v1.RecordFeedbackBatchResponse;
import dev.pointsman.v1.RecordFeedbackRequest;
import dev.pointsman.v1.RecordFeedbackResponse;
import dev.pointsman.v1.RouteRequest;
import dev.pointsman.v1.RouteResponse;
import dev.pointsman.v1.RouterServiceGrpc.RouterServiceImplBase;
import dev.pointsman.v1.StreamBegun;
import dev.pointsman.v1.StreamCompleteRequest;
import dev.pointsman.v1.StreamCompleteResponse;
import dev.pointsman.v1.TextPiece;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A gRPC server that fails by a script, as a real service does only when it is in trouble. What a service answers otherwise is
 * in the vectors, and in LiveTest.
 */
final class Scripted implements AutoCloseable {
    final Queue<StatusRuntimeException> failures = new ConcurrentLinkedQueue<>();
    final List<String> ids = new CopyOnWriteArrayList<>();
    final List<Metadata> headers = new CopyOnWriteArrayList<>();
    final List<Integer> batches = new CopyOnWriteArrayList<>();
    /** Pieces of text that a stream has, and how many of them were sent. */
    volatile int pieces = 2;

    final AtomicInteger sent = new AtomicInteger();
    final CountDownLatch cancelled = new CountDownLatch(1);
    /** Holds unary calls until it is opened. */
    volatile CountDownLatch hold = new CountDownLatch(0);

    final CountDownLatch entered = new CountDownLatch(1);
    private final Server server;
    private final int port;

    Scripted() {
        this(0);
    }

    Scripted(int wanted) {
        try {
            server = Grpc.newServerBuilderForPort(wanted, InsecureServerCredentials.create())
                    .addService(new Router())
                    .addService(new Feedback())
                    .intercept(new Hears())
                    .maxInboundMessageSize(64 << 20)
                    .build()
                    .start();
        } catch (IOException taken) {
            throw new UncheckedIOException(taken);
        }
        this.port = server.getPort();
    }

    int port() {
        return port;
    }

    String address() {
        return "127.0.0.1:" + port();
    }

    PointsmanBuilder client() {
        return new PointsmanBuilder(new Environment(name -> null)).address(address());
    }

    /** Fails the next calls so; with a reason where it is not empty, with a wait where it is not negative. */
    void fail(int times, Status.Code code, String reason, long retryMs, String pushback) {
        Metadata trailers = new Metadata();
        com.google.rpc.Status.Builder status =
                com.google.rpc.Status.newBuilder().setCode(code.value());
        if (!reason.isEmpty()) {
            status.addDetails(Any.pack(ErrorInfo.newBuilder()
                    .setReason(reason)
                    .setDomain("pointsman.dev")
                    .build()));
        }
        if (retryMs >= 0) {
            Duration delay = Duration.newBuilder()
                    .setSeconds(retryMs / 1000)
                    .setNanos((int) (retryMs % 1000) * 1_000_000)
                    .build();
            status.addDetails(
                    Any.pack(RetryInfo.newBuilder().setRetryDelay(delay).build()));
        }
        if (!reason.isEmpty() || retryMs >= 0) {
            trailers.put(
                    Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER),
                    status.build().toByteArray());
        }
        if (pushback != null) {
            trailers.put(Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER), pushback);
        }
        for (int i = 0; i < times; i++) {
            failures.add(code.toStatus().withDescription("scripted failure").asRuntimeException(trailers));
        }
    }

    void fail(int times) {
        fail(times, Status.Code.UNAVAILABLE, "", -1, null);
    }

    @Override
    public void close() {
        hold.countDown();
        server.shutdownNow();
        try {
            server.awaitTermination();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** Notes the call. True where it is to fail, and has. */
    private boolean failed(String id, StreamObserver<?> caller) {
        ids.add(id);
        entered.countDown();
        StatusRuntimeException failure = failures.poll();
        if (failure != null) {
            caller.onError(failure);
            return true;
        }
        try {
            hold.await();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private static <R> void answer(StreamObserver<R> caller, R response) {
        caller.onNext(response);
        caller.onCompleted();
    }

    private final class Hears implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata metadata, ServerCallHandler<Q, R> next) {
            headers.add(metadata);
            return next.startCall(call, metadata);
        }
    }

    private static CompleteResponse four() {
        return CompleteResponse.newBuilder()
                .setEpisodeId("e-1")
                .setAnswer(Answer.newBuilder().setText("Four.").setModel("small"))
                .build();
    }

    private final class Router extends RouterServiceImplBase {
        @Override
        public void route(RouteRequest request, StreamObserver<RouteResponse> caller) {
            if (!failed(request.getRequestId(), caller)) {
                answer(caller, RouteResponse.newBuilder().setEpisodeId("e-1").build());
            }
        }

        @Override
        public void complete(CompleteRequest request, StreamObserver<CompleteResponse> caller) {
            if (!failed(request.getRequestId(), caller)) {
                answer(caller, four());
            }
        }

        @Override
        public void streamComplete(StreamCompleteRequest request, StreamObserver<StreamCompleteResponse> caller) {
            ServerCallStreamObserver<StreamCompleteResponse> call =
                    (ServerCallStreamObserver<StreamCompleteResponse>) caller;
            call.setOnCancelHandler(cancelled::countDown);
            if (failed(request.getRequestId(), caller)) {
                return;
            }
            call.setOnReadyHandler(() -> pour(call));
        }

        private void pour(ServerCallStreamObserver<StreamCompleteResponse> call) {
            while (call.isReady() && sent.get() <= pieces + 1) {
                int n = sent.getAndIncrement();
                if (n == 0) {
                    call.onNext(StreamCompleteResponse.newBuilder()
                            .setBegun(StreamBegun.newBuilder().setEpisodeId("e-1"))
                            .build());
                } else if (n <= pieces) {
                    call.onNext(StreamCompleteResponse.newBuilder()
                            .setText(TextPiece.newBuilder().setText("piece " + n + " ".repeat(1000)))
                            .build());
                } else if (pieces >= 0) {
                    call.onNext(StreamCompleteResponse.newBuilder()
                            .setSummary(four())
                            .build());
                    call.onCompleted();
                }
            }
        }
    }

    private final class Feedback extends FeedbackServiceImplBase {
        @Override
        public void recordFeedback(RecordFeedbackRequest request, StreamObserver<RecordFeedbackResponse> caller) {
            if (!failed(request.getRequestId(), caller)) {
                answer(
                        caller,
                        RecordFeedbackResponse.newBuilder()
                                .setReceipt(receipt(request))
                                .build());
            }
        }

        @Override
        public void recordFeedbackBatch(
                RecordFeedbackBatchRequest request, StreamObserver<RecordFeedbackBatchResponse> caller) {
            if (failed(request.getRequests(0).getRequestId(), caller)) {
                return;
            }
            batches.add(request.getRequestsCount());
            RecordFeedbackBatchResponse.Builder response = RecordFeedbackBatchResponse.newBuilder();
            for (RecordFeedbackRequest item : request.getRequestsList()) {
                response.addResults(result(item));
            }
            answer(caller, response.build());
        }

        private FeedbackResult result(RecordFeedbackRequest item) {
            if (item.getFeedback().getEpisodeId().startsWith("unknown")) {
                return FeedbackResult.newBuilder()
                        .setError(com.google.rpc.Status.newBuilder()
                                .setCode(Status.Code.NOT_FOUND.value())
                                .setMessage("no such episode"))
                        .build();
            }
            return FeedbackResult.newBuilder().setReceipt(receipt(item)).build();
        }

        private FeedbackReceipt receipt(RecordFeedbackRequest request) {
            return FeedbackReceipt.newBuilder()
                    .setRequestId(request.getRequestId())
                    .setEpisodeId(request.getFeedback().getEpisodeId())
                    .build();
        }
    }
}
