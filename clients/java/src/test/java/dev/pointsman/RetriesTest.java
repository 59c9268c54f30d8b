package dev.pointsman;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pointsman.v1.StreamCompleteResponse;
import io.grpc.Status;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is tried again, how often and for how long. */
class RetriesTest {
    private static final RetryPolicy QUICK =
            RetryPolicy.standard().withWaits(Duration.ofMillis(1), 2, Duration.ofMillis(1));

    /** Asks in one form, and answers with the text. */
    private static String ask(Pointsman client, String form, Ask ask) {
        return switch (form) {
            case "call" -> client.complete(ask).text();
            case "future" -> joined(client.completeAsync(ask)).text();
            default -> {
                try (AnswerStream stream = client.streamComplete(ask)) {
                    yield stream.answer().text();
                }
            }
        };
    }

    private static <A> A joined(CompletableFuture<A> future) {
        try {
            return future.join();
        } catch (java.util.concurrent.CompletionException failed) {
            throw (PointsmanException) failed.getCause();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"call", "future", "stream"})
    void whatIsUnavailableIsTriedAgainWithTheSameId(String form) {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().retry(QUICK).build()) {
            service.fail(30);
            assertEquals("Four.", ask(client, form, Ask.of("2 + 2?")));
            assertEquals(31, service.ids.size());
            assertEquals(1, new HashSet<>(service.ids).size());
            assertEquals(32, service.ids.get(0).length());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"call", "future", "stream"})
    void attemptsEndWhereThePolicyCountsThem(String form) {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().retry(QUICK.withAttempts(3)).build()) {
            service.fail(10);
            var failed = assertThrows(UnavailableException.class, () -> ask(client, form, Ask.of("2 + 2?")));
            assertTrue(failed.getMessage().contains("scripted failure"), failed.getMessage());
            assertEquals(3, service.ids.size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"call", "future", "stream"})
    void whereEveryModelFailedProvidersAreNotCalledAgain(String form) {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().retry(QUICK).build()) {
            service.fail(1, Status.Code.UNAVAILABLE, "EVERY_MODEL_FAILED", 1, null);
            assertThrows(UnavailableException.class, () -> ask(client, form, Ask.of("2 + 2?")));
            assertEquals(1, service.ids.size());
        }
    }

    @Test
    void providersAreCalledAsOftenAsThePolicySays() {
        try (Scripted service = new Scripted();
                Pointsman client =
                        service.client().retry(QUICK.withProviderAttempts(3)).build()) {
            service.fail(10, Status.Code.UNAVAILABLE, "EVERY_MODEL_FAILED", 1, null);
            assertThrows(UnavailableException.class, () -> client.complete("2 + 2?"));
            assertEquals(3, service.ids.size());
        }
    }

    @Test
    void aWaitThatTheServiceAsksForIsKept() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().retry(QUICK).build()) {
            service.fail(1, Status.Code.UNAVAILABLE, "LOG_UNAVAILABLE", 200, null);
            service.fail(1, Status.Code.UNAVAILABLE, "", -1, "200");
            long begun = System.nanoTime();
            client.route("a");
            assertTrue(System.nanoTime() - begun >= 400_000_000);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "soon", "1.5"})
    void aWaitThatIsNoTimeForbidsRetries(String pushback) {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().retry(QUICK).build()) {
            service.fail(1, Status.Code.UNAVAILABLE, "LOG_UNAVAILABLE", -1, pushback);
            assertTrue(assertThrows(UnavailableException.class, () -> client.route("a"))
                    .forbidsRetry());
            assertEquals(1, service.ids.size());
        }
    }

    @Test
    void noAttemptStartsThatTheDeadlineWouldEnd() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            service.fail(1, Status.Code.UNAVAILABLE, "LOG_UNAVAILABLE", 3_600_500, null);
            var failed = assertThrows(
                    UnavailableException.class, () -> client.route(Ask.of("a").timeout(Duration.ofSeconds(10))));
            assertEquals(Duration.ofMillis(3_600_500), failed.retryAfter().orElseThrow());
            assertEquals(1, service.ids.size());
        }
    }

    @Test
    void aLimitThatIsReachedIsNotTriedAgain() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().retry(QUICK).build()) {
            service.fail(1, Status.Code.RESOURCE_EXHAUSTED, "OVER_LIMIT", 1, "1");
            assertThrows(OverLimitException.class, () -> client.route("a"));
            assertEquals(1, service.ids.size());
        }
    }

    @Test
    void aStreamThatHadBegunIsNotTriedAgain() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().retry(QUICK).build()) {
            service.pieces = 1_000_000;
            AnswerStream stream = client.streamComplete("a");
            StreamCompleteResponse first = stream.next();
            assertTrue(first.hasBegun());
            service.close();
            assertThrows(PointsmanException.class, () -> stream.items().forEach(item -> {}));
            assertEquals(1, service.ids.size());
            assertEquals("e-1", stream.episodeId().orElseThrow());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"call", "future", "stream"})
    void aServiceThatComesUpLaterIsWaitedFor(String form) throws Exception {
        Scripted gone = new Scripted();
        int port = gone.port();
        gone.close();
        try (Pointsman client = gone.client().build()) {
            CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> ask(client, form, Ask.of("a")));
            Thread.sleep(50);
            try (Scripted back = new Scripted(port)) {
                assertEquals("Four.", answer.join());
                assertEquals(1, back.ids.size());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"call", "future", "stream"})
    void whereNobodyEverAnsweredIsToldSoonWithTheAddress(String form) {
        Scripted gone = new Scripted();
        gone.close();
        RetryPolicy impatient = RetryPolicy.standard().withFirstContact(Duration.ofMillis(100));
        try (Pointsman client = gone.client().retry(impatient).build()) {
            Ask ask = Ask.of("a").timeout(Duration.ofHours(1));
            var failed = assertThrows(UnavailableException.class, () -> ask(client, form, ask));
            assertEquals(Status.Code.UNAVAILABLE, failed.code());
            assertTrue(
                    failed.description().startsWith("no service answers at " + gone.address() + ": is it running"),
                    failed.description());
        }
    }

    @Test
    void aCallWithoutADeadlineGivesUpWhereNobodyIsThereAnyMore() {
        Scripted service = new Scripted();
        RetryPolicy impatient = RetryPolicy.standard().withLongestOutage(Duration.ofMillis(100));
        try (Pointsman client = service.client().retry(impatient).noTimeout().build()) {
            assertEquals("Four.", client.complete("a").text());
            service.close();
            assertThrows(UnavailableException.class, () -> client.complete("a"));
        }
    }

    @Test
    void aDeadlineThatPassesWhileNobodyIsThereIsUnavailable() {
        Scripted service = new Scripted();
        try (Pointsman client = service.client().build()) {
            client.complete("a");
            service.close();
            Ask ask = Ask.of("a").timeout(Duration.ofMillis(300));
            assertThrows(UnavailableException.class, () -> client.complete(ask));
        }
    }

    @Test
    void aDeadlineThatPassesWhileTheServiceWorksIsADeadline() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            client.complete("a");
            service.hold = new java.util.concurrent.CountDownLatch(1);
            Ask ask = Ask.of("a").timeout(Duration.ofMillis(200));
            assertThrows(DeadlineExceededException.class, () -> client.complete(ask));
        }
    }

    /** Nanoseconds at which a call makes its last attempt, on a clock of its own, where nobody answers. */
    private static Duration givenUpAfter(RetryPolicy policy, Duration timeout, boolean known) {
        AtomicLong now = new AtomicLong();
        Contact contact = new Contact("nowhere:1", policy);
        if (known) {
            contact.answered();
        }
        Attempts attempts = new Attempts(policy, timeout, contact, now::get);
        var nobody = new UnavailableException(Status.Code.UNAVAILABLE, "nobody", StatusDetails.NONE, null);
        while (true) {
            try {
                now.addAndGet(attempts.waitAfter(nobody).toNanos());
            } catch (UnavailableException over) {
                return Duration.ofNanos(now.get());
            }
        }
    }

    @Test
    void anOutageIsOutlastedUpToTheDeadline() {
        RetryPolicy policy = RetryPolicy.standard();
        assertWithin(115, 120, givenUpAfter(policy, Duration.ofSeconds(120), true));
        assertWithin(55, 60, givenUpAfter(policy, null, true));
        assertWithin(12, 20, givenUpAfter(policy, Duration.ofHours(1), false));
        assertWithin(12, 20, givenUpAfter(policy, null, false));
    }

    private static void assertWithin(int least, int most, Duration actual) {
        assertTrue(actual.toMillis() >= least * 1000L && actual.toMillis() < most * 1000L, actual.toString());
    }

    @Test
    void waitsGrowAndAreBounded() {
        RetryPolicy policy = RetryPolicy.standard().withWaits(Duration.ofMillis(100), 2, Duration.ofMillis(500));
        List<Long> waits = java.util.stream.Stream.of(1, 2, 3, 4, 9, 10_000)
                .map(n -> policy.waitAfter(n, 1).toMillis())
                .toList();
        assertEquals(List.of(100L, 200L, 400L, 500L, 500L, 500L), waits);
        assertEquals(50, policy.waitAfter(1, 0).toMillis());
    }

    @Test
    void aPolicyThatMakesNoSenseIsRefused() {
        RetryPolicy policy = RetryPolicy.standard();
        assertThrows(InvalidRequestException.class, () -> policy.withAttempts(0));
        assertThrows(InvalidRequestException.class, () -> policy.withProviderAttempts(0));
        assertThrows(InvalidRequestException.class, () -> policy.withFirstContact(Duration.ofSeconds(-1)));
        assertThrows(
                InvalidRequestException.class,
                () -> policy.withWaits(Duration.ZERO, Double.NaN, Duration.ofSeconds(1)));
    }
}
