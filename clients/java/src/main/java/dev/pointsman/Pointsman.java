package dev.pointsman;

import com.google.protobuf.Message;
import dev.pointsman.v1.CompleteRequest;
import dev.pointsman.v1.CompleteResponse;
import dev.pointsman.v1.Episode;
import dev.pointsman.v1.ExplainEpisodeRequest;
import dev.pointsman.v1.ExplainEpisodeResponse;
import dev.pointsman.v1.FeedbackReceipt;
import dev.pointsman.v1.FeedbackResult;
import dev.pointsman.v1.GetEpisodeRequest;
import dev.pointsman.v1.GetEpisodeResponse;
import dev.pointsman.v1.RecordFeedbackBatchRequest;
import dev.pointsman.v1.RecordFeedbackBatchResponse;
import dev.pointsman.v1.RecordFeedbackRequest;
import dev.pointsman.v1.RecordFeedbackResponse;
import dev.pointsman.v1.RecordSessionOutcomeResponse;
import dev.pointsman.v1.ReportOutcomeResponse;
import dev.pointsman.v1.RouteRequest;
import dev.pointsman.v1.RouteResponse;
import dev.pointsman.v1.StreamCompleteResponse;
import io.grpc.Channel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * A connection to a Pointsman service, for any number of threads.
 *
 * <pre>{@code
 * try (Pointsman pointsman = Pointsman.builder().tenant("team-a").build()) {
 *     Answer answer = pointsman.complete(Ask.of("What is 2 + 2?").dial(0.3));
 *     System.out.println(answer.text());
 *     answer.thumbsUp();
 * }
 * }</pre>
 *
 * <p>What goes wrong is a {@link PointsmanException}, arguments included. Calls that find no service are tried again, as the
 * {@link RetryPolicy} says; each request that changes something carries an id that stays the same over retries, so nothing is
 * answered, charged or counted twice. A blocking call whose thread is interrupted ends with a {@link CancelledException}.
 */
public final class Pointsman implements AutoCloseable {
    /** How long {@link #close} waits for feedback that its batchers still hold. */
    private static final Duration LAST_FLUSH = Duration.ofSeconds(10);

    private final Calls calls;
    private final Settings settings;
    private final Set<FeedbackBatcher> batchers = ConcurrentHashMap.newKeySet();

    Pointsman(Settings settings) {
        this.settings = settings;
        this.calls = new Calls(settings);
    }

    /**
     * Says where the service is, and who calls.
     *
     * @return a builder, all of whose parts may be left out
     */
    public static PointsmanBuilder builder() {
        return new PointsmanBuilder(new Environment(System::getenv));
    }

    /**
     * The service that the environment names, else the one on this machine.
     *
     * @return a client, to be closed
     */
    public static Pointsman create() {
        return builder().build();
    }

    /**
     * Answers.
     *
     * @param text what the user asks
     * @return the answer, with its handle
     */
    public Answer complete(String text) {
        return complete(Ask.of(text));
    }

    /**
     * Answers.
     *
     * @param ask what is asked
     * @return the answer, with its handle
     */
    public Answer complete(Ask ask) {
        CompleteRequest request = Outgoing.of(ask.toComplete());
        CompleteResponse response = (CompleteResponse) calls.call(request, ask.over(settings));
        return new Answer(this, response, request.getRequestId(), ask.follow());
    }

    /**
     * Answers, without a thread that waits.
     *
     * @param ask what is asked
     * @return the answer in time, or a {@link PointsmanException}; cancelling it ends the call
     */
    public CompletableFuture<Answer> completeAsync(Ask ask) {
        return future(() -> {
            CompleteRequest request = Outgoing.of(ask.toComplete());
            CallTerms follow = ask.follow();
            return calls.start(
                    request,
                    ask.over(settings),
                    raw -> new Answer(this, (CompleteResponse) raw, request.getRequestId(), follow));
        });
    }

    /**
     * Answers, as the answer comes about.
     *
     * @param text what the user asks
     * @return the stream, to be closed
     */
    public AnswerStream streamComplete(String text) {
        return streamComplete(Ask.of(text));
    }

    /**
     * Answers, as the answer comes about. With {@code optimistic}, pieces may be taken back: read the items then.
     *
     * @param ask what is asked
     * @return the stream, to be closed
     */
    public AnswerStream streamComplete(Ask ask) {
        CallTerms follow = ask.follow();
        return new AnswerStream(
                sink -> calls.stream(ask.toStream(), ask.over(settings), sink),
                ask.isOptimistic(),
                (summary, requestId) -> new Answer(this, summary, requestId, follow));
    }

