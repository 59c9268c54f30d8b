package dev.pointsman.examples;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonSyntaxException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.pointsman.Answer;
import dev.pointsman.Ask;
import dev.pointsman.BudgetExhaustedException;
import dev.pointsman.FeedbackBatcher;
import dev.pointsman.InvalidRequestException;
import dev.pointsman.NotFoundException;
import dev.pointsman.OverLimitException;
import dev.pointsman.Pointsman;
import dev.pointsman.PointsmanException;
import dev.pointsman.Signal;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Executors;

/**
 * A service of two addresses over HTTP: {@code POST /ask} answers, and {@code POST /thumb} takes what a user says of it. Both may
 * name a {@code user}. Thumbs go in the background: nobody waits for them.
 *
 * <pre>
 * curl -d '{"question": "What is 47 times 68?"}' localhost:8080/ask
 * curl -d '{"episode_id": "EPISODE", "thumb": "up", "comment": "right and fast"}' localhost:8080/thumb
 * </pre>
 */
public final class AnswerServer implements AutoCloseable {
    private static final Gson GSON = new Gson();

    private final Pointsman pointsman;
    private final FeedbackBatcher thumbs;
    private final HttpServer http;

    /**
     * Serves on this machine.
     *
     * @param port 0 for any that is free
     * @param pointsman who answers
     * @throws IOException where the port is taken
     */
    public AnswerServer(int port, Pointsman pointsman) throws IOException {
        this.pointsman = pointsman;
        this.thumbs = pointsman.batcher().open();
        this.http = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        http.setExecutor(Executors.newCachedThreadPool());
        http.createContext("/ask", exchange -> reply(exchange, 200, this::ask));
        http.createContext("/thumb", exchange -> reply(exchange, 202, this::thumb));
        http.start();
    }

    private interface Handler {
        /** What the caller is told; null where there is no room now. */
        JsonObject handle(JsonObject body);
    }

    private JsonObject ask(JsonObject body) {
        Ask ask = Ask.of(body.get("question").getAsString());
        said(body, "user").ifPresent(ask::endUserId);
        Answer answer = pointsman.complete(ask);
        JsonObject told = new JsonObject();
        told.addProperty("text", answer.text());
        told.addProperty("model", answer.model());
        answer.costUsd().ifPresent(cost -> told.addProperty("cost_usd", cost));
        told.addProperty("episode_id", answer.episodeId());
        return told;
    }

    private JsonObject thumb(JsonObject body) {
        Signal signal = switch (body.get("thumb").getAsString()) {
            case "up" -> Signal.thumbsUp();
            case "down" -> Signal.thumbsDown();
            default -> throw new JsonSyntaxException("thumb must be up or down");
        };
        said(body, "comment").ifPresent(signal::comment);
        said(body, "user").ifPresent(signal::endUserId);
        return thumbs.add(body.get("episode_id").getAsString(), signal) ? new JsonObject() : null;
    }

    /** A box that was left empty says nothing. */
    private static Optional<String> said(JsonObject body, String name) {
        return Optional.ofNullable(body.get(name)).map(JsonElement::getAsString).filter(text -> !text.isEmpty());
    }

    private static void reply(HttpExchange exchange, int code, Handler handler) throws IOException {
        try {
            JsonObject body = GSON.fromJson(
                    new InputStreamReader(exchange.getRequestBody(), StandardCharsets.UTF_8), JsonObject.class);
            JsonObject told = handler.handle(body);
            send(exchange, told == null ? 503 : code, told == null ? problem("too many thumbs wait") : told);
        } catch (InvalidRequestException | JsonSyntaxException | NullPointerException wrong) {
            send(exchange, 400, problem(wrong.getMessage()));
        } catch (NotFoundException unknown) {
            send(exchange, 404, problem(unknown.description()));
        } catch (OverLimitException | BudgetExhaustedException spent) {
            later(exchange, 429, spent);
        } catch (PointsmanException failed) {
            later(exchange, 503, failed);
        } finally {
            exchange.close();
        }
    }

    private static void later(HttpExchange exchange, int code, PointsmanException failed) throws IOException {
        failed.retryAfter()
                .ifPresent(wait -> exchange.getResponseHeaders().set("Retry-After", "" + (wait.toSeconds() + 1)));
        send(exchange, code, problem(failed.description()));
    }

    private static JsonObject problem(String message) {
        JsonObject told = new JsonObject();
        told.addProperty("error", message);
        return told;
    }

    private static void send(HttpExchange exchange, int code, JsonObject body) throws IOException {
        byte[] bytes = GSON.toJson(body).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    /**
     * Where it serves.
     *
     * @return the port
     */
    public int port() {
        return http.getAddress().getPort();
    }

    @Override
    public void close() {
        http.stop(0);
        thumbs.close();
    }

    /**
     * Serves until it is interrupted or terminated; what is left of the thumbs is sent first.
     *
     * @param args the port, 8080 without one
     * @throws IOException where the port is taken
     */
    public static void main(String[] args) throws IOException {
        Pointsman pointsman = Pointsman.create();
        AnswerServer server = new AnswerServer(args.length > 0 ? Integer.parseInt(args[0]) : 8080, pointsman);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.close();
            pointsman.close();
        }));
        System.out.println("answering at http://127.0.0.1:" + server.port());
    }
}
