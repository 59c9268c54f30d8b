/** What can go wrong: one class for each family of `ErrorReason`, and some of the client's own. */
import { status, type ServiceError } from "@grpc/grpc-js";

import type { Status } from "./gen/google/rpc/status";
import {
  NO_DETAILS,
  detailsOf,
  detailsOfCall,
  type ErrorDetail,
  type FieldViolation,
  type QuotaViolation,
  type StatusDetails,
} from "./status-details";

/** gRPC's status codes, by their numbers and names: `Code.NOT_FOUND` is 5, `Code[5]` is "NOT_FOUND". */
export const Code = status;
export type Code = status;

/**
 * Base of all that the client throws.
 *
 * @example
 * try {
 *   await pointsman.complete("Hi", { models: ["gtp-4o"] });
 * } catch (error) {
 *   if (error instanceof NotFound && error.reason === "UNKNOWN_MODEL") console.log(error.metadata.model);
 *   else throw error;
 * }
 */
export class PointsmanError extends Error {
  /** gRPC's status code. */
  readonly code: Code;
  /** Of `ErrorReason` without its prefix, for instance "UNKNOWN_EPISODE"; "" where no service said one. */
  readonly reason: string;
  /** What it was about, for instance `{ episode_id: "e-1" }`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Which fields are wrong and why, the first dozen of them. */
  readonly fieldViolations: readonly FieldViolation[];
  /** Whose quota is used up. */
  readonly quotaViolations: readonly QuotaViolation[];
  /** Milliseconds to wait before trying again; undefined where that is no use. */
  readonly retryAfterMs: number | undefined;
  /** Whether the service asks for no try by itself, as where each would call all providers again. */
  readonly forbidsRetry: boolean;
  /** All details of google.rpc that came along, decoded. */
  readonly details: readonly ErrorDetail[];

  constructor(code: Code, message: string, details: StatusDetails = NO_DETAILS, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.reason = details.reason;
    this.metadata = details.metadata;
    this.fieldViolations = details.fieldViolations;
    this.quotaViolations = details.quotaViolations;
    this.retryAfterMs = details.retryAfterMs;
    this.forbidsRetry = details.forbidsRetry;
    this.details = details.details;
  }

  /** The status code's name, for instance "NOT_FOUND". */
  get codeName(): keyof typeof Code {
    return Code[this.code] as keyof typeof Code;
  }

  /** What a log should have of it. */
  toJSON(): Record<string, unknown> {
    const { name, codeName: code, reason, message, metadata, fieldViolations, quotaViolations, retryAfterMs } = this;
    return { name, code, reason, message, metadata, fieldViolations, quotaViolations, retryAfterMs };
  }
}

/** Arguments or fields are wrong, as `fieldViolations` says. `reason` is "" where the client itself found it out. */
export class InvalidRequest extends PointsmanError {}

/** No such episode, model, tenant, taxonomy node, snapshot, job, API key or configuration key; see `metadata`. */
export class NotFound extends PointsmanError {}

/** No key or token was sent, or none that is valid: pass `apiKey`, or set POINTSMAN_API_KEY. */
export class Unauthenticated extends PointsmanError {}

/** The key may not do this; `metadata` has the role that it needs, or the tenant that it may not act for. */
export class PermissionDenied extends PointsmanError {}

/** There is one already: the requestId was used with other content, or something of this name exists. */
export class Conflict extends PointsmanError {}

/** Somebody else changed it first, so the etag is stale: read it again, then decide. */
export class Aborted extends PointsmanError {}

/** The request is fine, the state is not: no model fits, the tenant is disabled, something else needs it. */
export class FailedPrecondition extends PointsmanError {}

/** The tenant's ceiling for this period is reached; `retryAfterMs` says when the next begins. */
export class BudgetExhausted extends PointsmanError {}

/**
 * A limit of the key, its tenant or the service is reached, and nothing was done; `quotaViolations` says whose.
 *
 * Not tried again by itself, which would keep the limit reached: come back after `retryAfterMs`.
 */
export class OverLimit extends PointsmanError {}

/** No service answers, or it cannot answer now. It was tried again already, as the `RetryPolicy` says. */
export class Unavailable extends PointsmanError {}

/** The deadline passed before an answer came. */
export class DeadlineExceeded extends PointsmanError {}

/** A defect of the service, or damaged data; `metadata` has the incident_id that its log knows. */
export class ServiceDefect extends PointsmanError {}

/** The caller hung up: its AbortSignal, whose reason is the `cause`, or `cancel()` of a stream. */
export class Cancelled extends PointsmanError {}

