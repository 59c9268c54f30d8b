/** A span of OpenTelemetry for each call, and the trace sent on. `@opentelemetry/api` is loaded only where it is asked for. */
import type * as Otel from "@opentelemetry/api";

import { invalid, isRecord, shown } from "./arguments";
import { Code, type PointsmanError } from "./errors";
import type { MetadataPair } from "./settings";

/** What OpenTelemetry calls a TracerProvider. */
export interface TracerProviderLike {
  getTracer(name: string, version?: string): unknown;
}

/** Whether calls are traced: by the global provider (true), by one of your own, or not (false). */
export type TelemetryOption = boolean | TracerProviderLike;

/** What a span is about. */
export interface Traced {
  /** As gRPC writes it: "/pointsman.v1.RouterService/Complete". */
  readonly path: string;
  readonly address: string;
}

/** The span of one call, retries included. */
export interface CallSpan {
  /** What the service is told of the trace. */
  readonly pairs: readonly MetadataPair[];
  /** Ends the span; error: where the call failed. */
  end(error?: PointsmanError): void;
}

/** Starts the span of a call. */
export type Telemetry = (traced: Traced) => CallSpan;

const INSTRUMENTATION = "@pointsman/client";
const UNTRACED: CallSpan = { pairs: [], end: () => undefined };

/** The option, if it is one. */
export function checkedTelemetry(option: unknown): TelemetryOption {
  if (typeof option === "boolean") return option;
  if (isRecord(option) && typeof option.getTracer === "function") return option as unknown as TracerProviderLike;
  throw invalid("telemetry", `must be true, false or a TracerProvider of OpenTelemetry, not ${shown(option)}`);
}

/** What starts the spans. Throws InvalidRequest where spans are wanted and `@opentelemetry/api` is not installed. */
export function telemetryOf(option: TelemetryOption): Telemetry {
  if (option === false) return () => UNTRACED;
  const api = loaded();
  const provider = option === true ? api.trace : option;
  const tracer = provider.getTracer(INSTRUMENTATION) as Otel.Tracer;
  return (traced) => spanOf(api, tracer, traced);
}

function loaded(): typeof Otel {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a peer that need not be there
    return require("@opentelemetry/api") as typeof Otel;
  } catch (missing) {
    throw invalid("telemetry", "needs the package @opentelemetry/api: npm install @opentelemetry/api", missing);
  }
}

// Names and attributes are those of OpenTelemetry's semantic conventions for RPC.
function spanOf(api: typeof Otel, tracer: Otel.Tracer, { path, address }: Traced): CallSpan {
  const [service = "", method = ""] = path.slice(1).split("/");
  const attributes = { "rpc.system": "grpc", "rpc.service": service, "rpc.method": method, "server.address": address };
  const span = tracer.startSpan(path.slice(1), { kind: api.SpanKind.CLIENT, attributes });
  return {
    pairs: propagated(api, span),
    end(error) {
      span.setAttribute("rpc.grpc.status_code", error?.code ?? Code.OK);
      if (error) {
        span.setAttribute("error.type", error.reason || error.codeName);
        span.recordException(error);
        span.setStatus({ code: api.SpanStatusCode.ERROR, message: error.message });
      }
      span.end();
    },
  };
}

/** What the global propagator writes; where none is registered, W3C's traceparent, which the service reads. */
function propagated(api: typeof Otel, span: Otel.Span): MetadataPair[] {
  const carrier: Record<string, string> = {};
  api.propagation.inject(api.trace.setSpan(api.context.active(), span), carrier);
  const { traceId, spanId, traceFlags } = span.spanContext();
  if (Object.keys(carrier).length === 0 && api.isSpanContextValid(span.spanContext())) {
    carrier.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
  }
  return Object.entries(carrier).map(([key, value]) => [key.toLowerCase(), value]);
}
