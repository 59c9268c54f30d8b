/** The connections of a client: the options of their channels, and the raw stubs on them. */
import { Client as GrpcClient, compressionAlgorithms, type ClientOptions as GrpcOptions } from "@grpc/grpc-js";

import { invalid } from "./arguments";
import { forOperators, type Rpc } from "./rpcs";
import { SERVICE_CONFIG } from "./service-config";
import type { Settings } from "./settings";
import { AdminServiceClient, FeedbackServiceClient, RouterServiceClient } from "./v1";

/** Options of the channels that a client opens. */
export const CHANNEL_OPTIONS = {
  // grpc waits a second before it connects again, and then up to two minutes; a service that restarts is back sooner.
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1_000,
  // A connection that a firewall dropped without a word is found out within 20 s, idle or in the middle of a call.
  // The service permits a ping every 5 s.
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 10_000,
  "grpc.keepalive_permit_without_calls": 1,
  // An answer may have pictures and sound; 4 MiB is what grpc takes.
  "grpc.max_receive_message_length": 64 << 20,
} as const;

/** The generated clients of grpc-js, on the connections of a `Client`: for what the layer over them does not do. */
export interface RawStubs {
  readonly router: RouterServiceClient;
  readonly feedback: FeedbackServiceClient;
  readonly admin: AdminServiceClient;
}

/** Two connections, for callers and for operators; each connects when it is first used. */
export class Channels {
  readonly #callers: GrpcClient;
  readonly #operators: GrpcClient;
  #stubs: RawStubs | undefined;

  constructor(private readonly settings: Settings) {
    const options = channelOptions(settings);
    this.#callers = opened(settings.address, settings, options);
    this.#operators =
      settings.adminAddress === settings.address ? this.#callers : opened(settings.adminAddress, settings, options);
  }

  /** The connection by which an rpc goes, and where it leads. */
  of(rpc: Rpc<never, unknown>): { grpc: GrpcClient; address: string } {
    return forOperators(rpc)
      ? { grpc: this.#operators, address: this.settings.adminAddress }
      : { grpc: this.#callers, address: this.settings.address };
  }

  /** The raw stubs. */
  get stubs(): RawStubs {
    const { credentials, address, adminAddress } = this.settings;
    const callers = { channelOverride: this.#callers.getChannel() };
    const operators = { channelOverride: this.#operators.getChannel() };
    this.#stubs ??= {
      router: new RouterServiceClient(address, credentials, callers),
      feedback: new FeedbackServiceClient(address, credentials, callers),
      admin: new AdminServiceClient(adminAddress, credentials, operators),
    };
    return this.#stubs;
  }

  close(): void {
    this.#callers.close();
    this.#operators.close();
  }
}

function opened(address: string, { credentials }: Settings, options: Partial<GrpcOptions>): GrpcClient {
  try {
    return new GrpcClient(address, credentials, options);
  } catch (wrong) {
    throw invalid("address", `is none that gRPC can use: ${(wrong as Error).message}`, wrong);
  }
}

function channelOptions({ compression, retry, grpc }: Settings): Partial<GrpcOptions> {
  const gzip = compression === "gzip" && { "grpc.default_compression_algorithm": compressionAlgorithms.gzip };
  const retries = retry.serviceConfig
    ? { "grpc.service_config": JSON.stringify(SERVICE_CONFIG) }
    : { "grpc.enable_retries": 0 };
  return { ...CHANNEL_OPTIONS, ...gzip, ...retries, ...grpc };
}
