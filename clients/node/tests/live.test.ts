/** The live service, and all that README and examples show, run as written. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { Client, NotFound } from "../src/index";
import { PACKAGE, startService, type Live } from "./live-service";

const run = promisify(execFile);
// Inside the package, where its own name leads to what was built.
const FOLDER = join(PACKAGE, "build/as-written");
let live: Live;

before(async () => {
  mkdirSync(FOLDER, { recursive: true });
  live = await startService();
});

after(async () => {
  await live.stop();
  rmSync(FOLDER, { recursive: true });
});

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, POINTSMAN_ADDRESS: live.address };
}

test("a thumb is in the log of the service that answered", async () => {
  const client = new Client(live.address);
  const answer = await client.complete("What is the capital of Australia?");
  assert.match(answer.text, /Canberra/);
  assert.ok((answer.usage.outputTokens ?? 0) > 0 && (answer.costUsd ?? 0) > 0);
  const receipt = await answer.thumbsUp();
  assert.equal(receipt.value, 1);
  const episode = await client.getEpisode(answer.episodeId);
  assert.deepEqual([episode.requestId, episode.feedback.length], [answer.requestId, 1]);
  assert.ok(JSON.stringify(episode).includes(receipt.requestId));
  await assert.rejects(client.feedback("e-none", { thumb: true }), NotFound);
  await client.close();
});

test("a stream is the answer as it comes about", async () => {
  const client = new Client(live.address);
  const stream = client.streamComplete("What is the capital of Australia?");
  let text = "";
  for await (const piece of stream.texts()) text += piece;
  assert.equal(text, (await stream.answer).text);
  await client.close();
});

test("every block of README is right TypeScript, and runs", async () => {
  const readme = readFileSync(join(PACKAGE, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map((found) => found[1] ?? "");
  assert.ok(blocks.length >= 5);
  const names = blocks.map((_, i) => join(FOLDER, `block-${i}.mts`));
  names.forEach((name, i) => {
    writeFileSync(name, blocks[i]!);
  });
  const options = ["--module", "nodenext", "--target", "es2022", "--strict", "--types", "node"];
  const lib = ["--lib", "es2023,esnext.disposable"];
  await run(join(PACKAGE, "node_modules/.bin/tsc"), [...options, ...lib, ...names], { cwd: FOLDER });
  for (const name of names) await run("node", [name.replace(/mts$/, "mjs")], { env: environment() });
});

test("both kinds of modules load the same client, with types for each", async () => {
  const esm = 'import { Client, PointsmanError, v1, type Answer } from "@pointsman/client";';
  const use =
    "\nexport const made: Promise<Answer> = new Client().complete('Hi', { models: [] }).catch((e) => { throw e as PointsmanError; });\nvoid v1.Query;\n";
  writeFileSync(join(FOLDER, "types.mts"), esm + use);
  writeFileSync(join(FOLDER, "types.cts"), esm + use);
  const tsc = join(PACKAGE, "node_modules/.bin/tsc");
  const strict = ["--strict", "--noEmit", "--types", "node", "--target", "es2022", "--lib", "es2023,esnext.disposable"];
  await run(tsc, ["--module", "nodenext", ...strict, "types.mts", "types.cts"], { cwd: FOLDER });
  const same = `
    import * as imported from "@pointsman/client";
    import { createRequire } from "node:module";
    const required = createRequire(import.meta.url)("@pointsman/client");
    const names = Object.keys(imported).filter((name) => name !== "default").sort();
    console.log(JSON.stringify([names, Object.keys(required).sort(), names.every((n) => imported[n] === required[n])]));
  `;
  const { stdout } = await run("node", ["--input-type=module", "-e", same], { cwd: FOLDER });
  const [imported, required, identical] = JSON.parse(stdout) as [string[], string[], boolean];
  assert.deepEqual(imported, required);
  assert.ok(identical && imported.includes("Client"));
});

test("the example answers over HTTP, and takes a thumb", async () => {
  const child = spawn("node", [join(PACKAGE, "examples/server.mjs"), "0"], { env: environment() });
  try {
    const url = await new Promise<string>((done, failed) => {
      child.stdout.once("data", (line: Buffer) => {
        done(/http:\S+/.exec(line.toString())?.[0] ?? "");
      });
      child.once("exit", (code) => {
        failed(new Error(`the example ended with ${code}`));
      });
    });
    const post = (path: string, body: unknown) => fetch(url + path, { method: "POST", body: JSON.stringify(body) });
    const answered = await post("/ask", { question: "What is the capital of Australia?" });
    const { text, episode_id } = (await answered.json()) as { text: string; episode_id: string };
    assert.match(text, /Canberra/);
    assert.equal((await post("/thumb", { episode_id, thumb: "up", comment: "right and fast", user: "u" })).status, 202);
    assert.equal((await post("/thumb", { episode_id, thumb: "up", comment: "" })).status, 202);
    assert.equal((await post("/thumb", { episode_id, thumb: "sideways" })).status, 400);
    assert.equal((await post("/ask", { question: 3 })).status, 400);
    assert.equal((await post("/nothing", {})).status, 404);
    child.kill("SIGINT");
    await new Promise((done) => child.once("exit", done));
    const client = new Client(live.address);
    const { feedback } = await client.getEpisode(episode_id);
    assert.deepEqual(
      feedback.map((word) => word.comment),
      ["right and fast", undefined],
    );
    await client.close();
  } finally {
    child.kill("SIGKILL");
  }
});
