package dev.pointsman;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What every call may say of its own; what is left out is the client's.
 *
 * @param <T> what says it
 */
public abstract class PerCall<T extends PerCall<T>> {
    private String tenant;
    private Duration timeout;
    private boolean endless;
    private final List<Headers.Pair> pairs = new ArrayList<>();

    PerCall() {}

    /**
     * Sets whose call this is.
     *
     * @param tenant the tenant's name
     * @return this
     */
    public T tenant(String tenant) {
        this.tenant = Headers.tenant(tenant, "tenant");
        return self();
    }

    /**
     * Sets the deadline of this call, retries included. The service divides it over model calls and judges.
     *
     * @param timeout from the start of the call
     * @return this
     */
    public T timeout(Duration timeout) {
        this.timeout = Timeouts.checked(timeout);
        this.endless = false;
        return self();
    }

    /**
     * Takes the deadline away.
     *
     * @return this
     */
    public T noTimeout() {
        this.timeout = null;
        this.endless = true;
        return self();
    }

    /**
     * Sends gRPC metadata with this call, beside the client's.
     *
     * @param key in lower case
     * @param value in ASCII
     * @return this
     */
    public T metadata(String key, String value) {
        pairs.add(Headers.pair(key, value));
        return self();
    }

    /**
     * Sends binary gRPC metadata with this call, beside the client's.
     *
     * @param key in lower case, ending in {@code -bin}
     * @param value the bytes
     * @return this
     */
    public T metadata(String key, byte[] value) {
        pairs.add(Headers.pair(key, value));
        return self();
    }

    /** What is said here, over what the client says. */
    Terms over(Settings settings) {
        List<Headers.Pair> all = new ArrayList<>(settings.pairs());
        all.addAll(pairs);
        return new Terms(
                timeout != null || endless ? timeout : settings.timeout(),
                Headers.of(tenant == null ? settings.tenant() : tenant, settings.apiKey(), all));
    }

    /** What is said here, over what a call that this one follows from said. */
    Terms over(Settings settings, PerCall<?> followed) {
        Terms own = over(settings);
        if (tenant != null || followed.saysNothing()) {
            return own;
        }
        List<Headers.Pair> all = new ArrayList<>(settings.pairs());
        all.addAll(followed.pairs);
        all.addAll(pairs);
        return new Terms(own.timeout(), Headers.of(followed.tenantOr(settings.tenant()), settings.apiKey(), all));
    }

    /** Whose call it is, for calls that follow from it. */
    CallTerms follow() {
        CallTerms made = CallTerms.create();
        PerCall<CallTerms> base = made;
        base.tenant = tenant;
        base.pairs.addAll(pairs);
        return made;
    }

    boolean saysNothing() {
        return tenant == null && saysAtMostItsTenant();
    }

    boolean saysAtMostItsTenant() {
        return timeout == null && !endless && pairs.isEmpty();
    }

    String tenantOr(String other) {
        return tenant == null ? other : tenant;
    }

    @SuppressWarnings("unchecked")
    final T self() {
        return (T) this;
    }
}
