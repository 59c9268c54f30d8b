package dev.pointsman.conformance;

import dev.pointsman.Answer;
import dev.pointsman.PointsmanException;
import dev.pointsman.Routed;
import dev.pointsman.v1.Episode;
import dev.pointsman.v1.ExplainEpisodeResponse;
import dev.pointsman.v1.FeedbackReceipt;
import dev.pointsman.v1.FeedbackResult;
import dev.pointsman.v1.RecordSessionOutcomeResponse;
import dev.pointsman.v1.RecordedFeedback;
import dev.pointsman.v1.ReportOutcomeResponse;
import dev.pointsman.v1.Usage;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What the client answered, as plain values. */
final class Told {
    private Told() {}

    /** A value of an enum in lower case without its prefix; null where nothing is said. */
    static String word(String value, String prefix) {
        String bare = value.substring(prefix.length());
        return bare.equals("UNSPECIFIED") || bare.equals("UNRECOGNIZED") ? null : bare.toLowerCase(Locale.ROOT);
    }

    static Map<String, Object> answer(Answer answer) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("text", answer.text());
        told.put("model", answer.model());
        told.put("usage", usage(answer.usage()));
        told.put("cost_usd", answer.costUsd().isPresent() ? answer.costUsd().getAsDouble() : null);
        told.put("episode_id", answer.episodeId());
        told.put("request_id", answer.requestId());
        told.put("replayed", answer.replayed());
        told.put("finish_reason", word(answer.finishReason().name(), "FINISH_REASON_"));
        told.put("stop_reason", word(answer.raw().getStopReason().name(), "STOP_REASON_"));
        told.put(
                "tool_calls",
                answer.toolCalls().stream()
                        .map(call -> Map.of(
                                "id", call.getToolCallId(),
                                "function", call.getFunction(),
                                "arguments", call.getArgumentsJson()))
                        .toList());
        told.put("steps", answer.raw().getStepsCount());
        told.put("predictions", answer.raw().getDecision().getPredictionsCount());
        return told;
    }

    private static Map<String, Object> usage(Usage usage) {
        Map<String, Object> told = new HashMap<>();
        told.put("input_tokens", usage.hasInputTokens() ? usage.getInputTokens() : null);
        told.put("output_tokens", usage.hasOutputTokens() ? usage.getOutputTokens() : null);
        return told;
    }

    static Map<String, Object> route(Routed routed) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("episode_id", routed.episodeId());
        told.put("request_id", routed.requestId());
        told.put("model", routed.model());
        told.put("propensity", routed.decision().getPropensity());
        told.put("replayed", routed.raw().getReplayed());
        told.put("predictions", routed.decision().getPredictionsCount());
        return told;
    }

    static Map<String, Object> outcome(ReportOutcomeResponse outcome) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("episode_id", outcome.getEpisodeId());
        told.put("request_id", outcome.getRequestId());
        told.put("model", outcome.getModel());
        told.put("cost_usd", outcome.hasCostUsd() ? outcome.getCostUsd() : null);
        told.put("replayed", outcome.getReplayed());
        return told;
    }

    static Map<String, Object> receipt(FeedbackReceipt receipt) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("episode_id", receipt.getEpisodeId());
        told.put("request_id", receipt.getRequestId());
        told.put("value", receipt.hasValue() ? receipt.getValue() : null);
        told.put("replayed", receipt.getReplayed());
        return told;
    }

    static Map<String, Object> result(FeedbackResult result) {
        return result.hasError()
                ? Map.of("error", error(PointsmanException.of(result.getError())))
                : Map.of("receipt", receipt(result.getReceipt()));
    }

    static Map<String, Object> session(String sessionId, RecordSessionOutcomeResponse outcome) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("session_id", sessionId);
        told.put("request_id", outcome.getRequestId());
        told.put("value", outcome.hasValue() ? outcome.getValue() : null);
        told.put("episode_count", outcome.hasEpisodeCount() ? outcome.getEpisodeCount() : null);
        told.put("replayed", outcome.getReplayed());
        return told;
    }

    static Map<String, Object> episode(Episode episode) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("episode_id", episode.getEpisodeId());
        told.put("stop_reason", word(episode.getStopReason().name(), "STOP_REASON_"));
        told.put("steps", episode.getStepsCount());
        told.put(
                "feedback",
                episode.getFeedbackList().stream().map(Told::recorded).toList());
        told.put("outcomes", episode.getOutcomesCount());
        return told;
    }

    private static Map<String, Object> recorded(RecordedFeedback feedback) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("request_id", feedback.getRequestId());
        told.put("source", word(feedback.getSource().name(), "FEEDBACK_SOURCE_"));
        told.put("value", feedback.getValue());
        told.put("comment", feedback.hasComment() ? feedback.getComment() : null);
        return told;
    }

    static Map<String, Object> explanation(ExplainEpisodeResponse explained) {
        return Map.of(
                "episode_id", explained.getEpisode().getEpisodeId(),
                "summary", explained.getSummary(),
                "moves", explained.getMovesCount());
    }

    static Map<String, Object> error(PointsmanException error) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("family", family(error));
        told.put("code", error.code().name());
        told.put("reason", error.reason());
        told.put("message", error.description());
        told.put("metadata", error.metadata());
        told.put(
                "field_violations",
                error.fieldViolations().stream()
                        .map(v -> Map.of("field", v.field(), "description", v.description(), "reason", v.reason()))
                        .toList());
        told.put(
                "quota_violations",
                error.quotaViolations().stream()
                        .map(v -> Map.of("subject", v.subject(), "description", v.description()))
                        .toList());
        told.put("retry_after_s", error.retryAfter().map(d -> d.toNanos() / 1e9).orElse(null));
        return told;
    }

    private static String family(PointsmanException error) {
        return error.getClass().getSimpleName().replace("Exception", "");
    }

    static Map<String, Object> hungUp(Operations.HungUpException left) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("family", "Cancelled");
        told.put("code", "CANCELLED");
        told.put("reason", "");
        told.put("message", left.getMessage());
        if (left.heard() != null) {
            told.put("heard", left.heard());
        }
        return told;
    }
}
