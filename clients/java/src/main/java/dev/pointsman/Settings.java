package dev.pointsman;

import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannelBuilder;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a client was made with, checked.
 *
 * @param address where callers ask
 * @param adminAddress where AdminService is asked
 * @param tenant null for the key's own, which the service knows
 * @param apiKey null for none
 * @param timeout null for no deadline
 * @param pairs metadata of every call
 * @param credentials null for a plain connection
 * @param channel one that was handed in, else null
 */
record Settings(
        String address,
        String adminAddress,
        String tenant,
        String apiKey,
        Duration timeout,
        List<Headers.Pair> pairs,
        RetryPolicy retry,
        Compression compression,
        Telemetry telemetry,
        ChannelCredentials credentials,
        Channel channel,
        List<ClientInterceptor> interceptors,
        Consumer<ManagedChannelBuilder<?>> customizer) {

    /** Without the key. */
    @Override
    public String toString() {
        return "Settings[address=" + address + ", tenant=" + tenant + "]";
    }
}
