package dev.pointsman.bench;

import dev.pointsman.Ask;
import dev.pointsman.Pointsman;
import dev.pointsman.v1.ChatMessage;
import dev.pointsman.v1.Query;
import dev.pointsman.v1.Role;
import dev.pointsman.v1.RouteRequest;
import dev.pointsman.v1.RouterServiceGrpc;
import dev.pointsman.v1.RouterServiceGrpc.RouterServiceBlockingStub;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.Arrays;
import java.util.Locale;
import java.util.UUID;

/**
 * What the layer adds to a Route over its raw stub, in one run against one service: pairs of calls in turn, whose order
 * changes, so that what else the machine does falls on both.
 *
 * <p>Arguments: the address, and how many pairs (2,000).
 */
public final class RouteBench {
    private static final String TEXT = "What is the capital of Australia?";
    private static final int WARM = 500;

    private RouteBench() {}

    /**
     * Prints both medians, and the median of the differences as a share of the raw one.
     *
     * @param args the address; how many pairs
     */
    public static void main(String[] args) {
        int pairs = args.length > 1 ? Integer.parseInt(args[1]) : 2_000;
        ManagedChannel channel = Grpc.newChannelBuilder(args[0], InsecureChannelCredentials.create())
                .build();
        try (Pointsman pointsman = Pointsman.builder().address(args[0]).build()) {
            RouterServiceBlockingStub stub = RouterServiceGrpc.newBlockingStub(channel);
            Runnable raw = () -> stub.route(request());
            Runnable layer = () -> pointsman.route(Ask.of(TEXT));
            measure(raw, layer, WARM);
            long[][] nanos = measure(raw, layer, pairs);
            report(nanos[0], nanos[1]);
        } finally {
            channel.shutdownNow();
        }
    }

    /** As a caller without the layer writes it, an id for retries included. */
    private static RouteRequest request() {
        ChatMessage message = ChatMessage.newBuilder()
                .setRole(Role.ROLE_USER)
                .setContent(TEXT)
                .build();
        return RouteRequest.newBuilder()
                .setRequestId(UUID.randomUUID().toString())
                .setQuery(Query.newBuilder().addMessages(message))
                .build();
    }

    private static long[][] measure(Runnable raw, Runnable layer, int pairs) {
        long[][] nanos = new long[2][pairs];
        for (int i = 0; i < pairs; i++) {
            boolean rawFirst = i % 2 == 0;
            long first = time(rawFirst ? raw : layer);
            long second = time(rawFirst ? layer : raw);
            nanos[0][i] = rawFirst ? first : second;
            nanos[1][i] = rawFirst ? second : first;
        }
        return nanos;
    }

    private static long time(Runnable call) {
        long begun = System.nanoTime();
        call.run();
        return System.nanoTime() - begun;
    }

    private static void report(long[] raw, long[] layer) {
        double middle = median(raw);
        double added = median(layer) - middle;
        System.out.printf(
                Locale.ROOT,
                "java: Route %.0f us by the stub, %.0f us by the client: %+.1f %% (%d pairs)%n",
                middle / 1e3,
                median(layer) / 1e3,
                100 * added / middle,
                raw.length);
    }

    private static double median(long[] values) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
