package dev.pointsman;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ConnectivityState;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.Future;

/**
 * Whether a service is there: whether it has ever answered this client, and whether there is a connection now.
 *
 * <p>Calls wait until there is one, as the published service config says (waitForReady); this ends those that wait in vain.
 * It also makes gRPC connect again soon: by itself it waits up to two minutes, and a service that restarts is back in
 * seconds.
 */
final class Contact implements ClientInterceptor {
    private static final long FIRST_RECONNECT_NANOS = 100_000_000;
    private static final long LONGEST_RECONNECT_NANOS = 1_000_000_000;

    private final String address;
    private final RetryPolicy policy;
    private volatile boolean made;
    private volatile boolean up;
    private volatile long downSince = System.nanoTime();
    private volatile boolean shutDown;
    private boolean reconnecting;
    private long reconnect = FIRST_RECONNECT_NANOS;

    Contact(String address, RetryPolicy policy) {
        this.address = address;
        this.policy = policy;
    }

    String address() {
        return address;
    }

    boolean isMade() {
        return made;
    }

    boolean isUp() {
        return up;
    }

    boolean isShutDown() {
        return shutDown;
    }

    /** Notes that there is a service. */
    void answered() {
        made = true;
    }

    /** Takes a channel as connected whose state cannot be known: one that was handed in. */
    void unknown() {
        up = true;
    }

    /** Follows the channel's state until it is shut down. */
    void watch(ManagedChannel channel) {
        ConnectivityState state = channel.getState(false);
        note(channel, state);
        if (state != ConnectivityState.SHUTDOWN) {
            channel.notifyWhenStateChanged(state, () -> watch(channel));
        }
    }

    private synchronized void note(ManagedChannel channel, ConnectivityState state) {
        shutDown = state == ConnectivityState.SHUTDOWN;
        boolean ready = state == ConnectivityState.READY;
        if (up && !ready) {
            downSince = System.nanoTime();
        }
        up = ready;
        if (ready) {
            made = true;
            reconnect = FIRST_RECONNECT_NANOS;
        } else if (state == ConnectivityState.TRANSIENT_FAILURE && !reconnecting) {
            reconnecting = true;
            Timer.run(reconnect, () -> connectAgain(channel));
        }
    }

    /** Again and again, since a channel that fails to connect stays in this state without a word. */
    private synchronized void connectAgain(ManagedChannel channel) {
        reconnecting = channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE;
        if (reconnecting) {
            channel.resetConnectBackoff();
            reconnect = Math.min(reconnect * 2, LONGEST_RECONNECT_NANOS);
            Timer.run(reconnect, () -> connectAgain(channel));
        }
    }

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        ClientCall<Q, R> call = next.newCall(method, options);
        boolean endless = options.getDeadline() == null;
        return up && !endless ? call : new Watched<>(call, endless);
    }

    /** A call that is ended where nobody is there for too long. */
    private final class Watched<Q, R> extends SimpleForwardingClientCall<Q, R> {
        private final boolean endless;
        private final long begun = System.nanoTime();
        private volatile boolean ended;
        private volatile Future<?> check;

        Watched(ClientCall<Q, R> call, boolean endless) {
            super(call);
            this.endless = endless;
        }

        @Override
        public void start(Listener<R> listener, Metadata headers) {
            look();
            super.start(
                    new SimpleForwardingClientCallListener<R>(listener) {
                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            ended = true;
                            Future<?> next = check;
                            if (next != null) {
                                next.cancel(false);
                            }
                            super.onClose(status, trailers);
                        }
                    },
                    headers);
        }

        private void look() {
            if (ended || (up && !endless) || (made && !endless)) {
                return;
            }
            Duration limit = made ? policy.longestOutage() : policy.firstContact();
            long since = downSince - begun > 0 ? downSince : begun;
            long left = up ? limit.toNanos() : limit.toNanos() - (System.nanoTime() - since);
            if (left <= 0) {
                cancel("nobody has answered for " + limit.toMillis() / 1e3 + " s", new Errors.NobodyAnswers());
            } else {
                check = Timer.after(left, this::look);
            }
        }
    }
}