    /**
     * Answers as the answer comes about, for reactive code.
     *
     * @param ask what is asked, anew for each subscriber
     * @return the items; the last has the summary, see {@link #answer}
     */
    public AnswerPublisher<StreamCompleteResponse> publishComplete(Ask ask) {
        return new AnswerPublisher<>(
                sink -> calls.stream(ask.toStream(), ask.over(settings), sink), Function.identity());
    }

    /**
     * The text of an answer as it comes about, for reactive code.
     *
     * @param ask what is asked, anew for each subscriber; not optimistic
     * @return pieces that stand
     */
    public AnswerPublisher<String> publishTexts(Ask ask) {
        if (ask.isOptimistic()) {
            throw Errors.invalid("optimistic", "streams take texts back: subscribe to their items");
        }
        return new AnswerPublisher<>(
                sink -> calls.stream(ask.toStream(), ask.over(settings), sink), AnswerStream::textOf);
    }

    /**
     * Makes an answer with its handle of the message that a stream ends with.
     *
     * @param summary the last item's
     * @return the answer; its request id is empty, since the message has none
     */
    public Answer answer(CompleteResponse summary) {
        return new Answer(this, summary, "", CallTerms.create());
    }

    /**
     * Says which model should answer. Nothing is called; tell what came of it with {@link Routed#report}.
     *
     * @param text what the user asks
     * @return the decision
     */
    public Routed route(String text) {
        return route(Ask.of(text));
    }

    /**
     * Says which model should answer. Nothing is called; tell what came of it with {@link Routed#report}.
     *
     * @param ask what is asked
     * @return the decision
     */
    public Routed route(Ask ask) {
        RouteRequest request = Outgoing.of(ask.toRoute());
        RouteResponse response = (RouteResponse) calls.call(request, ask.over(settings));
        return new Routed(this, response, request.getRequestId(), ask.follow());
    }

    /**
     * Says which model should answer, without a thread that waits.
     *
     * @param ask what is asked
     * @return the decision in time; cancelling it ends the call
     */
    public CompletableFuture<Routed> routeAsync(Ask ask) {
        return future(() -> {
            RouteRequest request = Outgoing.of(ask.toRoute());
            CallTerms follow = ask.follow();
            return calls.start(
                    request,
                    ask.over(settings),
                    raw -> new Routed(this, (RouteResponse) raw, request.getRequestId(), follow));
        });
    }

    /**
     * Tells what came of a routed query.
     *
     * @param episodeId what {@code route} named
     * @param outcome what is known of it
     * @return that it is in the log
     */
    public ReportOutcomeResponse reportOutcome(String episodeId, Outcome outcome) {
        return reportOutcome(episodeId, outcome, CallTerms.create());
    }

    ReportOutcomeResponse reportOutcome(String episodeId, Outcome outcome, CallTerms follow) {
        return (ReportOutcomeResponse) calls.call(outcome.about(episodeId), outcome.over(settings, follow));
    }

    /**
     * Says what an answer was worth.
     *
     * @param episodeId the answer's
     * @param signal what is said
     * @return the receipt: it is in the log
     */
    public FeedbackReceipt feedback(String episodeId, Signal signal) {
        return feedback(episodeId, signal, CallTerms.create());
    }

    FeedbackReceipt feedback(String episodeId, Signal signal, CallTerms follow) {
        Terms terms = signal.over(settings, follow);
        return ((RecordFeedbackResponse) calls.call(signal.about(episodeId), terms)).getReceipt();
    }

    /**
     * Says what an answer was worth, without a thread that waits.
     *
     * @param episodeId the answer's
     * @param signal what is said
     * @return the receipt in time
     */
    public CompletableFuture<FeedbackReceipt> feedbackAsync(String episodeId, Signal signal) {
        return future(() -> calls.start(
                signal.about(episodeId), signal.over(settings), raw -> ((RecordFeedbackResponse) raw).getReceipt()));
    }

    /**
     * Says it of many answers at once, each by itself: a bad one does not stop the others.
     *
     * @param requests 1 to 1,000; see {@link Signal#about}
     * @return a result each, in order; {@link PointsmanException#of} makes an exception of an error
     */
    public List<FeedbackResult> feedbackBatch(List<RecordFeedbackRequest> requests) {
        return feedbackBatch(requests, CallTerms.create());
    }

    /**
     * Says it of many answers at once, each by itself: a bad one does not stop the others.
     *
     * @param requests 1 to 1,000; see {@link Signal#about}
     * @param terms what this call says of its own
     * @return a result each, in order; {@link PointsmanException#of} makes an exception of an error
     */
    public List<FeedbackResult> feedbackBatch(List<RecordFeedbackRequest> requests, CallTerms terms) {
        RecordFeedbackBatchRequest batch =
                RecordFeedbackBatchRequest.newBuilder().addAllRequests(requests).build();
        return ((RecordFeedbackBatchResponse) calls.call(batch, terms.over(settings))).getResultsList();
    }

