/** What each call sends, and what it gives. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { InvalidRequest, v1, type FeedbackOptions, type QueryOptions } from "../src/index";
import { withClient } from "./scripted";

/** The error of arguments that are refused before anything is sent. */
function refused(field: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof InvalidRequest, String(error));
    assert.equal(error.codeName, "INVALID_ARGUMENT");
    assert.equal(error.reason, "");
    assert.equal(error.fieldViolations[0]?.field, field);
    assert.match(error.message, message);
    return true;
  };
}

test("an answer has its words, and JSON keeps zeros, false and presence", () =>
  withClient(async (client) => {
    const answer = await client.complete("What is 2 + 2?");
    assert.equal(answer.text, "Four.");
    assert.equal(answer.model, "small");
    assert.equal(answer.usage.outputTokens, 2);
    assert.equal(answer.costUsd, 0);
    assert.equal(answer.finishReason, "stop");
    assert.equal(answer.requestId.length, 32);
    const json = JSON.parse(JSON.stringify(answer)) as {
      usage: object;
      costUsd: number;
      replayed: boolean;
      raw: object;
    };
    assert.deepEqual([json.costUsd, json.replayed], [0, false]);
    assert.deepEqual(json.usage, { inputTokens: 0, outputTokens: 2 });
    assert.equal((json.raw as v1.CompleteResponse).answerStep, 0);
    const proto3 = v1.CompleteResponse.toJSON(answer.raw) as Record<string, unknown>;
    assert.deepEqual([proto3.answerStep, proto3.costUsd, proto3.replayed], [0, 0, false]);
    assert.equal("latencyMs" in proto3, false);
  }));

test("everything that a query can say arrives", () =>
  withClient(async (client, service) => {
    const options: QueryOptions = {
      ...{ dial: 0, latencyWeight: 0.1, maxCostUsd: 1, maxLatencyMs: 2, minQuality: 0.5 },
      ...{
        models: ["a"],
        requireTags: ["region:eu"],
        temperature: 0,
        topP: 0.9,
        maxTokens: 5,
        stop: "x",
        seed: 2n ** 62n,
      },
      ...{ params: { top_k: 40 }, tools: [{ type: "function" }], responseFormat: { type: "json_object" } },
      ...{ task: "t", domain: "d", language: "pt-BR", labels: { feature: "search" } },
      ...{ sessionId: "s", endUserId: "u", requestId: "r", includePredictions: true },
    };
    await client.complete("Hi", options);
    const request = service.requests[0] as unknown as v1.CompleteRequest;
    assert.equal(request.requestId, "r");
    assert.equal(request.includePredictions, true);
    const { query } = request;
    assert.deepEqual(query?.preference?.tradeoff, { $case: "dial", value: 0 });
    assert.deepEqual(query.params?.temperature, 0);
    assert.deepEqual(query.params.stop, ["x"]);
    assert.equal(query.params.seed, String(2n ** 62n));
    assert.equal(query.params.extraJson, '{"top_k":40}');
    assert.deepEqual(query.toolsJson, ['{"type":"function"}']);
    assert.deepEqual(query.hints, { task: "t", domain: "d", language: "pt-BR", labels: { feature: "search" } });
    assert.deepEqual(
      [query.models, query.requireTags, query.sessionId, query.endUserId],
      [["a"], ["region:eu"], "s", "u"],
    );
    assert.equal(query.messages[0]?.content, "Hi");
  }));

