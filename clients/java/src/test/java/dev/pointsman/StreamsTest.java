package dev.pointsman;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pointsman.v1.StreamCompleteResponse;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Answers as they come about: for one reader, and for subscribers. */
class StreamsTest {
    private static final int ENDLESS = 1_000_000;

    @Test
    void aStreamHasTextsThenItsAnswer() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build();
                AnswerStream stream = client.streamComplete("a")) {
            List<String> pieces = new ArrayList<>();
            stream.texts().forEach(piece -> pieces.add(piece.trim()));
            assertEquals(List.of("piece 1", "piece 2"), pieces);
            assertEquals("Four.", stream.answer().text());
            assertEquals(service.ids.get(0), stream.answer().requestId());
            assertEquals("e-1", stream.answer().thumbsUp().getEpisodeId());
        }
    }

    @Test
    void leavingItEarlyEndsTheCall() throws InterruptedException {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            service.pieces = ENDLESS;
            AnswerStream stream = client.streamComplete("a");
            stream.next();
            stream.close();
            assertTrue(service.cancelled.await(10, TimeUnit.SECONDS));
            assertThrows(CancelledException.class, stream::hasNext);
        }
    }

    @Test
    void aReaderThatWaitsIsWokenByCancel() throws Exception {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            service.hold = new CountDownLatch(1);
            AnswerStream stream = client.streamComplete("a");
            CompletableFuture<Boolean> reader = CompletableFuture.supplyAsync(stream::hasNext);
            assertTrue(service.entered.await(10, TimeUnit.SECONDS));
            stream.cancel();
            var failed = assertThrows(java.util.concurrent.ExecutionException.class, reader::get);
            assertInstanceOf(CancelledException.class, failed.getCause());
        }
    }

    @Test
    void aSlowReaderHoldsTheServiceBack() throws InterruptedException {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build();
                AnswerStream stream = client.streamComplete("a")) {
            service.pieces = ENDLESS;
            stream.next();
            int sent = settled(service);
            assertTrue(sent < 10_000, "so many of a million were sent to a reader of one: " + sent);
        }
    }

    /** How much a server has sent once it has stopped sending. */
    private static int settled(Scripted service) throws InterruptedException {
        int before = -1;
        int now = service.sent.get();
        while (now != before) {
            Thread.sleep(100);
            before = now;
            now = service.sent.get();
        }
        return now;
    }

    @Test
    void textsOfAnOptimisticStreamAreRefused() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build();
                AnswerStream stream = client.streamComplete(Ask.of("a").optimistic(true))) {
            assertThrows(InvalidRequestException.class, stream::texts);
            assertThrows(
                    InvalidRequestException.class,
                    () -> client.publishTexts(Ask.of("a").optimistic(true)));
        }
    }

    /** Notes what it is told; asks for nothing by itself. */
    private static final class Subscriber<T> implements Flow.Subscriber<T> {
        final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
        final BlockingQueue<T> items = new LinkedBlockingQueue<>();
        final CompletableFuture<Throwable> end = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription.complete(given);
        }

        @Override
        public void onNext(T item) {
            items.add(item);
        }

        @Override
        public void onError(Throwable failure) {
            end.complete(failure);
        }

        @Override
        public void onComplete() {
            end.complete(null);
        }
    }

    @Test
    void aSubscriberGetsAsManyAsItAsksFor() throws Exception {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            Subscriber<StreamCompleteResponse> subscriber = new Subscriber<>();
            client.publishComplete(Ask.of("a")).subscribe(subscriber);
            Flow.Subscription subscription = subscriber.subscription.get();
            subscription.request(2);
            assertTrue(subscriber.items.poll(10, TimeUnit.SECONDS).hasBegun());
            assertTrue(subscriber.items.poll(10, TimeUnit.SECONDS).hasText());
            settled(service);
            assertTrue(subscriber.items.isEmpty());
            subscription.request(Long.MAX_VALUE);
            assertEquals(null, subscriber.end.get(10, TimeUnit.SECONDS));
            assertEquals(2, subscriber.items.size());
            subscriber.items.remove();
            StreamCompleteResponse last = subscriber.items.remove();
            assertEquals("Four.", client.answer(last.getSummary()).text());
        }
    }

    @Test
    void textsArePublishedWithoutTheOtherItems() throws Exception {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            Subscriber<String> subscriber = new Subscriber<>();
            client.publishTexts(Ask.of("a")).subscribe(subscriber);
            for (int i = 1; i <= 2; i++) {
                subscriber.subscription.get().request(1);
                assertEquals(
                        "piece " + i,
                        subscriber.items.poll(10, TimeUnit.SECONDS).trim());
            }
            subscriber.subscription.get().request(1);
            assertEquals(null, subscriber.end.get(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void aSubscriberThatCancelsEndsTheCallAndHearsNothingMore() throws Exception {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            service.pieces = ENDLESS;
            Subscriber<StreamCompleteResponse> subscriber = new Subscriber<>();
            client.publishComplete(Ask.of("a")).subscribe(subscriber);
            subscriber.subscription.get().request(1);
            assertTrue(subscriber.items.poll(10, TimeUnit.SECONDS).hasBegun());
            subscriber.subscription.get().cancel();
            assertTrue(service.cancelled.await(10, TimeUnit.SECONDS));
            assertTrue(subscriber.items.isEmpty());
            assertEquals(false, subscriber.end.isDone());
        }
    }

    @Test
    void aSubscriberIsToldWhatWentWrong() throws Exception {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            service.fail(1, Status.Code.NOT_FOUND, "UNKNOWN_MODEL", -1, null);
            Subscriber<StreamCompleteResponse> subscriber = new Subscriber<>();
            client.publishComplete(Ask.of("a")).subscribe(subscriber);
            subscriber.subscription.get().request(1);
            assertInstanceOf(NotFoundException.class, subscriber.end.get(10, TimeUnit.SECONDS));
            Subscriber<StreamCompleteResponse> wrong = new Subscriber<>();
            client.publishComplete(Ask.of("a").task("\ud800")).subscribe(wrong);
            assertInstanceOf(InvalidRequestException.class, wrong.end.get(10, TimeUnit.SECONDS));
            Subscriber<StreamCompleteResponse> none = new Subscriber<>();
            client.publishComplete(Ask.of("a")).subscribe(none);
            none.subscription.get().request(0);
            assertInstanceOf(IllegalArgumentException.class, none.end.get(10, TimeUnit.SECONDS));
        }
    }
}
