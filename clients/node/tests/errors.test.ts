/** What went wrong, as errors. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { status } from "@grpc/grpc-js";

import * as client from "../src/index";
import { BY_REASON } from "../src/errors";
import { ErrorReason } from "../src/v1";
import { statusOf, withClient } from "./scripted";

test("every reason of the contract has its family", () => {
  const reasons = Object.keys(ErrorReason).filter((name) => name.startsWith("ERROR_REASON_"));
  const told = reasons.map((name) => name.replace("ERROR_REASON_", "")).filter((name) => name !== "UNSPECIFIED");
  assert.deepEqual(Object.keys(BY_REASON).sort(), told.sort());
});

test("an error carries all that the service said", () =>
  withClient(async (pointsman, service) => {
    service.script = [
      {
        code: status.RESOURCE_EXHAUSTED,
        reason: "BUDGET_EXHAUSTED",
        metadata: { tenant: "poor" },
        quotas: [{ subject: "tenant:poor", description: "a dollar a day" }],
        violations: [{ field: "a", description: "b", reason: "C" }],
        retryMs: 3_600_500,
      },
    ];
    const error = await pointsman.complete("Hi").catch((thrown: unknown) => thrown);
    assert.ok(error instanceof client.BudgetExhausted);
    assert.ok(error instanceof client.PointsmanError && error instanceof Error);
    assert.equal(error.code, client.Code.RESOURCE_EXHAUSTED);
    assert.equal(error.codeName, "RESOURCE_EXHAUSTED");
    assert.equal(error.reason, "BUDGET_EXHAUSTED");
    assert.equal(error.message, "scripted failure");
    assert.deepEqual(error.metadata, { tenant: "poor" });
    assert.deepEqual(error.quotaViolations, [{ subject: "tenant:poor", description: "a dollar a day" }]);
    assert.deepEqual(error.fieldViolations, [{ field: "a", description: "b", reason: "C" }]);
    assert.equal(error.retryAfterMs, 3_600_500);
    assert.deepEqual(error.details.map((d) => d.type).sort(), [
      "google.rpc.BadRequest",
      "google.rpc.ErrorInfo",
      "google.rpc.QuotaFailure",
      "google.rpc.RetryInfo",
    ]);
    assert.equal((JSON.parse(JSON.stringify(error)) as { reason: string }).reason, "BUDGET_EXHAUSTED");
    assert.equal(service.requests.length, 1);
  }));

test("an item's status is the error that a call of its own would have thrown", () => {
  const failed = { code: status.NOT_FOUND, reason: "UNKNOWN_EPISODE", metadata: { episode_id: "e" } };
  const error = client.errorOfStatus(statusOf(failed));
  assert.ok(error instanceof client.NotFound);
  assert.deepEqual(error.metadata, { episode_id: "e" });
  assert.ok(client.errorOfStatus({ code: 9, message: "", details: [] }) instanceof client.FailedPrecondition);
  assert.equal(client.errorOfStatus({ code: 77, message: "", details: [] }).code, client.Code.UNKNOWN);
});

test("details that cannot be read are left out, and the code still tells", () => {
  const garbage = { typeUrl: "type.googleapis.com/google.rpc.ErrorInfo", value: Buffer.from([255, 255]) };
  const unknown = { typeUrl: "example.com/constructor", value: Buffer.alloc(0) };
  const error = client.errorOfStatus({ code: 3, message: "no", details: [garbage, unknown] });
  assert.ok(error instanceof client.InvalidRequest);
  assert.equal(error.reason, "");
});

test("a message that is no one's limit is the base error, not a budget", () =>
  withClient(async (pointsman) => {
    const error = await pointsman.complete("x".repeat(5 << 20)).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof client.PointsmanError);
    assert.equal(error.codeName, "RESOURCE_EXHAUSTED");
    assert.equal(error instanceof client.BudgetExhausted || error instanceof client.OverLimit, false);
  }));