const WRONG: [string, object, string, RegExp][] = [
  ["a word that is spelt wrong", { dail: 1 }, "dail", /did you mean dial\?/],
  ["the spelling of another language", { max_cost_usd: 1 }, "max_cost_usd", /did you mean maxCostUsd\?/],
  ["null", { dial: null }, "dial", /is null: leave it out/],
  ["a number in quotes", { dial: "0.3" }, "dial", /must be a number/],
  ["two ways to trade off", { dial: 1, costWeight: 1 }, "dial", /exclude each other/],
  ["a text for a list", { models: "a" }, "models", /put it in brackets/],
  ["a fraction of a token", { maxTokens: 1.5 }, "maxTokens", /whole number/],
  ["more tokens than the contract holds", { maxTokens: 2 ** 31 }, "maxTokens", /out of range/],
  ["a seed that a number cannot hold", { seed: 2 ** 60 }, "seed", /give a bigint/],
  ["a seed beyond 64 bits", { seed: 2n ** 63n }, "seed", /out of range/],
  ["a parameter twice", { temperature: 1, params: { temperature: 1 } }, "temperature", /given twice/],
  ["what JSON does not have", { params: { top_k: NaN } }, "params", /cannot be written as JSON/],
  ["a circle", { responseFormat: circle() }, "responseFormat", /cannot be written as JSON/],
  ["half a surrogate pair", { sessionId: "a\ud800" }, "sessionId", /half a surrogate pair at 1/],
  ["half a surrogate pair in a label", { labels: { a: "\udc00" } }, "labels.a", /half a surrogate pair/],
  ["a timeout of 0", { timeoutMs: 0 }, "timeoutMs", /milliseconds above 0/],
  ["a tenant with a blank", { tenant: "team a" }, "tenant", /ASCII without blanks/],
  [
    "the tenant among the metadata",
    { metadata: { "x-pointsman-tenant": "a" } },
    "metadata.x-pointsman-tenant",
    /tenant/,
  ],
  ["a key in capitals", { metadata: [["Authorization", "x"]] }, "metadata[0]", /lower-case/],
  ["no signal", { signal: {} }, "signal", /AbortSignal/],
];

function circle(): object {
  const made: Record<string, unknown> = {};
  made.self = made;
  return made;
}

for (const [what, options, field, message] of WRONG) {
  test(`${what} is refused before it is sent`, () =>
    withClient(async (client, service) => {
      await assert.rejects(client.complete("Hi", options), refused(field, message));
      await assert.rejects(client.route("Hi", options), refused(field, message));
      assert.throws(() => client.streamComplete("Hi", options), refused(field, message));
      assert.equal(service.requests.length, 0);
    }));
}

test("undefined is as good as left out", () =>
  withClient(async (client, service) => {
    await client.complete("Hi", { dial: undefined, models: undefined, tenant: undefined, timeoutMs: undefined });
    const { query } = service.requests[0] as unknown as v1.CompleteRequest;
    assert.equal(query?.preference, undefined);
    assert.deepEqual(service.tenants(), [["default"]]);
  }));

test("feedback in all forms is one of them, and thumbs are never guessed", () =>
  withClient(async (client, service) => {
    const forms: [FeedbackOptions, v1.Feedback["signal"]][] = [
      [{ thumb: true }, { $case: "thumb", value: "THUMB_UP" }],
      [{ thumb: "down" }, { $case: "thumb", value: "THUMB_DOWN" }],
      [{ thumb: "THUMB_DOWN" }, { $case: "thumb", value: "THUMB_DOWN" }],
      [{ rating: 4.5 }, { $case: "rating", value: 4.5 }],
      [{ correction: "" }, { $case: "correction", value: "" }],
      [{ score: 0 }, { $case: "score", value: 0 }],
    ];
    for (const [said, signal] of forms) {
      await client.feedback("e-1", said);
      assert.deepEqual((service.requests.pop() as unknown as v1.RecordFeedbackRequest).feedback?.signal, signal);
    }
    for (const thumb of [1, 0, 2, -1, "UP", "", null]) {
      await assert.rejects(client.feedback("e-1", { thumb } as never), refused("thumb", /must be true, "up"/));
    }
    await assert.rejects(client.feedback("e-1", {} as never), refused("signal", /exactly one/));
    await assert.rejects(client.feedback("e-1", { thumb: true, rating: 5 } as never), refused("signal", /exactly one/));
    await assert.rejects(client.feedback(1 as never, { thumb: true }), refused("episodeId", /must be a text/));
  }));

