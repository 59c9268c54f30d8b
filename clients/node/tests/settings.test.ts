/** Where a client calls, as whom, and how. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Client, InvalidRequest, type ClientOptions } from "../src/index";
import { isLocal, metadataOf, settingsOf, termsOf } from "../src/settings";
import { withClient } from "./scripted";

const saved = { ...process.env };

beforeEach(() => {
  for (const name of Object.keys(process.env))
    if (name.startsWith("POINTSMAN_")) Reflect.deleteProperty(process.env, name);
});

afterEach(() => {
  process.env = { ...saved };
});

test("what is left out comes from the environment, where an empty text says nothing", () => {
  assert.equal(settingsOf({}).address, "127.0.0.1:50051");
  assert.equal(settingsOf({}).adminAddress, "127.0.0.1:50052");
  assert.equal(settingsOf({}).tenant, "default");
  Object.assign(process.env, { POINTSMAN_ADDRESS: "localhost:7", POINTSMAN_TENANT: "team-a", POINTSMAN_API_KEY: "k" });
  const said = settingsOf({});
  assert.deepEqual(
    [said.address, said.adminAddress, said.tenant, said.apiKey],
    ["localhost:7", "localhost:8", "team-a", "k"],
  );
  assert.equal(settingsOf({ address: "[::1]:9", tenant: "b" }).address, "[::1]:9");
  Object.assign(process.env, { POINTSMAN_ADDRESS: "", POINTSMAN_TENANT: "", POINTSMAN_ADMIN_ADDRESS: "admin:1" });
  assert.deepEqual(
    [settingsOf({ plainKey: true }).address, settingsOf({ plainKey: true }).adminAddress],
    ["127.0.0.1:50051", "admin:1"],
  );
  // With a key, the tenant is the key's own.
  assert.equal(settingsOf({ plainKey: true }).tenant, undefined);
});

test("what cannot be meant is refused by its name", () => {
  const wrong: [object, string][] = [
    [{ address: "http://host:1" }, "address"],
    [{ address: "host" }, "address"],
    [{ address: "host:0" }, "address"],
    [{ address: "host:65536" }, "address"],
    [{ adminAddress: "a b:1" }, "adminAddress"],
    [{ adress: "host:1" }, "adress"],
    [{ tenant: "tëam" }, "tenant"],
    [{ timeoutMs: -1 }, "timeoutMs"],
    [{ retry: { attempts: 0 } }, "retry.attempts"],
    [{ retry: { attemts: 1 } }, "attemts"],
    [{ compression: "zip" }, "compression"],
    [{ apiKey: "a b" }, "apiKey"],
    [{ apiKey: "k", address: "10.0.0.7:1" }, "apiKey"],
    [{ apiKey: "k", address: "127.0.0.1:1", adminAddress: "localhost.example:1" }, "apiKey"],
    [{ tlsCa: "/nowhere/ca.pem" }, "tlsCa"],
    [{ tlsCert: "/nowhere/cert.pem" }, "tlsCert"],
    [{ telemetry: "yes" }, "telemetry"],
    [{ credentials: {} }, "credentials"],
    [{ metadata: { "grpc-timeout": "1" } }, "metadata.grpc-timeout"],
    [{ metadata: { "a-bin": "text" } }, "metadata.a-bin"],
  ];
  for (const [options, field] of wrong) {
    assert.throws(
      () => new Client(options),
      (error) => error instanceof InvalidRequest && error.fieldViolations[0]?.field === field,
      JSON.stringify(options),
    );
  }
  assert.throws(
    () => new Client({ apiKey: "sec ret" }),
    (error: Error) => !error.message.includes("sec"),
  );
  assert.doesNotThrow(() => settingsOf({ apiKey: "k", address: "10.0.0.7:1", plainKey: true }));
  assert.doesNotThrow(() => settingsOf({ apiKey: "k", address: "10.0.0.7:1", tlsCa: "system" }));
});

test("what stays on this machine is known", () => {
  const here = [
    "127.0.0.1:1",
    "127.8.0.1:1",
    "localhost:1",
    "[::1]:1",
    "[0:0:0:0:0:0:0:1]:1",
    "unix:/p.sock",
    "dns:///localhost:1",
  ];
  const away = ["10.0.0.7:1", "localhost.example:1", "[::2]:1", "[1::1]:1", "127.0.0.1.example:1", "host"];
  assert.deepEqual(
    here.map(isLocal),
    here.map(() => true),
  );
  assert.deepEqual(
    away.map(isLocal),
    away.map(() => false),
  );
});

test("metadata of client and call are sent, and an authorization takes the key's place", () => {
  const settings = settingsOf({ apiKey: "k", metadata: { a: "1" } });
  const sent = (options: object): object => metadataOf(termsOf(settings, options).pairs, false).toJSON();
  assert.deepEqual(sent({}), { a: ["1"], authorization: ["Bearer k"] });
  assert.deepEqual(
    sent({
      tenant: "t",
      metadata: [
        ["authorization", "Bearer own"],
        ["b-bin", Buffer.from("x")],
      ],
    }),
    {
      ...{ a: ["1"], authorization: ["Bearer own"], "b-bin": [Buffer.from("x")] },
      "x-pointsman-tenant": ["t"],
    },
  );
});

test("compression is by option", async () => {
  for (const compression of ["none", "gzip"] as const) {
    const options: ClientOptions = { compression };
    await withClient(async (client, service) => {
      await client.complete("a ".repeat(1000));
      assert.equal(service.requests.length, 1);
    }, options);
  }
});
