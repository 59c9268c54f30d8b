/** What a client is made with, and what each call says of its own: address, tenant, metadata, deadline. */
import { ChannelCredentials, Metadata, type ClientOptions as GrpcOptions } from "@grpc/grpc-js";
import { isIPv4, isIPv6 } from "node:net";

import { flag, given, invalid, isRecord, list, refuseUnknown, shown, type Check } from "./arguments";
import { checkedPolicy, type FullRetryPolicy, type RetryPolicy } from "./retry";
import { checkedTelemetry, type TelemetryOption } from "./telemetry";
import { credentialsOf, type TlsFiles } from "./tls";

/** Pairs that are sent with a call: an object, or a list of pairs. Keys in -bin have bytes, others a text in ASCII. */
export type CallMetadata = Readonly<Record<string, string | Uint8Array>> | readonly MetadataPair[];

/** A key in lower case and its value. */
export type MetadataPair = readonly [key: string, value: string | Uint8Array];

/** What every call may say of its own; what is left out is the client's. */
export interface CallOptions {
  /** Whose call this is. */
  tenant?: string;
  /** Pairs that are sent beside those of the client, for instance `{ traceparent: "00-..." }`. */
  metadata?: CallMetadata;
  /** Deadline in milliseconds, retries included; null for none. */
  timeoutMs?: number | null;
  /** Ends the call when it is aborted; the error is `Cancelled`, with the signal's reason as its cause. */
  signal?: AbortSignal;
}

/** What a client is made with. Everything may be left out. */
export interface ClientOptions extends TlsFiles {
  /** HOST:PORT; left out, the environment's POINTSMAN_ADDRESS, else 127.0.0.1:50051. */
  address?: string;
  /** Where operators' requests go; left out, POINTSMAN_ADMIN_ADDRESS, else the port after address's. */
  adminAddress?: string;
  /** Whose calls these are; left out, POINTSMAN_TENANT, else the key's own, else "default". */
  tenant?: string;
  /** Who calls; left out, POINTSMAN_API_KEY. */
  apiKey?: string;
  /** That the network is trusted, so that a key may go unencrypted to another machine (false). */
  plainKey?: boolean;
  /** Deadline of each call that sets none of its own, in milliseconds, retries included (120,000); null for none. */
  timeoutMs?: number | null;
  /** Pairs that are sent with every call. */
  metadata?: CallMetadata;
  /** When a call is tried again. */
  retry?: RetryPolicy;
  /** How requests are compressed ("none"). */
  compression?: "none" | "gzip";
  /** OpenTelemetry: a span for each call, and `traceparent` sent on. true takes the global provider (false). */
  telemetry?: TelemetryOption;
  /** gRPC's own credentials, instead of TLS files. */
  credentials?: ChannelCredentials;
  /** Options of grpc-js, over those that the client sets: channel options, interceptors and so on. */
  grpc?: Partial<GrpcOptions>;
}

/** How one call is sent. */
export interface Terms {
  /** Undefined for no deadline. */
  readonly timeoutMs: number | undefined;
  readonly pairs: readonly MetadataPair[];
  readonly signal: AbortSignal | undefined;
}

/** What a client was made with, checked. tenant: undefined for the key's own, which the service knows. */
export interface Settings {
  readonly address: string;
  readonly adminAddress: string;
  readonly tenant: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly pairs: readonly MetadataPair[];
  readonly retry: FullRetryPolicy;
  readonly credentials: ChannelCredentials;
  readonly apiKey: string | undefined;
  readonly compression: "none" | "gzip";
  readonly telemetry: TelemetryOption;
  readonly grpc: Partial<GrpcOptions>;
}

export const DEFAULT_ADDRESS = "127.0.0.1:50051";
export const DEFAULT_TIMEOUT_MS = 120_000;
export const CALL_OPTIONS = ["tenant", "metadata", "timeoutMs", "signal"] as const;
const CLIENT_OPTIONS = [
  ...["address", "adminAddress", "tenant", "apiKey", "plainKey", "timeoutMs", "metadata", "retry", "compression"],
  ...["telemetry", "credentials", "grpc", "tlsCa", "tlsCert", "tlsKey"],
];
const TENANT_KEY = "x-pointsman-tenant";
const AUTHORIZATION_KEY = "authorization";
// About thirty years; gRPC's header for it ends at 8 digits of hours.
const LONGEST_TIMEOUT_MS = 1e12;
const LAST_PORT = 65_535;
// Of grpc-js's name resolvers; any other scheme, as http, it would refuse in its own words.
const SCHEME = /^(?!dns:|unix:|ipv4:|ipv6:|xds:)[A-Za-z][A-Za-z0-9+.-]*:\/\//;
// A host and one colon, so that what follows is a port; an address with a scheme has another form.
const HOST_AND_PORT = /^(?!unix:)([^:/]+|\[[^\]]+\]):[^:/]*$/;

