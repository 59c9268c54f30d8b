/**
 * The client of Pointsman, the self-learning router for large language models.
 *
 * @packageDocumentation
 */
export { Answer, Handle, Route, type SaidBeside } from "./answer";
export {
  FeedbackBatcher,
  type BatcherItem,
  type BatcherOptions,
  type BatcherStats,
  type DropReason,
  type HandedOver,
} from "./batcher";
export { CHANNEL_OPTIONS, type RawStubs } from "./channel";
export type { ChatTurn, Messages } from "./chat";
export { Client, type FeedbackResult } from "./client";
export {
  Aborted,
  BudgetExhausted,
  Cancelled,
  ClosedClient,
  Code,
  Conflict,
  DeadlineExceeded,
  FailedPrecondition,
  InvalidRequest,
  NotFound,
  OverLimit,
  PermissionDenied,
  PointsmanError,
  ServiceDefect,
  Unauthenticated,
  Unavailable,
  errorOfCall,
  errorOfStatus,
} from "./errors";
export type {
  FeedbackAbout,
  FeedbackItem,
  FeedbackOptions,
  SessionOutcomeOptions,
  Signal,
  ThumbWord,
} from "./feedback";
export type { FailureWord, OutcomeOptions } from "./outcome";
export type { ChatPart } from "./parts";
export type { QueryOptions, RouteOptions, StreamOptions } from "./query";
export type { RetryPolicy } from "./retry";
export type { PartialRequest, RequestOf, ResponseOf, RpcName } from "./rpcs";
export { SERVICE_CONFIG } from "./service-config";
export type { CallMetadata, CallOptions, ClientOptions, MetadataPair } from "./settings";
export type { ErrorDetail, FieldViolation, QuotaViolation } from "./status-details";
export { CompletionStream, type StreamEvent } from "./stream";
export type { TelemetryOption, TracerProviderLike } from "./telemetry";
export type { TlsFiles } from "./tls";
export * as v1 from "./v1";
