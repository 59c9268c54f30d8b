package dev.pointsman;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pointsman.FeedbackBatcher.DropReason;
import dev.pointsman.v1.RecordFeedbackRequest;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Feedback in the background. */
class BatcherTest {
    private static final Duration NEVER = Duration.ofHours(1);

    private static void assertSums(FeedbackBatcher.Stats stats) {
        long dropped =
                stats.dropped().values().stream().mapToLong(Long::longValue).sum();
        assertEquals(stats.added(), stats.acknowledged() + stats.refused() + dropped + stats.pending(), "" + stats);
    }

    @Test
    void itIsSentByCountByTimeAndByClose() throws InterruptedException {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            FeedbackBatcher byCount =
                    client.batcher().flushItems(3).flushInterval(NEVER).open();
            for (int i = 0; i < 7; i++) {
                assertTrue(byCount.add("e-" + i, Signal.thumbsUp()));
            }
            byCount.close();
            assertEquals(7, service.batches.stream().mapToInt(n -> n).sum());
            assertTrue(service.batches.stream().allMatch(n -> n <= 3), "" + service.batches);
            assertEquals(7, byCount.stats().acknowledged());
            FeedbackBatcher byTime =
                    client.batcher().flushInterval(Duration.ofMillis(20)).open();
            byTime.add("e-1", Signal.score(0.5));
            while (byTime.stats().acknowledged() == 0) {
                Thread.sleep(5);
            }
            assertSums(byTime.stats());
        }
    }

    @Test
    void itIsSentByBytesAndNeverMoreAtOnce() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build();
                FeedbackBatcher batcher = client.batcher().flushInterval(NEVER).open()) {
            String long1 = "x".repeat(1 << 20);
            for (int i = 0; i < 7; i++) {
                batcher.add("e-" + i, Signal.correction(long1));
            }
            batcher.flush();
            assertEquals(7, service.batches.stream().mapToInt(n -> n).sum());
            assertTrue(service.batches.stream().allMatch(n -> n <= 2), "below 3 MiB each: " + service.batches);
        }
    }

    @Test
    void whatFindsNoRoomIsDroppedAndTold() {
        List<DropReason> told = new CopyOnWriteArrayList<>();
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            service.hold = new CountDownLatch(1);
            FeedbackBatcher batcher = client.batcher()
                    .maxItems(2)
                    .flushItems(1)
                    .onDropped((item, why) -> told.add(why))
                    .open();
            assertTrue(batcher.add("e-1", Signal.thumbsUp()));
            assertTrue(batcher.add("e-2", Signal.thumbsUp()));
            assertFalse(batcher.add("e-3", Signal.thumbsUp()), "what is under way counts, too");
            assertEquals(1, batcher.stats().dropped().get(DropReason.FULL));
            service.hold.countDown();
            batcher.close();
            assertFalse(batcher.add("e-4", Signal.thumbsUp()));
            assertEquals(List.of(DropReason.FULL, DropReason.CLOSED), told);
            assertEquals(2, batcher.stats().acknowledged());
            assertSums(batcher.stats());
        }
    }

    @Test
    void bytesAreBoundedToo() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build();
                FeedbackBatcher batcher =
                        client.batcher().maxBytes(1_000).flushInterval(NEVER).open()) {
            assertFalse(batcher.add("e-1", Signal.correction("x".repeat(1_000))));
            assertTrue(batcher.add("e-1", Signal.correction("x".repeat(500))));
            assertFalse(batcher.add("e-1", Signal.correction("x".repeat(500))));
        }
    }

    @Test
    void whatIsRefusedIsToldOneByOneWithItsFamily() {
        List<PointsmanException> told = new CopyOnWriteArrayList<>();
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            FeedbackBatcher batcher = client.batcher()
                    .onRefused((item, failure) -> told.add(failure))
                    .open();
            batcher.add("unknown-1", Signal.thumbsUp());
            batcher.add("e-1", Signal.thumbsUp());
            batcher.close();
            assertEquals(1, told.size());
            assertInstanceOf(NotFoundException.class, told.get(0));
            assertEquals(1, batcher.stats().acknowledged());
            assertEquals(1, batcher.stats().refused());
        }
    }

    @Test
    void itIsRetriedByTheSameIds() {
        RetryPolicy once = RetryPolicy.none();
        try (Scripted service = new Scripted();
                Pointsman client = service.client().retry(once).build()) {
            service.fail(2);
            service.fail(1, Status.Code.RESOURCE_EXHAUSTED, "OVER_LIMIT", 1, null);
            FeedbackBatcher batcher = client.batcher().open();
            batcher.add("e-1", Signal.thumbsUp());
            batcher.close();
            assertEquals(1, batcher.stats().acknowledged());
            assertEquals(4, service.ids.size());
            assertEquals(1, service.ids.stream().distinct().count());
        }
    }

    @Test
    void whatIsRetriedInVainIsDroppedAtItsDeadline() {
        Scripted gone = new Scripted();
        gone.close();
        List<RecordFeedbackRequest> told = new CopyOnWriteArrayList<>();
        try (Pointsman client = gone.client().build()) {
            FeedbackBatcher batcher = client.batcher()
                    .deadline(Duration.ofMillis(300))
                    .flushInterval(Duration.ofMillis(1))
                    .onDropped((item, why) -> told.add(item))
                    .open();
            batcher.add("e-1", Signal.thumbsUp());
            batcher.flush();
            assertEquals(1, batcher.stats().dropped().get(DropReason.DEADLINE));
            assertEquals("e-1", told.get(0).getFeedback().getEpisodeId());
        }
    }

    @Test
    void eachTenantHasABatchOfItsOwnAndOnesLimitHoldsNoOtherUp() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            FeedbackBatcher batcher = client.batcher().flushInterval(NEVER).open();
            for (int i = 0; i < 3; i++) {
                batcher.add("e-1", Signal.thumbsUp().tenant("u"));
                batcher.add("e-2", Signal.thumbsUp());
            }
            service.fail(1, Status.Code.RESOURCE_EXHAUSTED, "OVER_LIMIT", 50, null);
            batcher.close();
            assertEquals(6, batcher.stats().acknowledged());
            assertEquals(List.of(3, 3), service.batches);
            var tenants = service.headers.stream()
                    .map(sent -> sent.get(Headers.TENANT))
                    .toList();
            assertEquals(List.of("u", "default", "u"), tenants);
        }
    }

    @Test
    void aCallbackThatFailsEndsNothing() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            FeedbackBatcher batcher = client.batcher()
                    .onRefused((item, failure) -> {
                        throw new IllegalStateException("a listener's own defect");
                    })
                    .open();
            batcher.add("unknown-1", Signal.thumbsUp());
            batcher.flush();
            batcher.add("e-1", Signal.thumbsUp());
            batcher.close();
            assertEquals(1, batcher.stats().acknowledged());
        }
    }

    @Test
    void whatCannotBeSentIsRefusedAtOnce() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build();
                FeedbackBatcher batcher = client.batcher().open()) {
            Signal other = Signal.thumbsUp().timeout(Duration.ofSeconds(1));
            assertThrows(InvalidRequestException.class, () -> batcher.add("e-1", other));
            assertThrows(InvalidRequestException.class, () -> batcher.add("e-\ud800", Signal.thumbsUp()));
            RecordFeedbackRequest nothing = RecordFeedbackRequest.getDefaultInstance();
            assertThrows(InvalidRequestException.class, () -> batcher.add(nothing));
            assertThrows(InvalidRequestException.class, () -> client.batcher().flushItems(1_001));
            assertThrows(InvalidRequestException.class, () -> client.batcher().flushBytes(4 << 20));
        }
    }

    @Test
    void closingTheClientSendsWhatItsBatchersHold() {
        try (Scripted service = new Scripted()) {
            Pointsman client = service.client().build();
            FeedbackBatcher batcher = client.batcher().flushInterval(NEVER).open();
            batcher.add("e-1", Signal.thumbsUp());
            client.close();
            assertEquals(1, batcher.stats().acknowledged());
            assertFalse(batcher.add("e-2", Signal.thumbsUp()));
        }
    }
}
