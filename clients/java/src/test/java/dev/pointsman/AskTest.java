package dev.pointsman;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pointsman.v1.ChatMessage;
import dev.pointsman.v1.GenerationParams;
import dev.pointsman.v1.ListModelsRequest;
import dev.pointsman.v1.Query;
import dev.pointsman.v1.RecordFeedbackBatchRequest;
import dev.pointsman.v1.Role;
import dev.pointsman.v1.WarmStartRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked, as it is sent. */
class AskTest {
    private static GenerationParams params(Ask ask) {
        return ask.toComplete().getQuery().getParams();
    }

    @Test
    void whatIsNotSaidIsNotSent() {
        Query query = Ask.of("a").toComplete().getQuery();
        assertEquals(
                List.of(1),
                query.getAllFields().keySet().stream().map(f -> f.getNumber()).toList());
        assertFalse(Ask.of("a").toComplete().hasRequestId());
    }

    @Test
    void parametersStandTogetherOrByThemselves() {
        GenerationParams apart =
                params(Ask.of("a").temperature(0.2).maxTokens(5).stop("x").params(Map.of("top_k", 40)));
        GenerationParams together =
                params(Ask.of("a").params(Map.of("temperature", 0.2, "max_tokens", 5L, "stop", "x", "top_k", 40)));
        assertEquals(apart, together);
        assertEquals("{\"top_k\":40}", apart.getExtraJson());
        assertThrows(
                InvalidRequestException.class, () -> Ask.of("a").temperature(0).params(Map.of("temperature", 1)));
        assertThrows(
                InvalidRequestException.class,
                () -> Ask.of("a").params(Map.of("temperature", 1)).temperature(0));
        assertThrows(InvalidRequestException.class, () -> Ask.of("a").params(Map.of("max_tokens", 1.5)));
        assertThrows(InvalidRequestException.class, () -> Ask.of("a").params(Map.of("seed", "7")));
        assertThrows(InvalidRequestException.class, () -> Ask.of("a").params(Map.of("x", Double.NaN)));
    }

    @Test
    void dialAndCostWeightExcludeEachOther() {
        assertThrows(InvalidRequestException.class, () -> Ask.of("a").dial(1).costWeight(1));
        assertThrows(
                InvalidRequestException.class, () -> Ask.of("a").costWeight(1).dial(1));
    }

