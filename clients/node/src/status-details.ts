import type { Metadata } from "@grpc/grpc-js";

import type { Any } from "./gen/google/protobuf/any";
import {
  BadRequest,
  DebugInfo,
  ErrorInfo,
  Help,
  LocalizedMessage,
  PreconditionFailure,
  QuotaFailure,
  RequestInfo,
  ResourceInfo,
  RetryInfo,
} from "./gen/google/rpc/error_details";
import { Status } from "./gen/google/rpc/status";

const DETAILS_KEY = "grpc-status-details-bin";
const PUSHBACK_KEY = "grpc-retry-pushback-ms";

/** A field of a request, by its path, and what is wrong with it; reason is a word for programs, "" where there is none. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
  readonly reason: string;
}

/** Whose quota is used up ("tenant:team-a"), and which it is, in words. */
export interface QuotaViolation {
  readonly subject: string;
  readonly description: string;
}

/** A message of google.rpc's error details, decoded: `{ type: "google.rpc.ErrorInfo", value: {...} }`. */
export type ErrorDetail = {
  [Type in keyof typeof TYPES]: { readonly type: Type; readonly value: ReturnType<(typeof TYPES)[Type]["decode"]> };
}[keyof typeof TYPES];

/** What a service says of a failed call beyond its code. */
export interface StatusDetails {
  /** Of `ErrorReason`, without its prefix; "" where no service said one. */
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly fieldViolations: readonly FieldViolation[];
  readonly quotaViolations: readonly QuotaViolation[];
  /** Milliseconds to wait; undefined where waiting is no use. */
  readonly retryAfterMs: number | undefined;
  /** The service asks not to be asked again by itself (gRFC A6). */
  readonly forbidsRetry: boolean;
  readonly details: readonly ErrorDetail[];
}

const TYPES = {
  "google.rpc.ErrorInfo": ErrorInfo,
  "google.rpc.RetryInfo": RetryInfo,
  "google.rpc.DebugInfo": DebugInfo,
  "google.rpc.QuotaFailure": QuotaFailure,
  "google.rpc.PreconditionFailure": PreconditionFailure,
  "google.rpc.BadRequest": BadRequest,
  "google.rpc.RequestInfo": RequestInfo,
  "google.rpc.ResourceInfo": ResourceInfo,
  "google.rpc.Help": Help,
  "google.rpc.LocalizedMessage": LocalizedMessage,
} as const;

/** Of a failure that carries nothing. */
export const NO_DETAILS: StatusDetails = {
  reason: "",
  metadata: {},
  fieldViolations: [],
  quotaViolations: [],
  retryAfterMs: undefined,
  forbidsRetry: false,
  details: [],
};

/** The details in the trailing metadata of a call; none where there are none, or where they cannot be read. */
export function detailsOfCall(trailing: Metadata): StatusDetails {
  const pushback = trailing.get(PUSHBACK_KEY)[0]?.toString();
  const waitMs = pushback !== undefined && /^\d+$/.test(pushback) ? Number(pushback) : undefined;
  const status = statusIn(trailing.get(DETAILS_KEY)[0]);
  return detailsOf(status?.details ?? [], waitMs, pushback !== undefined && waitMs === undefined);
}

/** The details of a status; those that this version does not know, or cannot read, are left out. */
export function detailsOf(packed: readonly Any[], pushbackMs?: number, forbidsRetry = false): StatusDetails {
  const details = packed.flatMap(unpacked);
  const info = valueOf(details, "google.rpc.ErrorInfo");
  const delay = valueOf(details, "google.rpc.RetryInfo")?.retryDelay;
  return {
    reason: info?.reason ?? "",
    metadata: info?.metadata ?? {},
    fieldViolations: (valueOf(details, "google.rpc.BadRequest")?.fieldViolations ?? []).map(
      ({ field, description, reason }) => ({ field, description, reason }),
    ),
    quotaViolations: (valueOf(details, "google.rpc.QuotaFailure")?.violations ?? []).map(
      ({ subject, description }) => ({ subject, description }),
    ),
    retryAfterMs: delay === undefined ? pushbackMs : Number(delay.seconds) * 1e3 + delay.nanos / 1e6,
    forbidsRetry,
    details,
  };
}

/** A proxy may have put its own there; then the status code still tells. */
function statusIn(raw: string | Buffer | undefined): Status | undefined {
  if (!Buffer.isBuffer(raw)) return undefined;
  try {
    return Status.decode(raw);
  } catch {
    return undefined;
  }
}

function unpacked(any: Any): ErrorDetail[] {
  const type = any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1);
  if (!Object.hasOwn(TYPES, type)) return [];
  try {
    return [{ type, value: TYPES[type as keyof typeof TYPES].decode(any.value) } as ErrorDetail];
  } catch {
    return [];
  }
}

function valueOf<Type extends ErrorDetail["type"]>(
  details: readonly ErrorDetail[],
  type: Type,
): ReturnType<(typeof TYPES)[Type]["decode"]> | undefined {
  const found = details.find((detail) => detail.type === type);
  return found?.value as ReturnType<(typeof TYPES)[Type]["decode"]> | undefined;
}