test("an answer takes feedback itself, for the tenant and the caller of its call", () =>
  withClient(async (client, service) => {
    const metadata = { authorization: "Bearer k", traceparent: "00-1" };
    const answer = await client.complete("Hi", { tenant: "team-b", metadata });
    await answer.thumbsUp("right and fast");
    await answer.thumbsDown({ endUserId: "u" });
    await answer.rate(4);
    await answer.correct("Five.");
    await answer.score(0.5);
    assert.deepEqual(service.tenants(), Array(6).fill(["team-b"]));
    const given = service.metadata.slice(1);
    assert.deepEqual(
      given.flatMap((one) => one.get("authorization")),
      Array(5).fill("Bearer k"),
    );
    assert.deepEqual(
      given.flatMap((one) => one.get("traceparent")),
      [],
    );
    const said = service.requests.slice(1).map((r) => (r as unknown as v1.RecordFeedbackRequest).feedback);
    assert.deepEqual(
      said.map((f) => f?.signal?.$case),
      ["thumb", "thumb", "rating", "correction", "score"],
    );
    assert.equal(said[1]?.endUserId, "u");
    assert.deepEqual(
      said.map((f) => f?.comment),
      ["right and fast", undefined, undefined, undefined, undefined],
    );
    await assert.rejects(answer.thumbsUp({ remark: "fast" } as never), refused("remark", /is unknown to feedback/));
  }));

test("a comment stands beside what an answer was worth", () =>
  withClient(async (client, service) => {
    const answer = await client.complete("Hi");
    await answer.thumbsUp("fast", { endUserId: "u" });
    await answer.thumbsDown({ comment: "no" });
    await answer.thumbsDown(undefined, { endUserId: "u" });
    await answer.rate(4, { comment: "nearly" });
    await client.feedback("e-1", { score: 0.5, comment: "measured" });
    await client.feedbackBatch([{ episodeId: "e-1", thumb: "up", comment: "many" }]);
    const told = service.requests.slice(1, 6).map((r) => (r as unknown as v1.RecordFeedbackRequest).feedback);
    assert.deepEqual(
      told.map((f) => [f?.comment, f?.endUserId]),
      [
        ["fast", "u"],
        ["no", undefined],
        [undefined, "u"],
        ["nearly", undefined],
        ["measured", undefined],
      ],
    );
    const batch = service.requests[6] as unknown as v1.RecordFeedbackBatchRequest;
    assert.equal(batch.requests[0]?.feedback?.comment, "many");
    await assert.rejects(answer.thumbsUp(5 as never), refused("comment", /must be a text/));
    await assert.rejects(answer.thumbsUp(null as never), refused("options", /must be an object/));
    await assert.rejects(answer.thumbsUp("a", { comment: "b" }), refused("comment", /is said twice/));
    await assert.rejects(answer.thumbsUp({ endUserId: "u" } as never, { model: "m" }), refused("comment", /a text/));
    await assert.rejects(
      client.recordSessionOutcome("s", { thumb: true, comment: "fast" } as never),
      refused("comment", /is unknown to recordSessionOutcome/),
    );
  }));

test("a batch gives a receipt or an error each", () =>
  withClient(async (client, service) => {
    const results = await client.feedbackBatch([
      { episodeId: "e-1", thumb: "up", requestId: "f-1" },
      { episodeId: "e-unknown", rating: 3 },
    ]);
    assert.equal(results[0]?.receipt?.requestId, "f-1");
    assert.equal(results[1]?.error?.name, "NotFound");
    assert.deepEqual(results[1].error.metadata, { episode_id: "e-unknown" });
    const { requests } = service.requests[0] as unknown as v1.RecordFeedbackBatchRequest;
    assert.equal(requests[1]?.requestId?.length, 32);
    await assert.rejects(
      client.feedbackBatch([{ episodeId: "e" } as never]),
      refused("feedback[0].signal", /exactly one/),
    );
  }));

test("outcomes, sessions, episodes and explanations", () =>
  withClient(async (client, service) => {
    const route = await client.route("Hi", { singleCall: true });
    assert.deepEqual([route.model, route.propensity], ["small", 0.5]);
    await route.reportOutcome({ latencyMs: 0, inputTokens: 0, failure: { kind: "timeout", message: "30 s" } });
    const outcome = service.requests[1] as unknown as v1.ReportOutcomeRequest;
    assert.deepEqual([outcome.latencyMs, outcome.usage?.inputTokens, outcome.costUsd], [0, 0, undefined]);
    assert.deepEqual(outcome.failure, { kind: "FAILURE_KIND_TIMEOUT", message: "30 s" });
    const verdicts = [{ judge: "mine", score: 0 }];
    await client.reportOutcome("e-1", { verdicts });
    assert.equal((service.requests[2] as unknown as v1.ReportOutcomeRequest).verdicts[0]?.score, 0);
    await assert.rejects(
      client.reportOutcome("e-1", { failure: { kind: "timout", message: "" } as never }),
      refused("timout", /did you mean timeout/),
    );
    assert.equal((await client.recordSessionOutcome("s-1", { score: 1 })).episodeCount, "2");
    assert.equal((await client.getEpisode("e-9")).episodeId, "e-9");
    assert.equal((await client.explainEpisode("e-9")).summary, "Why.");
  }));