    /**
     * Sends feedback in the background.
     *
     * @return its options; {@code open()} starts it
     */
    public BatcherOptions batcher() {
        return new BatcherOptions(options -> {
            FeedbackBatcher made = new FeedbackBatcher(calls, options, batchers::remove);
            batchers.add(made);
            return made;
        });
    }

    /**
     * Says what came of a conversation, or of an agent's run.
     *
     * @param sessionId the session of its queries
     * @param signal a thumb, a rating or a score
     * @return that it is in the log
     */
    public RecordSessionOutcomeResponse recordSessionOutcome(String sessionId, Signal signal) {
        return (RecordSessionOutcomeResponse) calls.call(signal.aboutSession(sessionId), signal.over(settings));
    }

    /**
     * All that became of a query.
     *
     * @param episodeId the answer's
     * @return the episode so far
     */
    public Episode getEpisode(String episodeId) {
        return getEpisode(episodeId, CallTerms.create());
    }

    /**
     * All that became of a query.
     *
     * @param episodeId the answer's
     * @param terms what this call says of its own
     * @return the episode so far
     */
    public Episode getEpisode(String episodeId, CallTerms terms) {
        GetEpisodeRequest request = GetEpisodeRequest.newBuilder()
                .setEpisodeId(Texts.check(episodeId, "episode_id"))
                .build();
        return ((GetEpisodeResponse) calls.call(request, terms.over(settings))).getEpisode();
    }

    /**
     * Why a query went as it did.
     *
     * @param episodeId the answer's
     * @return in words, and what each verdict moved
     */
    public ExplainEpisodeResponse explainEpisode(String episodeId) {
        return explainEpisode(episodeId, CallTerms.create());
    }

    /**
     * Why a query went as it did.
     *
     * @param episodeId the answer's
     * @param terms what this call says of its own
     * @return in words, and what each verdict moved
     */
    public ExplainEpisodeResponse explainEpisode(String episodeId, CallTerms terms) {
        ExplainEpisodeRequest request = ExplainEpisodeRequest.newBuilder()
                .setEpisodeId(Texts.check(episodeId, "episode_id"))
                .build();
        return (ExplainEpisodeResponse) calls.call(request, terms.over(settings));
    }

    /**
     * Sends any request of the contract that has one response, the operators' too, as every other call is sent.
     *
     * <pre>{@code
     * pointsman.call(ListModelsRequest.getDefaultInstance(), ListModelsResponse.class).getModelsList();
     * }</pre>
     *
     * @param request for instance {@code ListModelsRequest}
     * @param response what its rpc returns
     * @param <R> what its rpc returns
     * @return the response
     */
    public <R extends Message> R call(Message request, Class<R> response) {
        return call(request, response, CallTerms.create());
    }

    /**
     * Sends any request of the contract that has one response, the operators' too, as every other call is sent.
     *
     * @param request for instance {@code ListModelsRequest}
     * @param response what its rpc returns
     * @param terms what this call says of its own
     * @param <R> what its rpc returns
     * @return the response
     */
    public <R extends Message> R call(Message request, Class<R> response, CallTerms terms) {
        Methods.refuseOtherResponse(request, response);
        return response.cast(calls.call(request, terms.over(settings)));
    }

    /**
     * The channel to callers' address, for stubs of your own: {@code RouterServiceGrpc.newFutureStub(pointsman.channel())}.
     * It sends tenant, key and metadata, and waits for a connection; retries, exceptions, deadlines and ids are yours to make.
     *
     * @return the channel; it is closed with this client
     */
    public Channel channel() {
        return calls.callers().channel();
    }

    /**
     * The channel to operators' address, for stubs of AdminService: see {@link #channel}.
     *
     * @return the channel; it is closed with this client
     */
    public Channel adminChannel() {
        return calls.operators().channel();
    }

    /**
     * The service config that is published with the contract, retries by gRPC itself included, for channels of your own:
     * {@code ManagedChannelBuilder.defaultServiceConfig(Pointsman.serviceConfig())}.
     *
     * @return the config as gRPC takes it, yours to change
     */
    public static Map<String, ?> serviceConfig() {
        return ServiceConfig.published();
    }

    /**
     * Ends the connection, and with it the calls that are under way. Batchers are closed first; feedback that the service
     * does not take within ten seconds is dropped, and told.
     */
    @Override
    public void close() {
        try {
            batchers.forEach(batcher -> batcher.close(LAST_FLUSH));
        } finally {
            calls.close();
        }
    }

    private static <A> CompletableFuture<A> future(Starts<A> starts) {
        try {
            return starts.start();
        } catch (PointsmanException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    private interface Starts<A> {
        CompletableFuture<A> start();
    }
}
