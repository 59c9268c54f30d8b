package dev.pointsman;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** One daemon thread for whatever waits, of all clients; what it runs is short and never blocks. */
final class Timer {
    private static final ScheduledThreadPoolExecutor THREAD = make();

    private Timer() {}

    /** Runs it after so long, unless what is returned is cancelled. */
    static Future<?> after(long nanos, Runnable task) {
        return THREAD.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }

    /** Runs it after so long. */
    static void run(long nanos, Runnable task) {
        Future<?> never = after(nanos, task);
        assert never != null;
    }

    private static ScheduledThreadPoolExecutor make() {
        ScheduledThreadPoolExecutor made = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "pointsman-timer");
            thread.setDaemon(true);
            return thread;
        });
        made.setRemoveOnCancelPolicy(true);
        return made;
    }
}