/** The options of a client, checked; what is left out comes from the environment. Throws InvalidRequest. */
export function settingsOf(options: ClientOptions): Settings {
  refuseUnknown("Client", options, CLIENT_OPTIONS);
  const address = addressOf(options.address);
  const adminAddress = adminAddressOf(options.adminAddress, address);
  const apiKey = apiKeyOf(options.apiKey);
  const credentials = channelCredentials(options);
  const plainKey = given(options, "plainKey", flag) ?? false;
  if (apiKey !== undefined && credentials === undefined && !plainKey) refusePlainKey(address, adminAddress);
  return {
    address,
    adminAddress,
    tenant: tenantOf(options.tenant, apiKey !== undefined),
    timeoutMs: options.timeoutMs === undefined ? DEFAULT_TIMEOUT_MS : checkedTimeout(options.timeoutMs),
    pairs: checkedMetadata(options.metadata ?? []),
    retry: checkedPolicy(options.retry ?? {}),
    credentials: credentials ?? ChannelCredentials.createInsecure(),
    apiKey,
    compression: given(options, "compression", compressionWord) ?? "none",
    telemetry: checkedTelemetry(options.telemetry ?? false),
    grpc: grpcOptions(options.grpc ?? {}),
  };
}

/** How a call with these options is sent. */
export function termsOf(settings: Settings, options: CallOptions): Terms {
  const tenant = given(options, "tenant", checkedTenant) ?? settings.tenant;
  const own = options.metadata === undefined ? [] : checkedMetadata(options.metadata);
  const pairs = [...settings.pairs, ...own];
  if (settings.apiKey !== undefined && !pairs.some(([key]) => key === AUTHORIZATION_KEY)) {
    pairs.push([AUTHORIZATION_KEY, `Bearer ${settings.apiKey}`]);
  }
  if (tenant !== undefined) pairs.push([TENANT_KEY, tenant]);
  const timeoutMs = options.timeoutMs === undefined ? settings.timeoutMs : checkedTimeout(options.timeoutMs);
  return { timeoutMs, pairs, signal: given(options, "signal", checkedSignal) };
}

/** What a later call about the same has to say, too: whose it is, and who calls. */
export function heirOf(options: CallOptions): CallOptions {
  const who = checkedMetadata(options.metadata ?? []).filter(([key]) => key === AUTHORIZATION_KEY);
  return { ...(options.tenant !== undefined && { tenant: options.tenant }), ...(who.length && { metadata: who }) };
}

/** The pairs as gRPC takes them. waitForReady: whether the call waits for a connection instead of failing without one. */
export function metadataOf(pairs: readonly MetadataPair[], waitForReady: boolean): Metadata {
  const metadata = new Metadata({ waitForReady });
  for (const [key, value] of pairs) metadata.add(key, typeof value === "string" ? value : Buffer.from(value));
  return metadata;
}

/**
 * Whether what is sent there stays on this machine.
 *
 * @example
 * isLocal("[::1]:50051") // true
 */
export function isLocal(address: string): boolean {
  if (address.startsWith("unix:")) return true;
  const plain = address.replace(/^(dns:\/\/\/?|dns:|ipv4:|ipv6:)/, "");
  const host = plain.slice(0, Math.max(plain.lastIndexOf(":"), 0)).replace(/^\[|\]$/g, "");
  return (
    host === "localhost" || (isIPv4(host) && host.startsWith("127.")) || (isIPv6(host) && /^(0*:)*:?0*1$/.test(host))
  );
}

function refusePlainKey(...addresses: string[]): void {
  const away = addresses.find((address) => !isLocal(address));
  if (away === undefined) return;
  const remedy = "pass tlsCa, or credentials of gRPC, or plainKey: true where the network is trusted";
  throw invalid("apiKey", `would go to ${away} unencrypted: ${remedy}`);
}

/** The tenant, if it can be sent as metadata: the service says what else a name must be. */
export const checkedTenant: Check<string> = (tenant, path) => {
  if (typeof tenant === "string" && /^[!-~]+$/.test(tenant)) return tenant;
  throw invalid(path, `must be a name in ASCII without blanks, for instance "team-a", not ${shown(tenant)}`);
};

const checkedSignal: Check<AbortSignal> = (signal, path) => {
  if (signal instanceof AbortSignal) return signal;
  throw invalid(path, `must be an AbortSignal, not ${shown(signal)}`);
};

const compressionWord: Check<"none" | "gzip"> = (word, path) => {
  if (word === "none" || word === "gzip") return word;
  throw invalid(path, `must be "none" or "gzip", not ${shown(word)}`);
};

/** The timeout, if it is one; undefined for no deadline. */
function checkedTimeout(timeout: unknown): number | undefined {
  if (timeout === null) return undefined;
  if (typeof timeout === "number" && timeout > 0 && timeout <= LONGEST_TIMEOUT_MS) return timeout;
  throw invalid("timeoutMs", `must be milliseconds above 0, or null for no deadline, not ${shown(timeout)}`);
}