/** The client is closed. */
export class ClosedClient extends PointsmanError {
  constructor(message = "the client is closed: make another, or call it before its `using` block or close() ends it") {
    super(Code.FAILED_PRECONDITION, message);
  }
}

type Family = new (code: Code, message: string, details?: StatusDetails, options?: ErrorOptions) => PointsmanError;

/** The class for each reason of the contract. */
export const BY_REASON: Readonly<Record<string, Family>> = {
  INVALID_REQUEST: InvalidRequest,
  UNKNOWN_EPISODE: NotFound,
  UNKNOWN_MODEL: NotFound,
  UNKNOWN_NODE: NotFound,
  UNKNOWN_SNAPSHOT: NotFound,
  UNKNOWN_JOB: NotFound,
  UNKNOWN_TENANT: NotFound,
  UNKNOWN_KEY: NotFound,
  UNKNOWN_API_KEY: NotFound,
  UNAUTHENTICATED: Unauthenticated,
  PERMISSION_DENIED: PermissionDenied,
  DUPLICATE_REQUEST: Conflict,
  REQUEST_CONFLICT: Conflict,
  ALREADY_EXISTS: Conflict,
  STALE_ETAG: Aborted,
  EPISODE_EXPIRED: FailedPrecondition,
  NO_MODEL_LEFT: FailedPrecondition,
  MODELS_UNUSABLE: FailedPrecondition,
  REFUSED: FailedPrecondition,
  TENANT_DISABLED: FailedPrecondition,
  IN_USE: FailedPrecondition,
  NEWER_SCHEMA: FailedPrecondition,
  CONFIGURATION: FailedPrecondition,
  SERVED_ELSEWHERE: FailedPrecondition,
  UNUSABLE_SNAPSHOT: FailedPrecondition,
  BUDGET_EXHAUSTED: BudgetExhausted,
  OVER_LIMIT: OverLimit,
  EVERY_MODEL_FAILED: Unavailable,
  RATE_LIMITED: Unavailable,
  LOG_UNAVAILABLE: Unavailable,
  EVALUATION_ENDED: Unavailable,
  DEADLINE_TOO_SHORT: DeadlineExceeded,
  CORRUPT_SNAPSHOT: ServiceDefect,
  INTERNAL: ServiceDefect,
};

const BY_CODE: Readonly<Partial<Record<Code, Family>>> = {
  [Code.CANCELLED]: Cancelled,
  [Code.INVALID_ARGUMENT]: InvalidRequest,
  [Code.UNAUTHENTICATED]: Unauthenticated,
  [Code.PERMISSION_DENIED]: PermissionDenied,
  [Code.NOT_FOUND]: NotFound,
  [Code.ALREADY_EXISTS]: Conflict,
  [Code.ABORTED]: Aborted,
  [Code.FAILED_PRECONDITION]: FailedPrecondition,
  [Code.UNAVAILABLE]: Unavailable,
  [Code.DEADLINE_EXCEEDED]: DeadlineExceeded,
  [Code.INTERNAL]: ServiceDefect,
  [Code.DATA_LOSS]: ServiceDefect,
};

/** Whether what was thrown is a failed call of grpc-js. */
export function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "number" && "metadata" in thrown;
}

/**
 * The error for a failed call of raw stubs, by its reason, or by its code where an older or no service answered.
 *
 * @param address where the service should be, for the message where nobody answers
 */
export function errorOfCall(failed: ServiceError, address: string): PointsmanError {
  const details = detailsOfCall(failed.metadata);
  const nobody = failed.code === Code.UNAVAILABLE && details.reason === "";
  const message = nobody
    ? `no service answers at ${address}: is it running, and is the address right? (${failed.details})`
    : failed.details;
  return made(failed.code, message, details, failed);
}

/**
 * The error for a google.rpc.Status: what the same failure would have thrown as a call of its own. For items of a batch
 * that came by raw stubs.
 *
 * @example
 * errorOfStatus({ code: 5, message: "no such episode", details: [] }) instanceof NotFound // true
 */
export function errorOfStatus(failed: Status): PointsmanError {
  const code = Object.hasOwn(Code, failed.code) ? (failed.code as unknown as Code) : Code.UNKNOWN;
  return made(code, failed.message, detailsOf(failed.details));
}

function made(code: Code, message: string, details: StatusDetails, cause?: Error): PointsmanError {
  const known = Object.hasOwn(BY_REASON, details.reason) ? BY_REASON[details.reason] : undefined;
  const family = known ?? BY_CODE[code] ?? PointsmanError;
  return new family(code, message, details, cause && { cause });
}
