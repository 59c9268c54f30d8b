package dev.pointsman.conformance;

import dev.pointsman.Ask;
import dev.pointsman.CallTerms;
import dev.pointsman.Outcome;
import dev.pointsman.PerCall;
import dev.pointsman.Signal;
import dev.pointsman.v1.FailureKind;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the client takes, made of what a line says. */
final class Queries {
    private Queries() {}

    @SuppressWarnings("unchecked")
    static Ask ask(Words args, Words options) {
        Ask ask = args.get("messages") instanceof String text
                ? Ask.of(text)
                : Ask.ofOpenAi((List<Map<String, ?>>) args.get("messages"));
        for (String name : args.members().keySet()) {
            if (!name.equals("messages")) {
                put(ask, name, args);
            }
        }
        return terms(ask, options);
    }

    @SuppressWarnings("unchecked")
    private static void put(Ask ask, String name, Words args) {
        switch (name) {
            case "dial" -> ask.dial(args.number(name));
            case "cost_weight" -> ask.costWeight(args.number(name));
            case "latency_weight" -> ask.latencyWeight(args.number(name));
            case "max_cost_usd" -> ask.maxCostUsd(args.number(name));
            case "max_latency_ms" -> ask.maxLatencyMs(args.number(name));
            case "min_quality" -> ask.minQuality(args.number(name));
            case "models" -> ask.models(args.texts(name));
            case "require_tags" -> ask.requireTags(args.texts(name));
            case "temperature" -> ask.temperature(args.number(name));
            case "top_p" -> ask.topP(args.number(name));
            case "max_tokens" -> ask.maxTokens(args.whole(name));
            case "stop" -> ask.stop(args.texts(name));
            case "seed" -> ask.seed(args.large(name));
            case "params" -> ask.params(args.in(name).members());
            case "tools" -> ask.tools((List<Map<String, ?>>) args.get(name));
            case "response_format" -> ask.responseFormat((Map<String, ?>) args.get(name));
            case "task" -> ask.task(args.text(name));
            case "domain" -> ask.domain(args.text(name));
            case "language" -> ask.language(args.text(name));
            case "labels" -> args.in(name).members().forEach((key, value) -> ask.label(key, (String) value));
            case "session_id" -> ask.sessionId(args.text(name));
            case "end_user_id" -> ask.endUserId(args.text(name));
            case "request_id" -> ask.requestId(args.text(name));
            case "include_predictions" -> ask.includePredictions(args.flag(name));
            case "optimistic" -> ask.optimistic(args.flag(name));
            case "trace" -> ask.trace(args.flag(name));
            case "single_call" -> ask.singleCall(args.flag(name));
            default -> throw new Operations.UnsupportedException("argument " + name);
        }
    }

    static boolean hasSignal(Words item) {
        return List.of("thumb", "rating", "correction", "score").stream().anyMatch(item::has);
    }

    static Signal signal(Words item, Words options) {
        Signal made = item.has("thumb")
                ? thumb(item.text("thumb"))
                : item.has("rating")
                        ? Signal.rating(item.number("rating"))
                        : item.has("correction")
                                ? Signal.correction(item.text("correction"))
                                : Signal.score(item.number("score"));
        if (item.has("model")) {
            made.model(item.text("model"));
        }
        if (item.has("end_user_id")) {
            made.endUserId(item.text("end_user_id"));
        }
        if (item.has("comment")) {
            made.comment(item.text("comment"));
        }
        if (item.has("request_id")) {
            made.requestId(item.text("request_id"));
        }
        return terms(made, options);
    }

    private static Signal thumb(String word) {
        return switch (word) {
            case "up" -> Signal.thumbsUp();
            case "down" -> Signal.thumbsDown();
            default -> throw new Operations.UnsupportedException("thumb " + word);
        };
    }

    static Outcome outcome(Words args, Words options) {
        Outcome made = Outcome.create();
        for (String name : args.members().keySet()) {
            switch (name) {
                case "episode_id" -> {}
                case "model" -> made.model(args.text(name));
                case "latency_ms" -> made.latencyMs(args.number(name));
                case "cost_usd" -> made.costUsd(args.number(name));
                case "input_tokens" -> made.inputTokens(args.whole(name));
                case "cached_input_tokens" -> made.cachedInputTokens(args.whole(name));
                case "output_tokens" -> made.outputTokens(args.whole(name));
                case "reasoning_tokens" -> made.reasoningTokens(args.whole(name));
                case "failure" ->
                    made.failure(kind(args.in(name)), args.in(name).text("message"));
                case "verdicts" -> args.list(name).forEach(v -> made.verdict(v.text("judge"), v.number("score")));
                case "request_id" -> made.requestId(args.text(name));
                default -> throw new Operations.UnsupportedException("argument " + name);
            }
        }
        return terms(made, options);
    }

    private static FailureKind kind(Words failure) {
        return FailureKind.valueOf("FAILURE_KIND_" + failure.text("kind").toUpperCase(Locale.ROOT));
    }

    static CallTerms terms(Words options) {
        return terms(CallTerms.create(), options);
    }

    private static <T extends PerCall<T>> T terms(T made, Words options) {
        for (String name : options.members().keySet()) {
            switch (name) {
                case "tenant" -> made.tenant(options.text(name));
                case "timeout_s" -> {
                    if (options.get(name) == null) {
                        made.noTimeout();
                    } else {
                        made.timeout(options.seconds(name));
                    }
                }
                case "metadata" -> pairs(options, name).forEach(pair -> made.metadata(pair.get(0), pair.get(1)));
                default -> throw new Operations.UnsupportedException("option " + name);
            }
        }
        return made;
    }

    @SuppressWarnings("unchecked")
    static List<List<String>> pairs(Words options, String name) {
        return (List<List<String>>) options.get(name);
    }
}
