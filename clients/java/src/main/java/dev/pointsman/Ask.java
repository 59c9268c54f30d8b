package dev.pointsman;

import dev.pointsman.v1.ChatMessage;
import dev.pointsman.v1.CompleteRequest;
import dev.pointsman.v1.GenerationParams;
import dev.pointsman.v1.Query;
import dev.pointsman.v1.RouteRequest;
import dev.pointsman.v1.StreamCompleteRequest;
import dev.pointsman.v1.StreamMode;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is asked: a chat, and what may be said beside it. {@code dev.pointsman.v1.Query} has the meaning of each in full.
 *
 * <pre>{@code
 * Ask.of("What is 2 + 2?").dial(0.3).maxCostUsd(0.01).label("feature", "search");
 * }</pre>
 *
 * <p>Not thread-safe while it is being built; sending it changes nothing of it.
 */
public final class Ask extends PerCall<Ask> {
    private static final Set<String> TYPED = Set.of("temperature", "top_p", "max_tokens", "seed", "stop");

    private final Query.Builder query;
    private final Map<String, Object> extra = new LinkedHashMap<>();
    private final Set<String> direct = new HashSet<>();
    private final Set<String> byParams = new HashSet<>();
    private String requestId;
    private boolean predictions;
    private boolean singleCall;
    private boolean optimistic;
    private boolean trace;

    private Ask(Query.Builder query) {
        this.query = query;
    }

    /**
     * Asks one thing.
     *
     * @param text what the user asks
     * @return the question, to say more beside it
     */
    public static Ask of(String text) {
        return of(Chat.user(text));
    }

    /**
     * Asks for the next message of a chat.
     *
     * @param messages oldest first; see {@link Chat}
     * @return the question, to say more beside it
     */
    public static Ask of(ChatMessage... messages) {
        return of(List.of(messages));
    }

    /**
     * Asks for the next message of a chat.
     *
     * @param messages oldest first; see {@link Chat}
     * @return the question, to say more beside it
     */
    public static Ask of(Iterable<ChatMessage> messages) {
        return new Ask(Query.newBuilder().addAllMessages(messages));
    }

    /**
     * Asks a whole query of the contract.
     *
     * @param query what else is said here goes over it
     * @return the question, to say more beside it
     */
    public static Ask of(Query query) {
        return new Ask(query.toBuilder());
    }

    /**
     * Asks for the next message of a chat as OpenAI has it.
     *
     * @param messages as their JSON reads: see {@link Chat#fromOpenAi}
     * @return the question, to say more beside it
     * @throws InvalidRequestException for what could only be dropped
     */
    public static Ask ofOpenAi(List<? extends Map<String, ?>> messages) {
        Query.Builder query = Query.newBuilder();
        for (int i = 0; i < messages.size(); i++) {
            query.addMessages(OpenAiChat.message(messages.get(i), "messages[" + i + "]"));
        }
        return new Ask(query);
    }

    /**
     * Sets where to stand between cheap and good; excludes {@link #costWeight}.
     *
     * @param dial in [0, 1]: 0 is the cheapest model that answers, 1 the best whatever it costs
     * @return this
     */
    public Ask dial(double dial) {
        refuseBoth(query.getPreference().hasCostWeight());
        query.getPreferenceBuilder().setDial(dial);
        return this;
    }

    /**
     * Sets what money is worth; excludes {@link #dial}.
     *
     * @param costWeight utility per US dollar, 0 or more
     * @return this
     */
    public Ask costWeight(double costWeight) {
        refuseBoth(query.getPreference().hasDial());
        query.getPreferenceBuilder().setCostWeight(costWeight);
        return this;
    }

    /**
     * Sets what time is worth.
     *
     * @param latencyWeight utility per second until the answer, 0 or more
     * @return this
     */
    public Ask latencyWeight(double latencyWeight) {
        query.getPreferenceBuilder().setLatencyWeight(latencyWeight);
        return this;
    }

    /**
     * Bounds what the whole query may cost, judges included.
     *
     * @param maxCostUsd in US dollars
     * @return this
     */
    public Ask maxCostUsd(double maxCostUsd) {
        query.getPreferenceBuilder().setMaxCostUsd(maxCostUsd);
        return this;
    }

    /**
     * Leaves out models that are expected to take longer.
     *
     * @param maxLatencyMs in milliseconds
     * @return this
     */
    public Ask maxLatencyMs(double maxLatencyMs) {
        query.getPreferenceBuilder().setMaxLatencyMs(maxLatencyMs);
        return this;
    }

    /**
     * Leaves out models of which less is expected.
     *
     * @param minQuality in [0, 1]
     * @return this
     */
    public Ask minQuality(double minQuality) {
        query.getPreferenceBuilder().setMinQuality(minQuality);
        return this;
    }

