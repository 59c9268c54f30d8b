/** A span for each call, and the trace sent on. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { status } from "@grpc/grpc-js";
import { SpanKind, SpanStatusCode, context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

import { NotFound } from "../src/index";
import { withClient } from "./scripted";

const spans = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

test("a call is one span, child of the caller's, and the service hears of it", () =>
  withClient(
    async (client, service) => {
      service.script = [{ code: status.UNAVAILABLE }];
      const parent = provider.getTracer("test").startSpan("parent");
      await context.with(trace.setSpan(context.active(), parent), () => client.complete("Hi"));
      const [span] = spans.getFinishedSpans();
      assert.equal(spans.getFinishedSpans().length, 1);
      assert.equal(span?.name, "pointsman.v1.RouterService/Complete");
      assert.equal(span.kind, SpanKind.CLIENT);
      assert.equal(span.attributes["rpc.method"], "Complete");
      assert.equal(span.attributes["rpc.grpc.status_code"], 0);
      assert.equal(span.parentSpanContext?.spanId, parent.spanContext().spanId);
      const { traceId, spanId } = span.spanContext();
      const sent = service.metadata.map((one) => one.get("traceparent"));
      assert.deepEqual(sent, Array(2).fill([`00-${traceId}-${spanId}-01`]));
      spans.reset();
    },
    { telemetry: provider },
  ));

test("a failure is the span's, too, and a stream is one span to its end", () =>
  withClient(
    async (client, service) => {
      service.script = [{ code: status.NOT_FOUND, reason: "UNKNOWN_EPISODE" }];
      await assert.rejects(client.getEpisode("e"), NotFound);
      await client.streamComplete("Hi", { metadata: { traceparent: "00-mine" } }).answer;
      const [failed, streamed] = spans.getFinishedSpans();
      assert.equal(failed?.status.code, SpanStatusCode.ERROR);
      assert.equal(failed.attributes["error.type"], "UNKNOWN_EPISODE");
      assert.equal(streamed?.name, "pointsman.v1.RouterService/StreamComplete");
      assert.equal(streamed.status.code, SpanStatusCode.UNSET);
      // What the caller says of the trace is what is sent.
      assert.deepEqual(service.metadata[1]?.get("traceparent"), ["00-mine"]);
      spans.reset();
    },
    { telemetry: provider },
  ));

test("without the option nothing is traced", () =>
  withClient(async (client, service) => {
    await client.complete("Hi");
    assert.deepEqual(spans.getFinishedSpans(), []);
    assert.deepEqual(service.metadata[0]?.get("traceparent"), []);
  }));
