package dev.pointsman;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pointsman.examples.AnswerServer;
import dev.pointsman.v1.ListModelsRequest;
import dev.pointsman.v1.ListModelsResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service that serves: what the README shows, the example service, and what outlasts a kill. */
class LiveTest {
    private static LiveService service;

    @BeforeAll
    static void start() {
        service = new LiveService();
    }

    @AfterAll
    static void end() {
        service.close();
    }

    @Test
    void anAnswerTakesFeedbackAndItsEpisodeHasIt() {
        try (Pointsman pointsman = service.client().build()) {
            Answer answer = pointsman.complete(
                    Ask.of("What is the capital of Australia?").dial(0.3));
            assertTrue(answer.usage().getOutputTokens() > 0);
            assertEquals(answer.raw().getUsage(), answer.usage(), "of all calls together");
            assertTrue(answer.costUsd().getAsDouble() > 0);
            answer.thumbsUp();
            answer.correct("Canberra.");
            assertEquals(2, pointsman.getEpisode(answer.episodeId()).getFeedbackCount());
            Routed routed = pointsman.route("2 + 2?");
            assertEquals(
                    routed.model(), routed.report(Outcome.create().latencyMs(5)).getModel());
            ListModelsResponse models =
                    pointsman.call(ListModelsRequest.getDefaultInstance(), ListModelsResponse.class);
            assertTrue(models.getModelsCount() > 0);
        }
    }

    @Test
    void feedbackOutlastsAKillOnceEach() {
        try (Pointsman pointsman = service.client().build()) {
            List<String> episodes = new ArrayList<>();
            FeedbackBatcher batcher = pointsman.batcher().flushItems(3).open();
            for (int i = 0; i < 20; i++) {
                String episode = pointsman.route("question " + i).episodeId();
                episodes.add(episode);
                batcher.add(episode, Signal.thumbsUp());
                if (i == 10) {
                    service.kill();
                    batcher.add(episodes.get(0), Signal.rating(4));
                    service.start();
                }
            }
            batcher.close();
            assertEquals(21, batcher.stats().acknowledged(), "" + batcher.stats());
            List<Integer> counts = episodes.stream()
                    .map(episode -> pointsman.getEpisode(episode).getFeedbackCount())
                    .toList();
            assertEquals(2, counts.get(0));
            assertEquals(Set.of(1), counts.stream().skip(1).collect(Collectors.toSet()));
        }
    }

    @Test
    void theExampleAnswersAndTakesThumbs() throws Exception {
        try (Pointsman pointsman = service.client().build()) {
            String episode;
            try (AnswerServer example = new AnswerServer(0, pointsman)) {
                HttpResponse<String> answered =
                        post(example, "/ask", "{\"question\": \"What is 2 + 2?\", \"user\": \"u\"}");
                assertEquals(200, answered.statusCode(), answered.body());
                Matcher told = Pattern.compile("\"episode_id\":\"([^\"]+)\"").matcher(answered.body());
                assertTrue(told.find(), answered.body());
                episode = told.group(1);
                String thumb = "{\"episode_id\": \"" + episode + "\", \"thumb\": \"%s\", \"comment\": \"wrong\"}";
                assertEquals(
                        202, post(example, "/thumb", thumb.formatted("down")).statusCode());
                assertEquals(
                        400,
                        post(example, "/thumb", thumb.formatted("sideways")).statusCode());
                assertEquals(400, post(example, "/ask", "{}").statusCode());
            }
            assertEquals("wrong", pointsman.getEpisode(episode).getFeedback(0).getComment());
        }
    }

    private static HttpResponse<String> post(AnswerServer server, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void theReadmesProgramsRunAsWritten(@TempDir Path folder) throws Exception {
        Matcher programs =
                Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(Path.of("README.md")));
        int run = 0;
        while (programs.find()) {
            if (programs.group(1).contains("void main(")) {
                assertEquals("", compiled(programs.group(1), folder), programs.group(1));
                run++;
            }
        }
        assertTrue(run >= 2, "programs of the README: " + run);
    }

    /** Compiles and runs a program. Returns what went wrong. */
    private static String compiled(String program, Path folder) throws IOException, InterruptedException {
        Matcher name = Pattern.compile("class (\\w+)").matcher(program);
        assertTrue(name.find());
        Path file = Files.writeString(folder.resolve(name.group(1) + ".java"), program);
        String classes = System.getProperty("java.class.path");
        int code = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-cp", classes, "-d", folder.toString(), file.toString());
        if (code != 0) {
            return "does not compile";
        }
        ProcessBuilder java = new ProcessBuilder("java", "-cp", folder + ":" + classes, name.group(1));
        java.environment().put("POINTSMAN_ADDRESS", service.address());
        Process process = java.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 && !said.isBlank() ? "" : said;
    }
}