    /**
     * Names the models that may be called.
     *
     * @param models their names
     * @return this
     */
    public Ask models(String... models) {
        query.clearModels().addAllModels(List.of(models));
        return this;
    }

    /**
     * Names tags that a model must have, all of them.
     *
     * @param tags for instance {@code region:eu}
     * @return this
     */
    public Ask requireTags(String... tags) {
        query.clearRequireTags().addAllRequireTags(List.of(tags));
        return this;
    }

    /**
     * Sets the sampling temperature.
     *
     * @param temperature 0 or more
     * @return this
     */
    public Ask temperature(double temperature) {
        typed("temperature", temperature);
        return this;
    }

    /**
     * Sets the probability mass to sample from.
     *
     * @param topP in (0, 1]
     * @return this
     */
    public Ask topP(double topP) {
        typed("top_p", topP);
        return this;
    }

    /**
     * Bounds the tokens of the answer.
     *
     * @param maxTokens 1 or more
     * @return this
     */
    public Ask maxTokens(int maxTokens) {
        typed("max_tokens", maxTokens);
        return this;
    }

    /**
     * Names texts that end the answer.
     *
     * @param stop the texts
     * @return this
     */
    public Ask stop(String... stop) {
        typed("stop", List.of(stop));
        return this;
    }

    /**
     * Seeds the sampling, for providers that take one.
     *
     * @param seed any number
     * @return this
     */
    public Ask seed(long seed) {
        typed("seed", seed);
        return this;
    }

    /**
     * Says how to generate, by name: those above, and what only some provider knows.
     *
     * @param params as their JSON reads, for instance {@code Map.of("temperature", 0.2, "top_k", 40)}
     * @return this
     * @throws InvalidRequestException for one that is given by itself as well
     */
    public Ask params(Map<String, ?> params) {
        params.forEach((name, value) -> {
            if (direct.contains(name)) {
                throw twice(name);
            }
            byParams.add(name);
            if (TYPED.contains(name)) {
                put(name, value);
            } else {
                extra.put(name, value);
            }
        });
        if (!extra.isEmpty()) {
            query.getParamsBuilder().setExtraJson(Json.of(extra, "params"));
        }
        return this;
    }

    /**
     * Names the tools that the model may call.
     *
     * @param tools each as OpenAI's JSON reads
     * @return this
     */
    public Ask tools(List<? extends Map<String, ?>> tools) {
        query.clearToolsJson();
        for (int i = 0; i < tools.size(); i++) {
            query.addToolsJson(Json.of(tools.get(i), "tools[" + i + "]"));
        }
        return this;
    }

    /**
     * Names the tools that the model may call, as JSON.
     *
     * @param tools each an object as OpenAI has it
     * @return this
     */
    public Ask toolsJson(String... tools) {
        query.clearToolsJson().addAllToolsJson(List.of(tools));
        return this;
    }

    /**
     * Sets the form of the answer.
     *
     * @param format as OpenAI's {@code response_format} reads
     * @return this
     */
    public Ask responseFormat(Map<String, ?> format) {
        return responseFormatJson(Json.of(format, "response_format"));
    }

    /**
     * Sets the form of the answer, as JSON.
     *
     * @param format an object as OpenAI's {@code response_format}
     * @return this
     */
    public Ask responseFormatJson(String format) {
        query.setResponseFormatJson(format);
        return this;
    }

    /**
     * Tells what is to be done.
     *
     * @param task for instance {@code summarise}
     * @return this
     */
    public Ask task(String task) {
        query.getHintsBuilder().setTask(task);
        return this;
    }

    /**
     * Tells which field it is about.
     *
     * @param domain for instance {@code law}
     * @return this
     */
    public Ask domain(String domain) {
        query.getHintsBuilder().setDomain(domain);
        return this;
    }

    /**
     * Tells its language.
     *
     * @param language a BCP 47 tag, for instance {@code pt-BR}
     * @return this
     */
    public Ask language(String language) {
        query.getHintsBuilder().setLanguage(language);
        return this;
    }

    /**
     * Adds a label to find it by; labels are logged and never learnt from.
     *
     * @param name of the label
     * @param value of the label
     * @return this
     */
    public Ask label(String name, String value) {
        query.getHintsBuilder().putLabels(Texts.check(name, "labels"), Texts.check(value, "labels[" + name + "]"));
        return this;
    }

    /**
     * Adds labels to find it by.
     *
     * @param labels values by name
     * @return this
     */
    public Ask labels(Map<String, String> labels) {
        labels.forEach(this::label);
        return this;
    }

    /**
     * Tells which conversation, or which run of an agent, it belongs to.
     *
     * @param sessionId of your own making
     * @return this
     */
    public Ask sessionId(String sessionId) {
        query.setSessionId(sessionId);
        return this;
    }

