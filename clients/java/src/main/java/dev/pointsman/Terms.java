package dev.pointsman;

import io.grpc.Metadata;
import java.time.Duration;

/**
 * How one call is sent.
 *
 * @param timeout null for no deadline
 * @param headers whose it is, who calls, and what else is sent
 */
record Terms(Duration timeout, Metadata headers) {}
