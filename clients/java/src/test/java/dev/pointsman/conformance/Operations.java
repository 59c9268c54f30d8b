package dev.pointsman.conformance;

import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.pointsman.Answer;
import dev.pointsman.FeedbackBatcher;
import dev.pointsman.Pointsman;
import dev.pointsman.Signal;
import dev.pointsman.v1.Feedback;
import dev.pointsman.v1.FeedbackReceipt;
import dev.pointsman.v1.RecordFeedbackRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What a line can ask for; what was opened, begun and answered so far is known by the names that the lines give. */
final class Operations {
    private final Map<String, Pointsman> clients = new ConcurrentHashMap<>();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Map<String, Future<Map<String, Object>>> calls = new HashMap<>();
    private final Map<String, Batch> batchers = new HashMap<>();

    /** The line asks for what this runner does not have. */
    static final class UnsupportedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnsupportedException(String what) {
            super(what);
        }
    }

    /** The caller hung up; of a stream with what had come. */
    static final class HungUpException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Map<String, Object> heard;

        HungUpException(Map<String, Object> heard) {
            super("the caller hung up");
            this.heard = heard;
        }

        Map<String, Object> heard() {
            return heard;
        }
    }

    /** A batcher, and what the service refused of it. */
    private record Batch(FeedbackBatcher batcher, List<Map<String, Object>> refused) {}

    Map<String, Object> perform(Words line) throws IOException {
        return switch (line.text("op")) {
            case "open" -> open(line);
            case "close" -> close(line);
            case "call" -> call(line);
            case "start" -> start(line);
            case "await" -> await(line);
            case "handle" -> handle(line);
            case "batcher_open" -> openBatcher(line);
            case "batcher_add" -> add(line);
            case "batcher_flush" -> settle(line, false);
            case "batcher_close" -> settle(line, true);
            case "batcher_stats" -> stats(batchers.get(line.text("batcher")));
            default -> throw new UnsupportedException("op " + line.text("op"));
        };
    }

    void close() {
        clients.values().forEach(Pointsman::close);
    }

    private Map<String, Object> open(Words line) {
        Pointsman replaced = clients.put(line.text("client"), Clients.make(line.in("options")));
        if (replaced != null) {
            replaced.close();
        }
        return Map.of();
    }

    private Map<String, Object> close(Words line) {
        Pointsman client = clients.get(line.text("client"));
        if (client != null) {
            client.close();
        }
        return Map.of();
    }

    private Map<String, Object> start(Words line) {
        FutureTask<Map<String, Object>> call = new FutureTask<>(() -> call(line));
        calls.put(line.text("call"), call);
        new Thread(call, "call " + line.text("call")).start();
        return Map.of();
    }

    private Map<String, Object> await(Words line) {
        try {
            return calls.remove(line.text("call")).get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException error) {
                throw error;
            }
            throw new IllegalStateException(failed);
        } catch (InterruptedException ended) {
            throw new IllegalStateException(ended);
        }
    }

    private Map<String, Object> call(Words line) throws IOException {
        Pointsman client = clients.get(line.text("client"));
        Words args = line.in("args");
        Words options = line.in("options");
        return switch (line.text("method")) {
            case "complete" -> complete(client, line, args, options);
            case "stream_complete" -> stream(client, line, args, options);
            case "route" -> Told.route(client.route(Queries.ask(args, options)));
            case "report_outcome" ->
                Told.outcome(client.reportOutcome(args.text("episode_id"), Queries.outcome(args, options)));
            case "feedback" -> Told.receipt(client.feedback(args.text("episode_id"), Queries.signal(args, options)));
            case "feedback_batch" ->
                Map.of(
                        "results",
                        client.feedbackBatch(items(args), Queries.terms(options)).stream()
                                .map(Told::result)
                                .toList());
            case "record_session_outcome" ->
                Told.session(
                        args.text("session_id"),
                        client.recordSessionOutcome(args.text("session_id"), Queries.signal(args, options)));
            case "get_episode" -> Told.episode(client.getEpisode(args.text("episode_id"), Queries.terms(options)));
            case "explain_episode" ->
                Told.explanation(client.explainEpisode(args.text("episode_id"), Queries.terms(options)));
            case "request" -> request(client, args, options);
            default -> throw new UnsupportedException("method " + line.text("method"));
        };
    }

    private Map<String, Object> complete(Pointsman client, Words line, Words args, Words options) {
        Answer answer = line.has("cancel_after")
                ? hangUp(client.completeAsync(Queries.ask(args, options)), line.number("cancel_after"))
                : client.complete(Queries.ask(args, options));
        keep(line, answer);
        return Told.answer(answer);
    }

    private static <A> A hangUp(CompletableFuture<A> call, double seconds) {
        try {
            return call.get((long) (seconds * 1e9), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            call.cancel(true);
            throw new HungUpException(null);
        } catch (CancellationException | InterruptedException ended) {
            throw new HungUpException(null);
        } catch (ExecutionException failed) {
            throw (RuntimeException) failed.getCause();
        }
    }

    private Map<String, Object> stream(Pointsman client, Words line, Words args, Words options) {
        try (Heard heard = new Heard(client.streamComplete(Queries.ask(args, options)))) {
            Answer answer = heard.read(line.text("cancel_after"));
            keep(line, answer);
            return heard.told(answer);
        }
    }

    private void keep(Words line, Answer answer) {
        if (line.has("as")) {
            answers.put(line.text("as"), answer);
        }
    }

    private Map<String, Object> request(Pointsman client, Words args, Words options) throws IOException {
        Message.Builder request = Messages.builder(args.text("rpc") + "Request");
        JsonFormat.parser().merge(Messages.json(args.get("message")), request);
        Class<? extends Message> response = Messages.type(args.text("rpc") + "Response");
        Message answered = client.call(request.build(), response, Queries.terms(options));
        return Map.of("message", Messages.plain(JsonFormat.printer().print(answered)));
    }

    private Map<String, Object> handle(Words line) {
        Answer answer = answers.get(line.text("answer"));
        if (line.in("options").members().isEmpty()) {
            return Told.receipt(said(answer, line));
        }
        // With terms of its own a word is a signal; the short methods have none.
        Signal signal = Queries.signal(asSignal(line), line.in("options"));
        return Told.receipt(answer.feedback(signal));
    }

    private static FeedbackReceipt said(Answer answer, Words line) {
        return switch (line.text("do")) {
            case "thumbs_up" -> line.has("value") ? answer.thumbsUp(line.text("value")) : answer.thumbsUp();
            case "thumbs_down" -> line.has("value") ? answer.thumbsDown(line.text("value")) : answer.thumbsDown();
            case "rate" -> answer.rate(line.number("value"));
            case "correct" -> answer.correct(line.text("value"));
            case "score" -> answer.score(line.number("value"));
            default -> throw new UnsupportedException("do " + line.text("do"));
        };
    }

    private static Words asSignal(Words line) {
        return Words.of(
                switch (line.text("do")) {
                    case "thumbs_up" -> thumb("up", line);
                    case "thumbs_down" -> thumb("down", line);
                    case "rate" -> Map.of("rating", line.get("value"));
                    case "correct" -> Map.of("correction", line.get("value"));
                    default -> Map.of("score", line.get("value"));
                });
    }

    private static Map<String, Object> thumb(String word, Words line) {
        return line.has("value") ? Map.of("thumb", word, "comment", line.get("value")) : Map.of("thumb", word);
    }

    private static List<RecordFeedbackRequest> items(Words args) {
        List<RecordFeedbackRequest> made = new ArrayList<>();
        for (Words item : args.list("items")) {
            made.add(Queries.signal(item, Words.of(null)).about(item.text("episode_id")));
        }
        return made;
    }

    private Map<String, Object> openBatcher(Words line) {
        List<Map<String, Object>> refused = Collections.synchronizedList(new ArrayList<>());
        FeedbackBatcher made = Clients.batcher(clients.get(line.text("client")), line.in("options"))
                .onRefused((item, failure) -> refused.add(
                        Map.of("episode_id", item.getFeedback().getEpisodeId(), "error", Told.error(failure))))
                .open();
        batchers.put(line.text("batcher"), new Batch(made, refused));
        return Map.of();
    }

    private Map<String, Object> add(Words line) {
        FeedbackBatcher batcher = batchers.get(line.text("batcher")).batcher();
        int accepted = 0;
        long slowest = 0;
        for (int i = 0; i < (line.has("times") ? line.whole("times") : 1); i++) {
            for (Words item : line.list("items")) {
                long begun = System.nanoTime();
                accepted += handOver(batcher, item) ? 1 : 0;
                slowest = Math.max(slowest, System.nanoTime() - begun);
            }
        }
        return Map.of("accepted", accepted, "slowest_ms", slowest / 1e6);
    }

    private static boolean handOver(FeedbackBatcher batcher, Words item) {
        if (!Queries.hasSignal(item)) {
            Feedback bare =
                    Feedback.newBuilder().setEpisodeId(item.text("episode_id")).build();
            return batcher.add(
                    RecordFeedbackRequest.newBuilder().setFeedback(bare).build());
        }
        Signal signal = Queries.signal(item, Words.of(null));
        return batcher.add(item.text("episode_id"), item.has("tenant") ? signal.tenant(item.text("tenant")) : signal);
    }

    private Map<String, Object> settle(Words line, boolean close) {
        Batch batch = batchers.get(line.text("batcher"));
        if (close) {
            batch.batcher().close();
        } else {
            batch.batcher().flush();
        }
        return stats(batch);
    }

    private static Map<String, Object> stats(Batch batch) {
        FeedbackBatcher.Stats stats = batch.batcher().stats();
        Map<String, Object> dropped = new HashMap<>();
        stats.dropped().forEach((reason, count) -> dropped.put(Told.word(reason.name(), ""), count));
        return Map.of(
                "added", stats.added(),
                "acknowledged", stats.acknowledged(),
                "refused", List.copyOf(batch.refused()),
                "dropped", dropped,
                "pending", stats.pending(),
                "requests", stats.requests());
    }
}