    /**
     * Tells who asks, in your own terms.
     *
     * @param endUserId a person or an account behind the tenant
     * @return this
     */
    public Ask endUserId(String endUserId) {
        query.setEndUserId(endUserId);
        return this;
    }

    /**
     * Makes the call idempotent over processes: the same again gets the first answer again. Made up where it is left out.
     *
     * @param requestId of the tenant's own
     * @return this
     */
    public Ask requestId(String requestId) {
        this.requestId = Texts.check(requestId, "request_id");
        return this;
    }

    /**
     * Asks for what was expected of each model.
     *
     * @param include whether the decision tells
     * @return this
     */
    public Ask includePredictions(boolean include) {
        this.predictions = include;
        return this;
    }

    /**
     * For {@code route}: you will run one model and no cascade.
     *
     * @param singleCall whether the model is the best single choice
     * @return this
     */
    public Ask singleCall(boolean singleCall) {
        this.singleCall = singleCall;
        return this;
    }

    /**
     * For streams: text from the first model's first token on, which a retraction may take back.
     *
     * @param optimistic whether to send what may not stand
     * @return this
     */
    public Ask optimistic(boolean optimistic) {
        this.optimistic = optimistic;
        return this;
    }

    /**
     * For streams: trace events among the items.
     *
     * @param trace whether to send them
     * @return this
     */
    public Ask trace(boolean trace) {
        this.trace = trace;
        return this;
    }

    boolean isOptimistic() {
        return optimistic;
    }

    CompleteRequest toComplete() {
        refuse("singleCall is of route", singleCall);
        refuse("optimistic is of streams", optimistic);
        refuse("trace is of streams", trace);
        CompleteRequest.Builder made =
                CompleteRequest.newBuilder().setQuery(query).setIncludePredictions(predictions);
        if (requestId != null) {
            made.setRequestId(requestId);
        }
        return made.build();
    }

    RouteRequest toRoute() {
        refuse("optimistic is of streams", optimistic);
        refuse("trace is of streams", trace);
        RouteRequest.Builder made = RouteRequest.newBuilder()
                .setQuery(query)
                .setIncludePredictions(predictions)
                .setSingleCall(singleCall);
        if (requestId != null) {
            made.setRequestId(requestId);
        }
        return made.build();
    }

    StreamCompleteRequest toStream() {
        refuse("singleCall is of route", singleCall);
        StreamCompleteRequest.Builder made = StreamCompleteRequest.newBuilder()
                .setQuery(query)
                .setStreamMode(optimistic ? StreamMode.STREAM_MODE_OPTIMISTIC : StreamMode.STREAM_MODE_SETTLED)
                .setIncludeTrace(trace)
                .setIncludePredictions(predictions);
        if (requestId != null) {
            made.setRequestId(requestId);
        }
        return made.build();
    }

    private void typed(String name, Object value) {
        if (byParams.contains(name)) {
            throw twice(name);
        }
        direct.add(name);
        put(name, value);
    }

    private void put(String name, Object value) {
        GenerationParams.Builder params = query.getParamsBuilder();
        switch (name) {
            case "temperature" -> params.setTemperature(number(name, value).doubleValue());
            case "top_p" -> params.setTopP(number(name, value).doubleValue());
            case "max_tokens" -> params.setMaxTokens(Math.toIntExact(whole(name, value, Integer.MAX_VALUE)));
            case "seed" -> params.setSeed(whole(name, value, Long.MAX_VALUE));
            default -> params.clearStop().addAllStop(texts(name, value));
        }
    }

    private static Number number(String name, Object value) {
        if (value instanceof Number number) {
            return number;
        }
        throw Errors.invalid(name, "must be a number, not " + value);
    }

    private static long whole(String name, Object value, long most) {
        double number = number(name, value).doubleValue();
        boolean exact = value instanceof Long || number == Math.rint(number);
        long whole = ((Number) value).longValue();
        if (!exact || Math.abs(number) > most || whole > most || whole < -most) {
            throw Errors.invalid(name, "must be a whole number in range, not " + value);
        }
        return whole;
    }

    private static List<String> texts(String name, Object value) {
        if (value instanceof String text) {
            return List.of(text);
        }
        if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
            return list.stream().map(String.class::cast).toList();
        }
        throw Errors.invalid(name, "must be a text or a list of texts, not " + value);
    }

    private static InvalidRequestException twice(String name) {
        return Errors.invalid(name, "is given twice, by itself and in params: leave one out");
    }

    private static void refuseBoth(boolean other) {
        if (other) {
            throw Errors.invalid("dial", "and cost_weight exclude each other: give one of them");
        }
    }

    private static void refuse(String what, boolean said) {
        if (said) {
            String[] words = what.split(" ", 2);
            throw Errors.invalid(words[0], words[1] + ", and means nothing here: leave it out");
        }
    }
}
