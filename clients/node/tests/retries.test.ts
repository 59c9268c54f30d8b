/** What is tried again, how often and for how long; deadlines, signals and closing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { status } from "@grpc/grpc-js";

import { Cancelled, Client, ClosedClient, DeadlineExceeded, OverLimit, Unavailable } from "../src/index";
import { Code, Unavailable as UnavailableError } from "../src/errors";
import { Attempts, checkedPolicy, waitMs, type RetryPolicy } from "../src/retry";
import { FAST, serve, times, until, withClient } from "./scripted";

const UNAVAILABLE = { code: status.UNAVAILABLE };

test("what is unavailable is tried again with the same id", () =>
  withClient(async (client, service) => {
    service.script = [UNAVAILABLE, UNAVAILABLE];
    const answer = await client.complete("Hi");
    assert.deepEqual(
      service.requests.map((r) => r.requestId),
      Array(3).fill(answer.requestId),
    );
  }));

test("attempts end where the policy counts them", () =>
  withClient(async (client, service) => {
    service.script = times(10, UNAVAILABLE);
    await assert.rejects(client.route("Hi"), /no service answers at 127.0.0.1:\d+: is it running/);
    assert.equal(service.requests.length, FAST.attempts);
  }));

test("a wait that the service asks for is kept, by RetryInfo and by pushback", () =>
  withClient(async (client, service) => {
    for (const asked of [{ retryMs: 60 }, { pushback: "60" }]) {
      service.script = [{ ...UNAVAILABLE, reason: "LOG_UNAVAILABLE", ...asked }];
      const begun = performance.now();
      await client.route("Hi");
      assert.ok(performance.now() - begun >= 59);
    }
  }));

test("a pushback that is no time forbids retries", () =>
  withClient(async (client, service) => {
    for (const pushback of ["-1", "soon", "1.5"]) {
      service.script = [{ ...UNAVAILABLE, reason: "LOG_UNAVAILABLE", pushback }];
      await assert.rejects(client.route("Hi"), (error: Unavailable) => error.forbidsRetry);
    }
    assert.equal(service.requests.length, 3);
  }));

test("providers in trouble are not called again and again, and limits are not tried against", () =>
  withClient(async (client, service) => {
    service.script = [{ ...UNAVAILABLE, reason: "EVERY_MODEL_FAILED" }];
    await assert.rejects(client.complete("Hi"), Unavailable);
    service.script = [{ code: status.RESOURCE_EXHAUSTED, reason: "OVER_LIMIT", retryMs: 1 }];
    await assert.rejects(client.complete("Hi"), OverLimit);
    assert.equal(service.requests.length, 2);
  }));

test("no attempt starts that the deadline would end", () =>
  withClient(async (client, service) => {
    service.script = [{ ...UNAVAILABLE, reason: "LOG_UNAVAILABLE", retryMs: 3_600_500 }];
    await assert.rejects(
      client.route("Hi", { timeoutMs: 10_000 }),
      (error: Unavailable) => error.retryAfterMs === 3_600_500,
    );
    assert.equal(service.requests.length, 1);
  }));

test("a deadline that passes is DeadlineExceeded", () =>
  withClient(async (client, service) => {
    let release = (): void => undefined;
    service.hold = new Promise((resolve) => (release = resolve));
    await assert.rejects(client.complete("Hi", { timeoutMs: 50 }), DeadlineExceeded);
    release();
  }));

test("a signal ends a call, before it, in it, and between two attempts", () =>
  withClient(
    async (client, service) => {
      const early = client.complete("Hi", { signal: AbortSignal.abort(new Error("changed my mind")) });
      await assert.rejects(early, (error: Cancelled) => (error.cause as Error).message === "changed my mind");
      assert.equal(service.requests.length, 0);
      let release = (): void => undefined;
      service.hold = new Promise((resolve) => (release = resolve));
      const amid = new AbortController();
      const call = client.complete("Hi", { signal: amid.signal });
      await until(() => service.requests.length === 1);
      amid.abort();
      await assert.rejects(call, Cancelled);
      await until(() => service.cancelled.length === 1);
      release();
      service.hold = undefined;
      service.script = [{ ...UNAVAILABLE, reason: "LOG_UNAVAILABLE" }];
      const between = new AbortController();
      const waiting = client.complete("Hi", { signal: between.signal });
      await until(() => service.script.length === 0);
      await setTimeout(20); // by then the client has the failure, and waits for a quarter of a minute or longer
      between.abort();
      await assert.rejects(waiting, Cancelled);
    },
    { retry: { firstWaitMs: 30_000, longestWaitMs: 30_000 } },
  ));

test("a closed client says so, to calls under way and to later ones", () =>
  withClient(async (client, service) => {
    service.hold = new Promise(() => undefined);
    const call = client.complete("Hi");
    await until(() => service.requests.length === 1);
    const ended = client.close();
    await assert.rejects(call, ClosedClient);
    await ended;
    await assert.rejects(client.complete("Hi"), ClosedClient);
  }));

test("a client outlives a restart of the service", async () => {
  const first = await serve();
  const port = Number(first.address.split(":")[1]);
  const client = new Client(first.address, { adminAddress: first.address });
  await client.route("Hi");
  first.stop();
  const call = client.route("Hi", { timeoutMs: 60_000 });
  const second = await serve(undefined, port);
  assert.equal((await call).episodeId, "e-1");
  await client.close();
  second.stop();
});

test("gRPC's own retries, by the published service config, obey pushback and wait for a connection", async () => {
  const running = await serve();
  const { service, address } = running;
  const client = new Client({ address, adminAddress: address, retry: { serviceConfig: true } });
  service.script = times(2, { ...UNAVAILABLE, reason: "LOG_UNAVAILABLE", pushback: "1" });
  await client.route("Hi");
  assert.equal(service.requests.length, 3);
  service.script = [{ ...UNAVAILABLE, reason: "EVERY_MODEL_FAILED", pushback: "-1" }];
  await assert.rejects(client.route("Hi"), Unavailable);
  assert.equal(service.requests.length, 4);
  await client.close();
  running.stop();
});

/** Milliseconds at which a call makes its last attempt, on a clock of its own, where nobody answers. */
function givenUpAfter(policy: RetryPolicy, timeoutMs: number | undefined, made: boolean, jitter: number): number {
  let now = 0;
  const attempts = new Attempts(
    checkedPolicy(policy),
    timeoutMs,
    { made },
    () => now,
    () => jitter,
  );
  for (;;) {
    try {
      now += attempts.waitAfter(new UnavailableError(Code.UNAVAILABLE, "nobody"));
    } catch {
      return now;
    }
  }
}

test("an outage is outlasted up to the deadline, a wrong address is told soon", () => {
  for (const jitter of [0, 0.5, 1]) {
    const known = givenUpAfter({}, 120_000, true, jitter);
    assert.ok(known >= 115_000 && known < 120_000);
    const endless = givenUpAfter({}, undefined, true, jitter);
    assert.ok(endless >= 55_000 && endless < 60_000);
    const stranger = givenUpAfter({}, 3_600_000, false, jitter);
    assert.ok(stranger >= 12_000 && stranger < 20_000);
  }
  assert.equal(waitMs(checkedPolicy({}), 3, 1), 400);
});
