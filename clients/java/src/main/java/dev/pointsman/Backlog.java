package dev.pointsman;

import dev.pointsman.FeedbackBatcher.DropReason;
import dev.pointsman.v1.RecordFeedbackRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a batcher holds, in the order in which it was handed over: what waits, and what is under way. All of it is counted,
 * and bounded.
 */
final class Backlog {
    /** Less time than any answer takes. */
    static final Duration NO_TIME = Duration.ofMillis(1);
    /** What a list of messages adds to each: its tag and its length. */
    private static final int FRAME = 6;

    private final BatcherOptions options;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final NavigableMap<Long, Item> waiting = new TreeMap<>();
    private final NavigableMap<Long, Item> underWay = new TreeMap<>();
    private final Map<DropReason, Long> dropped = new EnumMap<>(DropReason.class);
    private final Map<String, Long> pausedUntil = new HashMap<>();
    private long waitingBytes;
    private long bytes;
    private long added;
    private long acknowledged;
    private long refused;
    private long requests;
    private long flushTo = -1;
    private boolean closed;
    private boolean ended;

    Backlog(BatcherOptions options) {
        this.options = options;
        for (DropReason reason : DropReason.values()) {
            dropped.put(reason, 0L);
        }
    }

    /**
     * One piece.
     *
     * @param place in the order
     * @param tenant whose it is; empty for the client's
     * @param bytes its size as it is sent
     * @param since when it was handed over
     */
    record Item(long place, String tenant, RecordFeedbackRequest request, int bytes, long since) {}

    /** Takes a piece over. Returns why it was dropped, null where it was not. */
    DropReason add(RecordFeedbackRequest request, String tenant) {
        int size = request.getSerializedSize() + FRAME;
        lock.lock();
        try {
            long place = added++;
            DropReason why = closed ? DropReason.CLOSED : hasRoom(size) ? null : DropReason.FULL;
            if (why != null) {
                dropped.merge(why, 1L, Long::sum);
                return why;
            }
            waiting.put(place, new Item(place, tenant, request, size, System.nanoTime()));
            bytes += size;
            waitingBytes += size;
            if (waiting.size() == 1 || isFull()) {
                changed.signalAll();
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until there is something to send, and takes it. Empty at the end. */
    List<Item> take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!ended) {
                long wait = nanosUntilDue();
                if (wait <= 0) {
                    return takeBatch();
                }
                changed.awaitNanos(wait);
            }
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    /** Sends nothing of this tenant for so long. */
    void pause(String tenant, Duration pause) {
        locked(() -> {
            if (pause.isZero()) {
                pausedUntil.remove(tenant);
            } else {
                pausedUntil.put(tenant, System.nanoTime() + pause.toNanos());
            }
        });
    }

    void answered() {
        locked(() -> requests++);
    }

    /** Whether an item has not been given up meanwhile. */
    boolean holds(Item item) {
        lock.lock();
        try {
            return underWay.containsKey(item.place());
        } finally {
            lock.unlock();
        }
    }

    /** Counts an item as in the service's log. */
    void acknowledged(Item item) {
        settle(item, () -> acknowledged++);
    }

    /** Counts an item as refused, once that has been told. */
    void refused(Item item) {
        settle(item, () -> refused++);
    }

    /** Counts an item as dropped, once that has been told. */
    void dropped(Item item, DropReason reason) {
        settle(item, () -> dropped.merge(reason, 1L, Long::sum));
    }

    /** Puts an item back in its place, to be sent again. */
    void keep(Item item) {
        locked(() -> {
            if (underWay.remove(item.place()) != null) {
                waiting.put(item.place(), item);
                waitingBytes += item.bytes();
            }
        });
    }

    /** What is left of its deadline, a millisecond at least. */
    Duration left(Item item) {
        Duration left = options.deadline.minusNanos(System.nanoTime() - item.since());
        return left.compareTo(NO_TIME) < 0 ? NO_TIME : left;
    }

    /** Waits until all that was handed over before is settled. */
    void flush() throws InterruptedException {
        flush(Timeouts.LONGEST);
    }

    /** The same, for so long at most. */
    void flush(Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = atMost.toNanos();
            long last = added - 1;
            flushTo = Math.max(flushTo, last);
            changed.signalAll();
            while (oldest() <= last && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    void refuseMore() {
        locked(() -> closed = true);
    }

    /** Gives everything up. Returns what is still held. */
    List<Item> end() {
        List<Item> left = new ArrayList<>();
        locked(() -> {
            closed = true;
            ended = true;
            left.addAll(underWay.values());
            left.addAll(waiting.values());
            dropped.merge(DropReason.CLOSED, (long) left.size(), Long::sum);
            underWay.clear();
            waiting.clear();
            bytes = 0;
            waitingBytes = 0;
        });
        return left;
    }

    FeedbackBatcher.Stats stats() {
        lock.lock();
        try {
            long pending = waiting.size() + (long) underWay.size();
            return new FeedbackBatcher.Stats(added, acknowledged, refused, Map.copyOf(dropped), pending, requests);
        } finally {
            lock.unlock();
        }
    }

    private boolean hasRoom(int size) {
        return waiting.size() + underWay.size() < options.maxItems && bytes + size <= options.maxBytes;
    }

    private boolean isFull() {
        return waiting.size() >= options.flushItems || waitingBytes >= options.flushBytes;
    }

    /** Until something is to be sent: what is due of a tenant that may be asked. */
    private long nanosUntilDue() {
        long soonest = Long.MAX_VALUE;
        long now = System.nanoTime();
        for (Item item : waiting.values()) {
            long paused = pausedUntil.getOrDefault(item.tenant(), now) - now;
            boolean hurried = isFull() || closed || item.place() <= flushTo;
            long aged = hurried ? 0 : item.since() + options.flushInterval.toNanos() - now;
            soonest = Math.min(soonest, Math.max(paused, aged));
            // Without pauses the first is the oldest, and the others need no look.
            if (soonest <= 0 || pausedUntil.isEmpty()) {
                break;
            }
        }
        return soonest;
    }

    private List<Item> takeBatch() {
        long now = System.nanoTime();
        List<Item> batch = new ArrayList<>();
        long size = 0;
        for (Item next : waiting.values()) {
            boolean other =
                    !batch.isEmpty() && !next.tenant().equals(batch.get(0).tenant());
            if (other || pausedUntil.getOrDefault(next.tenant(), now) - now > 0) {
                continue;
            }
            boolean over = !batch.isEmpty() && size + next.bytes() > options.flushBytes;
            if (over || batch.size() >= options.flushItems) {
                break;
            }
            size += next.bytes();
            batch.add(next);
        }
        for (Item taken : batch) {
            waiting.remove(taken.place());
            waitingBytes -= taken.bytes();
            underWay.put(taken.place(), taken);
        }
        return batch;
    }

    private void settle(Item item, Runnable count) {
        lock.lock();
        try {
            if (underWay.remove(item.place()) != null) {
                bytes -= item.bytes();
                count.run();
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private long oldest() {
        long first = waiting.isEmpty() ? Long.MAX_VALUE : waiting.firstKey();
        return underWay.isEmpty() ? first : Math.min(first, underWay.firstKey());
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