    @Test
    void whatMeansNothingOfACallIsRefused() {
        assertThrows(
                InvalidRequestException.class, () -> Ask.of("a").trace(true).toComplete());
        assertThrows(
                InvalidRequestException.class,
                () -> Ask.of("a").singleCall(true).toStream());
        assertThrows(
                InvalidRequestException.class,
                () -> Ask.of("a").optimistic(true).toRoute());
        assertThrows(InvalidRequestException.class, () -> Signal.correction("x").aboutSession("s"));
        assertThrows(
                InvalidRequestException.class,
                () -> Signal.thumbsUp().comment("x").aboutSession("s"));
        assertThrows(InvalidRequestException.class, () -> Signal.thumbsUp().comment("\ud800"));
        assertEquals(
                "x", Signal.thumbsUp().comment("x").about("e").getFeedback().getComment());
        assertFalse(Signal.thumbsUp().about("e").getFeedback().hasComment());
        assertThrows(
                InvalidRequestException.class, () -> Signal.score(1).model("m").aboutSession("s"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud800", "a\ud83d", "\ude00b", "x\ud83dx\ude00"})
    void halfASurrogatePairIsRefusedWhereverItStands(String text) {
        assertThrows(InvalidRequestException.class, () -> Ask.of(text));
        for (Ask ask : List.of(
                Ask.of(ChatMessage.newBuilder().setContent(text).build()),
                Ask.of("a").task(text),
                Ask.of("a").params(Map.of("x", text)),
                Ask.of("a").stop("b", text))) {
            var refused = assertThrows(InvalidRequestException.class, () -> Outgoing.of(ask.toComplete()));
            assertTrue(refused.fieldViolations().get(0).field().startsWith("query."), refused.getMessage());
        }
        assertThrows(InvalidRequestException.class, () -> Ask.of("a").label("k", text));
    }

    @Test
    void wholePairsAndAllElseOfUnicodePass() {
        String text = "\u0000 \ud83d\ude00 \u05e9\u05dc\u05d5\u05dd \uffff";
        assertEquals(
                text,
                Outgoing.of(Ask.of(text).toComplete()).getQuery().getMessages(0).getContent());
    }

    @Test
    void idsAreMadeUpWhereTheyAreMissing() {
        assertEquals("r", Outgoing.of(Ask.of("a").requestId("r").toRoute()).getRequestId());
        assertEquals(32, Outgoing.of(Ask.of("a").toRoute()).getRequestId().length());
        RecordFeedbackBatchRequest batch = Outgoing.of(RecordFeedbackBatchRequest.newBuilder()
                .addRequests(Signal.thumbsUp().about("e"))
                .addRequests(Signal.thumbsUp().requestId("f").about("e"))
                .build());
        assertEquals(32, batch.getRequests(0).getRequestId().length());
        assertEquals("f", batch.getRequests(1).getRequestId());
        WarmStartRequest warm = WarmStartRequest.getDefaultInstance();
        assertEquals(warm, Outgoing.of(warm), "named by what it holds");
        assertEquals(ListModelsRequest.getDefaultInstance(), Outgoing.of(ListModelsRequest.getDefaultInstance()));
    }

    @Test
    void chatsOfOpenAiAreUnderstood() {
        Map<String, ?> call =
                Map.of("id", "c-1", "type", "function", "function", Map.of("name", "f", "arguments", "{}"));
        Query query = Ask.ofOpenAi(List.of(
                        Map.of("role", "developer", "content", "Be brief."),
                        Map.of(
                                "role",
                                "user",
                                "content",
                                List.of(
                                        Map.of("type", "text", "text", "What is this?"),
                                        Map.of(
                                                "type",
                                                "image_url",
                                                "image_url",
                                                Map.of("url", "https://x/a.png", "detail", "low")),
                                        Map.of(
                                                "type",
                                                "input_audio",
                                                "input_audio",
                                                Map.of("data", "AAE=", "format", "wav")),
                                        Map.of(
                                                "type",
                                                "file",
                                                "file",
                                                Map.of("file_data", "data:application/pdf;base64,AAE=")))),
                        Map.of("role", "assistant", "content", "", "tool_calls", List.of(call)),
                        Map.of("role", "tool", "tool_call_id", "c-1", "content", "4")))
                .toComplete()
                .getQuery();
        assertEquals(Role.ROLE_DEVELOPER, query.getMessages(0).getRole());
        assertEquals("low", query.getMessages(1).getParts(1).getImage().getDetail());
        assertEquals(2, query.getMessages(1).getParts(2).getAudio().getData().size());
        assertEquals(
                "application/pdf", query.getMessages(1).getParts(3).getFile().getMediaType());
        assertEquals("f", query.getMessages(2).getToolCalls(0).getFunction());
        assertEquals("c-1", query.getMessages(3).getToolCallId());
    }

    @Test
    void whatCouldOnlyBeDroppedOfAChatIsRefused() {
        for (Map<String, ?> wrong : Arrays.<Map<String, ?>>asList(
                null,
                Map.of("role", "judge", "content", "a"),
                Map.of("content", "a"),
                Map.of("role", "user", "content", 7),
                Map.of("role", "user", "contents", "a"),
                Map.of("role", "user", "content", List.of("a")),
                Map.of("role", "user", "content", List.of(Map.of("type", "video", "video", "x"))),
                Map.of("role", "user", "content", List.of(Map.of("type", "text", "text", "a", "more", 1))),
                Map.of("role", "user", "content", List.of(Map.of("type", "file", "file", Map.of()))),
                Map.of(
                        "role",
                        "user",
                        "content",
                        List.of(Map.of("type", "input_audio", "input_audio", Map.of("data", "*", "format", "wav")))),
                Map.of("role", "assistant", "tool_calls", List.of(Map.of("id", "c"))))) {
            assertThrows(
                    InvalidRequestException.class,
                    () -> Ask.ofOpenAi(Arrays.<Map<String, ?>>asList(wrong)),
                    "" + wrong);
        }
    }
}
