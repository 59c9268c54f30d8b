/** The batcher of feedback: when it sends, what it keeps, what it drops, and what it tells. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { status } from "@grpc/grpc-js";

import { InvalidRequest, type BatcherOptions, type BatcherStats, type Client, type v1 } from "../src/index";
import { statusOf, times, until, withClient, type ScriptedService } from "./scripted";

const UNAVAILABLE = { code: status.UNAVAILABLE };
const LONG = { flushIntervalMs: 600_000, log: null };

function sizes(service: ScriptedService): number[] {
  return service.requests.map((r) => (r as unknown as v1.RecordFeedbackBatchRequest).requests.length);
}

function balanced(stats: BatcherStats): void {
  const { full, deadline, closed } = stats.dropped;
  assert.equal(stats.acknowledged + stats.refused + full + deadline + closed + stats.pending, stats.added);
}

function fill(batcher: ReturnType<Client["batcher"]>, count: number, correction?: string): boolean[] {
  return Array.from({ length: count }, (_, i) =>
    batcher.add(correction === undefined ? { episodeId: `e-${i}`, thumb: "up" } : { episodeId: `e-${i}`, correction }),
  );
}

test("it sends by count, and what is left at the close", () =>
  withClient(async (client, service) => {
    const batcher = client.batcher({ ...LONG, flushItems: 3 });
    fill(batcher, 7);
    const stats = await batcher.close();
    assert.deepEqual(sizes(service), [3, 3, 1]);
    assert.deepEqual([stats.acknowledged, stats.pending, stats.requests], [7, 0, 3]);
    assert.equal(batcher.add({ episodeId: "e", thumb: "up" }), false);
    assert.equal(batcher.stats.dropped.closed, 1);
    balanced(batcher.stats);
  }));

test("it sends by bytes, below what the service takes", () =>
  withClient(async (client, service) => {
    const batcher = client.batcher(LONG);
    fill(batcher, 10, "x".repeat(1 << 20));
    await batcher.flush();
    assert.ok(Math.max(...sizes(service)) <= 3);
    assert.equal(batcher.stats.acknowledged, 10);
    await batcher.close();
  }));

test("it sends by time, and close of the client sends what is held", () =>
  withClient(async (client, service) => {
    const soon = client.batcher({ flushIntervalMs: 5 });
    soon.add({ episodeId: "e", thumb: "up" });
    await until(() => soon.stats.acknowledged === 1);
    const late = client.batcher(LONG);
    late.add({ episodeId: "e", score: 0.5 });
    await client.close();
    assert.equal(late.stats.acknowledged, 1);
    assert.deepEqual(sizes(service), [1, 1]);
  }));

test("what has no room is dropped, counted and told, and nobody waits", () =>
  withClient(async (client, service) => {
    let release = (): void => undefined;
    service.hold = new Promise((resolve) => (release = resolve));
    const told: string[] = [];
    const logged: string[] = [];
    const options: BatcherOptions = {
      ...{ maxItems: 4, flushItems: 2, flushIntervalMs: 600_000 },
      onDropped: (item, reason) => told.push(`${item.episodeId} ${reason}`),
      log: (line) => logged.push(line),
    };
    const batcher = client.batcher(options);
    assert.deepEqual(fill(batcher, 6), [true, true, true, true, false, false]);
    assert.deepEqual(told, ["e-4 full", "e-5 full"]);
    const small = client.batcher({ ...LONG, maxBytes: 100 });
    assert.deepEqual(fill(small, 1, "x".repeat(200)), [false]);
    release();
    const stats = await batcher.close();
    assert.equal(stats.acknowledged, 4);
    assert.match(logged.join("\n"), /feedback was lost: in all 2 for want of room/);
    balanced(stats);
  }));

test("it is retried by the same ids, with what came meanwhile behind it", () =>
  withClient(async (client, service) => {
    service.script = [UNAVAILABLE, { code: status.DEADLINE_EXCEEDED }, { code: status.INTERNAL }];
    const batcher = client.batcher({ ...LONG, flushItems: 2 });
    fill(batcher, 2);
    fill(batcher, 1);
    assert.equal((await batcher.close()).acknowledged, 3);
    const ids = service.requests.map((r) =>
      (r as unknown as v1.RecordFeedbackBatchRequest).requests.map((one) => one.requestId),
    );
    assert.deepEqual(ids.slice(0, 4), Array(4).fill(ids[0]));
    assert.equal(new Set(ids.flat()).size, 3);
  }));

test("what is retried in vain is dropped at its deadline, with the last error", () =>
  withClient(async (client, service) => {
    service.script = times(1000, UNAVAILABLE);
    const told: string[] = [];
    const batcher = client.batcher({
      ...{ ...LONG, deadlineMs: 30 },
      onDropped: (_, reason, error) => told.push(`${reason} ${error?.name}`),
    });
    fill(batcher, 2);
    const stats = await batcher.flush();
    assert.equal(told.length, 2);
    for (const line of told) assert.match(line, /^deadline (Unavailable|DeadlineExceeded)$/);
    assert.deepEqual([stats.dropped.deadline, stats.pending], [2, 0]);
    balanced(stats);
    await batcher.close();
  }));

test("a deadline that passes just before a try is a deadline, and no refusal", () =>
  withClient(async (client, service) => {
    service.script = times(10_000, UNAVAILABLE);
    const now = performance.now.bind(performance);
    let shift = 0;
    try {
      for (let step = 4; step <= 40; step += 3) {
        performance.now = () => now() + (shift += step); // time goes by between any two looks at the clock
        const batcher = client.batcher({ ...LONG, deadlineMs: 100 });
        fill(batcher, 2);
        const stats = await batcher.flush();
        assert.deepEqual([stats.refused, stats.dropped.deadline, stats.pending], [0, 2, 0], `by ${step} ms`);
        await batcher.close();
      }
    } finally {
      performance.now = now;
    }
  }));

test("a close with a limit drops what is left, and says so", () =>
  withClient(async (client, service) => {
    service.script = times(1000, { ...UNAVAILABLE, reason: "LOG_UNAVAILABLE", retryMs: 600_000 });
    const batcher = client.batcher(LONG);
    fill(batcher, 2);
    const stats = await batcher.close({ timeoutMs: 30 });
    assert.equal(stats.dropped.closed, 2);
    balanced(stats);
  }));

test("what the service refuses is told one by one, and the others are kept", () =>
  withClient(async (client, service) => {
    const told: string[] = [];
    const receipts: string[] = [];
    const batcher = client.batcher({
      ...LONG,
      onRefused: (item, error) => told.push(`${item.episodeId} ${error.name}`),
      onAcknowledged: (item, receipt) => receipts.push(`${item.episodeId} ${receipt.requestId === item.requestId}`),
    });
    batcher.add({ episodeId: "e-unknown", thumb: "up" });
    batcher.add({ episodeId: "e-1", thumb: "up", requestId: "f-1" });
    const stats = await batcher.flush();
    assert.deepEqual(told, ["e-unknown NotFound"]);
    assert.deepEqual(receipts, ["e-1 true"]);
    assert.deepEqual([stats.refused, stats.acknowledged], [1, 1]);
    assert.throws(() => batcher.add({ episodeId: "e", thumb: 1 } as never), InvalidRequest);
    assert.equal(batcher.stats.added, 2);
    assert.equal(service.requests.length, 1);
    await batcher.close();
  }));

test("an item that is too large for the service does not take the others with it", () =>
  withClient(async (client) => {
    const told: string[] = [];
    const batcher = client.batcher({ ...LONG, onRefused: (item) => told.push(item.episodeId) });
    batcher.add({ episodeId: "small", thumb: "up" });
    batcher.add({ episodeId: "large", correction: "x".repeat(5 << 20) });
    batcher.add({ episodeId: "other", thumb: "up" });
    const stats = await batcher.close();
    assert.deepEqual(told, ["large"]);
    assert.equal(stats.acknowledged, 2);
  }));

test("a batch that is refused for one of its items is told apart", () =>
  withClient(async (client, service) => {
    service.script = [{ code: status.INVALID_ARGUMENT, reason: "INVALID_REQUEST" }];
    const batcher = client.batcher(LONG);
    fill(batcher, 2);
    const stats = await batcher.close();
    assert.deepEqual([stats.acknowledged, sizes(service)], [2, [2, 1, 1]]);
  }));

test("items that are over a limit wait, and go again", () =>
  withClient(async (client, service) => {
    const result = service.result.bind(service);
    let busy = true;
    service.result = (request) => {
      if (!busy || request.feedback?.episodeId !== "e-1") return result(request);
      busy = false;
      const value = { code: 8, message: "", details: over() };
      return { result: { $case: "error", value } };
    };
    const batcher = client.batcher(LONG);
    fill(batcher, 3);
    const stats = await batcher.close();
    assert.deepEqual([stats.acknowledged, sizes(service)], [3, [3, 1]]);
  }));

function over(): { typeUrl: string; value: Buffer }[] {
  return statusOf({ code: status.RESOURCE_EXHAUSTED, reason: "OVER_LIMIT", retryMs: 1 }).details;
}

test("items of several tenants go apart", () =>
  withClient(async (client, service) => {
    const batcher = client.batcher({ ...LONG, tenant: "team-a" });
    fill(batcher, 2);
    batcher.add({ episodeId: "e", thumb: "up", tenant: "team-b" });
    assert.throws(() => batcher.add({ episodeId: "e", thumb: "up", tenant: "a b" }), InvalidRequest);
    const stats = await batcher.close();
    assert.deepEqual([stats.acknowledged, sizes(service)], [3, [2, 1]]);
    assert.deepEqual(service.tenants(), [["team-a"], ["team-b"]]);
  }));
