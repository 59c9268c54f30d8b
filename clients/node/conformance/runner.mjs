// Plays the vectors that all clients share: a line of JSON in, a line of JSON out, until the input ends. The protocol is in
// tests/contracts/clients/README.md.
import { createInterface } from "node:readline";

import { PointsmanError } from "../dist/index.mjs";
import { Operations, Unsupported } from "./operations.mjs";
import { errorOf } from "./told.mjs";

const operations = new Operations();

async function answer(line) {
  try {
    return { ok: await operations.do(line) };
  } catch (error) {
    if (error instanceof Unsupported) return { unsupported: error.message };
    if (error instanceof PointsmanError) return { error: errorOf(error) };
    throw error;
  }
}

for await (const text of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const line = JSON.parse(text);
  process.stdout.write(`${JSON.stringify({ id: line.id, ...(await answer(line)) })}\n`);
}
await operations.close();
