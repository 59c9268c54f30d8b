package dev.pointsman;

import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ManagedChannelRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A channel to one address, and whether somebody is there.
 *
 * @param owned what is to be closed; null for a channel that was handed in
 * @param channel the same, with all that is sent along
 */
record Target(ManagedChannel owned, Channel channel, Contact contact) {
    /** Less than 10 s gRPC does not take; a connection that a firewall dropped is found out within 20 s. */
    private static final int KEEPALIVE_S = 10;
    /** An answer may have pictures and sound; 4 MiB is what gRPC takes. */
    private static final int LARGEST_ANSWER = 64 << 20;

    /** Connects when it is first used. */
    static Target of(Settings settings, String address) {
        Contact contact = new Contact(address, settings.retry());
        Channel given = settings.channel();
        ManagedChannel owned = given == null ? open(settings, address) : null;
        if (owned != null) {
            contact.watch(owned);
        } else if (given instanceof ManagedChannel managed) {
            contact.watch(managed);
        } else {
            contact.unknown();
        }
        return new Target(owned, dressed(owned == null ? given : owned, settings, contact), contact);
    }

    boolean isShutDown() {
        return contact.isShutDown();
    }

    void close() {
        if (owned != null) {
            owned.shutdownNow();
        }
    }

    private static Channel dressed(Channel bare, Settings settings, Contact contact) {
        // The last one is called first.
        List<ClientInterceptor> interceptors = new ArrayList<>();
        interceptors.add(contact);
        interceptors.add(new Headers(Headers.of(settings.tenant(), settings.apiKey(), settings.pairs())));
        interceptors.addAll(settings.interceptors());
        return ClientInterceptors.intercept(bare, interceptors);
    }

    private static ManagedChannel open(Settings settings, String address) {
        ManagedChannelBuilder<?> made = builder(settings, address)
                .keepAliveTime(KEEPALIVE_S, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_S, TimeUnit.SECONDS)
                .keepAliveWithoutCalls(true)
                .maxInboundMessageSize(LARGEST_ANSWER);
        ServiceConfig.install(made, settings.retry());
        settings.customizer().accept(made);
        return made.build();
    }

    private static ManagedChannelBuilder<?> builder(Settings settings, String address) {
        if (settings.credentials() == null) {
            return Grpc.newChannelBuilder(address, InsecureChannelCredentials.create());
        }
        try {
            return Grpc.newChannelBuilder(address, settings.credentials());
        } catch (ManagedChannelRegistry.ProviderNotFoundException refused) {
            // So gRPC says that a file is there, but is no PEM.
            throw Errors.invalid("tls_ca", "and its like cannot be used: " + refused.getMessage());
        }
    }
}