test("any request of the contract can be made, with an id where it takes one", () =>
  withClient(async (client, service) => {
    assert.equal((await client.call("listModels", {})).models[0]?.model, "small");
    await client.call("disableModel", { model: "small" });
    assert.equal((service.requests[1] as unknown as v1.DisableModelRequest).requestId?.length, 32);
    // The service names it by what it holds: an id that is made up would undo that.
    await client.call("warmStart", {});
    assert.equal((service.requests[2] as { requestId?: string }).requestId, undefined);
    await assert.rejects(
      client.call("disableModel", { modle: "a" } as never),
      refused("modle", /did you mean model\?/),
    );
    await assert.rejects(client.call("disableModel", { model: "\ud800" }), refused("model", /surrogate/));
    await assert.rejects(client.call("nothing" as never, {} as never), refused("rpc", /must be one of the contract's/));
    await assert.rejects(client.call("streamComplete" as never, {} as never), refused("rpc", /use streamComplete/));
    await new Promise<void>((resolve, reject) => {
      client.raw.admin.listModels({ pageSize: 1 } as never, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }));

test("chats are OpenAI's messages or the contract's, whole", () =>
  withClient(async (client, service) => {
    const calls = [{ id: "c1", type: "function" as const, function: { name: "f", arguments: "{}" } }];
    await client.complete([
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "low" } },
          { type: "input_audio", input_audio: { data: "AAEC", format: "wav" } },
          { type: "file", file: { file_data: "data:application/pdf;base64,AAEC", filename: "a.pdf" } },
        ],
      },
      { role: "assistant", content: null, tool_calls: calls },
      { role: "tool", content: "4", tool_call_id: "c1" },
      { role: "ROLE_USER", content: "And now?" },
    ]);
    const { messages } = (service.requests[0] as unknown as v1.CompleteRequest).query!;
    const roles = ["ROLE_SYSTEM", "ROLE_USER", "ROLE_ASSISTANT", "ROLE_TOOL", "ROLE_USER"];
    assert.deepEqual(
      messages.map((m) => m.role),
      roles,
    );
    assert.deepEqual(
      messages[1]?.parts.map((p) => p.part?.$case),
      ["text", "image", "audio", "file"],
    );
    assert.deepEqual(messages[2]?.toolCalls, [{ toolCallId: "c1", function: "f", argumentsJson: "{}" }]);
    assert.equal(messages[3]?.toolCallId, "c1");
    const wrong: [unknown, string, RegExp][] = [
      [[{ role: "usr", content: "" }], "messages[0].role", /must be one of/],
      [[{ role: "user", content: [{ type: "video" }] }], "messages[0].content[0]", /type is one of/],
      [[{ role: "user", content: "", contnt: "" }], "contnt", /did you mean content/],
      [[{ role: "user", content: "a\ud800" }], "messages[0].content", /surrogate/],
      [["Hi"], "messages[0]", /must be an object/],
      [{ mesages: [] }, "mesages", /did you mean messages/],
      [3, "messages", /must be a list/],
      [
        [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "?", format: "wav" } }] }],
        "messages[0].content[0].input_audio.data",
        /not base64/,
      ],
    ];
    for (const [given, field, message] of wrong) {
      await assert.rejects(client.complete(given as never), refused(field, message));
    }
  }));

test("a whole query of the contract is taken, and options take the place of what it says", () =>
  withClient(async (client, service) => {
    const query = v1.Query.fromPartial({
      messages: [{ role: "ROLE_USER", content: "Hi" }],
      sessionId: "s",
      models: ["a"],
    });
    await client.complete(query, { models: ["b"], temperature: 1 });
    const sent = (service.requests[0] as unknown as v1.CompleteRequest).query;
    assert.deepEqual([sent?.sessionId, sent?.models, sent?.params?.temperature], ["s", ["b"], 1]);
    assert.deepEqual(query.models, ["a"]);
  }));