/** The pairs, if gRPC can send them. */
export function checkedMetadata(metadata: unknown): MetadataPair[] {
  const plain = isRecord(metadata) && !(Symbol.iterator in metadata);
  const pairs = plain ? Object.entries(metadata) : list(metadata, "metadata", "pairs, or an object");
  return pairs.map((pair, i) => checkedPair(pair, plain ? `metadata.${(pair as [string])[0]}` : `metadata[${i}]`));
}

function checkedPair(pair: unknown, path: string): MetadataPair {
  const [key, value] = Array.isArray(pair) && pair.length === 2 ? (pair as [unknown, unknown]) : [];
  if (typeof key !== "string" || !(typeof value === "string" || value instanceof Uint8Array)) {
    throw invalid(path, `must be a key and a value, as in ["authorization", "Bearer ..."], not ${shown(pair)}`);
  }
  if (key === TENANT_KEY) throw invalid(path, "names the tenant: use the option tenant for it");
  if (!/^[0-9a-z_.-]+$/.test(key) || key.startsWith("grpc-")) {
    const rule = "lower-case ASCII, and none that begins with grpc-";
    throw invalid(path, `has a key that gRPC refuses, ${shown(key)}: ${rule}`);
  }
  if (key.endsWith("-bin") === (typeof value === "string")) {
    throw invalid(path, "must have bytes where its key ends in -bin, and a text where it does not");
  }
  if (typeof value === "string" && !/^[ -~]*$/.test(value)) {
    throw invalid(path, `must have printable ASCII under ${shown(key)}: for anything else, use "${key}-bin" and bytes`);
  }
  return [key, value];
}

function channelCredentials(options: ClientOptions): ChannelCredentials | undefined {
  const own: unknown = options.credentials;
  if (own === undefined) return credentialsOf(options);
  if (!(own instanceof ChannelCredentials)) {
    throw invalid(
      "credentials",
      `must be those of credentials.createSsl() of @grpc/grpc-js or alike, not ${shown(own)}`,
    );
  }
  if (options.tlsCa !== undefined || options.tlsCert !== undefined || options.tlsKey !== undefined) {
    throw invalid("tlsCa", "leave out tlsCa, tlsCert and tlsKey where there are credentials");
  }
  return own;
}

function grpcOptions(options: unknown): Partial<GrpcOptions> {
  if (!isRecord(options)) throw invalid("grpc", `must be an object of grpc-js's options, not ${shown(options)}`);
  return options;
}

function addressOf(own: unknown): string {
  if (own !== undefined) return checkedAddress(own, "address");
  return checkedAddress(process.env.POINTSMAN_ADDRESS || DEFAULT_ADDRESS, "POINTSMAN_ADDRESS");
}

/** Where operators ask: what is said, else the port after that of callers; where that has no port, the same. */
function adminAddressOf(own: unknown, callers: string): string {
  if (own !== undefined) return checkedAddress(own, "adminAddress");
  const said = process.env.POINTSMAN_ADMIN_ADDRESS;
  if (said) return checkedAddress(said, "POINTSMAN_ADMIN_ADDRESS");
  const at = callers.lastIndexOf(":");
  const port = callers.slice(at + 1);
  return isPort(port) && Number(port) < LAST_PORT ? `${callers.slice(0, at)}:${Number(port) + 1}` : callers;
}

function checkedAddress(address: unknown, path: string): string {
  const problem = `must be HOST:PORT, for instance ${DEFAULT_ADDRESS}, not ${shown(address)}`;
  if (typeof address !== "string" || !/^[!-~]+$/.test(address) || !address.includes(":")) throw invalid(path, problem);
  if (SCHEME.test(address)) throw invalid(path, `${problem}: leave the scheme out; for TLS, pass tlsCa`);
  if (HOST_AND_PORT.test(address) && !isPort(address.slice(address.lastIndexOf(":") + 1))) {
    throw invalid(path, `${problem}: a port is a number from 1 to ${LAST_PORT}`);
  }
  return address;
}

function isPort(word: string): boolean {
  return /^[0-9]{1,5}$/.test(word) && Number(word) > 0 && Number(word) <= LAST_PORT;
}

/** The tenant to name; undefined where nobody named one and the key has its own. */
function tenantOf(own: unknown, namedByKey: boolean): string | undefined {
  if (own !== undefined) return checkedTenant(own, "tenant");
  const said = process.env.POINTSMAN_TENANT;
  if (!said && namedByKey) return undefined;
  return checkedTenant(said || "default", "POINTSMAN_TENANT");
}

/** The key, if it can be sent. What is wrong with it is said without it. */
function apiKeyOf(own: unknown): string | undefined {
  const key = own ?? (process.env.POINTSMAN_API_KEY || undefined);
  if (key === undefined) return undefined;
  if (typeof key === "string" && /^[!-~]+$/.test(key)) return key;
  const path = own === undefined ? "POINTSMAN_API_KEY" : "apiKey";
  throw invalid(path, "must be a key as `pointsman keys create` prints it, in ASCII without blanks");
}
