/** Streams: events, texts, the final answer, and how they end. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { status } from "@grpc/grpc-js";

import { Cancelled, InvalidRequest, ServiceDefect, Unavailable } from "../src/index";
import { until, withClient } from "./scripted";

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = [];
  for await (const item of items) gathered.push(item);
  return gathered;
}

test("events come in order, and the answer last, with its handle", () =>
  withClient(async (client, service) => {
    const stream = client.streamComplete("Hi", { tenant: "team-b" });
    const events = await all(stream);
    assert.deepEqual(
      events.map((event) => event.type),
      ["begun", "progress", "text", "text", "summary"],
    );
    assert.equal(events[2]?.type === "text" && events[2].text, "Fo");
    assert.equal(stream.episodeId, "e-1");
    const answer = await stream.answer;
    assert.deepEqual([answer.text, answer.requestId], ["Four.", stream.requestId]);
    await answer.thumbsUp();
    assert.deepEqual(service.tenants(), [["team-b"], ["team-b"]]);
  }));

test("texts are the pieces of the answer, and the answer alone can be asked for", () =>
  withClient(async (client, service) => {
    assert.deepEqual(await all(client.streamComplete("Hi").texts()), ["Fo", "ur."]);
    assert.equal((await client.streamComplete("Hi").answer).text, "Four.");
    const both = client.streamComplete("Hi");
    const answer = both.answer;
    assert.deepEqual(await all(both.texts()), ["Fo", "ur."]);
    assert.equal((await answer).model, "small");
    assert.equal(service.requests.length, 3);
    assert.throws(() => both.texts(), InvalidRequest);
  }));

test("items of a later version are passed over", () =>
  withClient(async (client, service) => {
    service.items = [{ item: undefined }, ...service.items];
    assert.deepEqual(await all(client.streamComplete("Hi").texts()), ["Fo", "ur."]);
  }));

test("whoever leaves early ends the call, and there is no answer", () =>
  withClient(async (client, service) => {
    service.open = true;
    const stream = client.streamComplete("Hi");
    for await (const event of stream) if (event.type === "text") break;
    await assert.rejects(stream.answer, Cancelled);
    await until(() => service.cancelled.length === 1);
    assert.equal(stream.episodeId, "e-1");
  }));

test("cancel and a signal end the call for whoever reads", () =>
  withClient(async (client, service) => {
    service.open = true;
    service.items = service.items.slice(0, 3);
    const hangUp = new AbortController();
    for (const end of ["cancel", "signal"]) {
      const stream = client.streamComplete("Hi", { signal: hangUp.signal });
      const reading = (async () => {
        for await (const event of stream) {
          if (event.type !== "text") continue;
          if (end === "cancel") stream.cancel();
          else hangUp.abort();
        }
      })();
      await assert.rejects(reading, Cancelled);
      await assert.rejects(stream.answer, Cancelled);
    }
    await until(() => service.cancelled.length === 2);
    const never = client.streamComplete("Hi");
    never.cancel();
    await assert.rejects(never.answer, Cancelled);
    assert.equal(service.requests.length, 2);
  }));

test("a stream is tried again while nothing has come, and then no more", () =>
  withClient(async (client, service) => {
    const fails = { code: status.UNAVAILABLE };
    service.script = [fails, fails];
    assert.deepEqual(await all(client.streamComplete("Hi").texts()), ["Fo", "ur."]);
    assert.equal(new Set(service.requests.map((r) => r.requestId)).size, 1);
    service.script = [{ ...fails, after: 3 }];
    const stream = client.streamComplete("Hi");
    await assert.rejects(all(stream), Unavailable);
    await assert.rejects(stream.answer, Unavailable);
    assert.equal(service.requests.length, 4);
  }));

test("a stream without its summary is a defect", () =>
  withClient(async (client, service) => {
    service.items = service.items.slice(0, 3);
    await assert.rejects(all(client.streamComplete("Hi")), ServiceDefect);
  }));

test("an optimistic stream has retractions, and no texts that may be void", () =>
  withClient(async (client, service) => {
    const retraction = { item: { $case: "retraction" as const, value: { stepIndex: 0, reason: "better" } } };
    service.items.splice(3, 0, retraction);
    assert.throws(() => client.streamComplete("Hi", { optimistic: true }).texts(), InvalidRequest);
    const events = await all(client.streamComplete("Hi", { optimistic: true, trace: true }));
    assert.equal(events.filter((event) => event.type === "retraction").length, 1);
    const [request] = service.requests;
    assert.deepEqual([request?.streamMode, request?.includeTrace], ["STREAM_MODE_OPTIMISTIC", true]);
    await assert.rejects(all(client.streamComplete("Hi").texts()), ServiceDefect);
  }));
