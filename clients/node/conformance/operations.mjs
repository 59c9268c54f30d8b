// What a line can ask for.
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";

import { Client, v1 } from "../dist/index.mjs";
import * as told from "./told.mjs";

/** The line asks for what this runner does not have. */
export class Unsupported extends Error {}

const RESULTS = {
  complete: told.answerOf,
  route: told.routeOf,
  reportOutcome: told.outcomeOf,
  feedback: told.receiptOf,
  getEpisode: told.episodeOf,
  explainEpisode: told.explanationOf,
};

/** The argument that is no option. */
const FIRST = {
  complete: "messages",
  streamComplete: "messages",
  route: "messages",
  reportOutcome: "episodeId",
  feedback: "episodeId",
  recordSessionOutcome: "sessionId",
  getEpisode: "episodeId",
  explainEpisode: "episodeId",
};

/** What was opened, begun and answered so far, by the names that the lines give. */
export class Operations {
  #clients = new Map();
  #calls = new Map();
  #answers = new Map();
  #batchers = new Map();

  /** What the line asks for. Throws PointsmanError, Unsupported. */
  async do(line) {
    const operation = this[`_${line.op}`];
    if (operation === undefined) throw new Unsupported(`op ${line.op}`);
    return operation.call(this, texts(line));
  }

  /** Ends what is open. */
  async close() {
    await Promise.all([...this.#clients.values()].map((client) => client.close({ timeoutMs: 5_000 })));
  }

  _open({ client, options = {} }) {
    const telemetry = options.telemetry ? { telemetry: new BasicTracerProvider() } : {};
    this.#clients.set(client, new Client({ ...optionsOf(options), ...telemetry }));
    return {};
  }

  async _close({ client }) {
    await this.#clients.get(client)?.close();
    return {};
  }

  _start(line) {
    const call = this._call(line);
    call.catch(() => undefined); // Whoever awaits it is told.
    this.#calls.set(line.call, call);
    return {};
  }

  _await({ call }) {
    return this.#calls.get(call);
  }

  async _call(line) {
    const client = this.#clients.get(line.client);
    const method = camel(line.method);
    if (method === "streamComplete") return this.#stream(client, line);
    const hangUp = hangUpAfter(line.cancel_after);
    try {
      return await this.#unary(client, method, line, hangUp.options);
    } finally {
      hangUp.forget();
    }
  }

  async #unary(client, method, line, hangUp) {
    const options = { ...optionsOf(line.options), ...hangUp };
    const { args = {} } = line;
    if (method === "request") return this.#request(client, args, options);
    if (method === "feedbackBatch") {
      const results = await client.feedbackBatch(args.items.map(optionsOf), options);
      return { results: results.map(told.resultOf) };
    }
    const { first, fields } = argumentsOf(method, args);
    const result = await client[method](first, { ...fields, ...options });
    if (line.as !== undefined) this.#answers.set(line.as, result);
    return method === "recordSessionOutcome" ? told.sessionOf(result, first) : RESULTS[method](result);
  }

  async #request(client, { rpc, message }, options) {
    const name = rpc.charAt(0).toLowerCase() + rpc.slice(1);
    const response = await client.call(name, v1[`${rpc}Request`].fromJSON(message), options);
    return { message: v1[`${rpc}Response`].toJSON(response) };
  }

  async #stream(client, line) {
    const { first, fields } = argumentsOf("streamComplete", line.args);
    const stream = client.streamComplete(first, { ...fields, ...optionsOf(line.options) });
    const heard = new told.Heard(stream);
    let left = false;
    for await (const event of stream) {
      left = heard.hear(event) === line.cancel_after;
      if (left) break;
    }
    if (left) return stream.answer.catch((error) => Promise.reject(Object.assign(error, { heard: heard.told() })));
    const final = await stream.answer;
    if (line.as !== undefined) this.#answers.set(line.as, final);
    return heard.told(final);
  }

  async _handle({ answer, do: method, value, options = {} }) {
    const args = value === undefined ? [] : [value];
    return told.receiptOf(await this.#answers.get(answer)[camel(method)](...args, optionsOf(options)));
  }

  _batcher_open({ client, batcher, options = {} }) {
    const refused = [];
    const onRefused = (item, error) => refused.push({ episode_id: item.episodeId, error: told.errorOf(error) });
    const made = this.#clients.get(client).batcher({ ...optionsOf(options), onRefused, log: null });
    this.#batchers.set(batcher, { made, refused });
    return {};
  }

  _batcher_add({ batcher, items, times = 1 }) {
    const { made } = this.#batchers.get(batcher);
    let accepted = 0;
    let slowest = 0;
    for (let i = 0; i < times; i++) {
      for (const item of items.map(optionsOf)) {
        const begun = performance.now();
        if (made.add(item)) accepted++;
        slowest = Math.max(slowest, performance.now() - begun);
      }
    }
    return { accepted, slowest_ms: slowest };
  }

  async _batcher_flush({ batcher }) {
    await this.#batchers.get(batcher).made.flush();
    return this._batcher_stats({ batcher });
  }

  async _batcher_close({ batcher }) {
    await this.#batchers.get(batcher).made.close();
    return this._batcher_stats({ batcher });
  }

  _batcher_stats({ batcher }) {
    const { made, refused } = this.#batchers.get(batcher);
    return { ...made.stats, refused };
  }
}

function argumentsOf(method, args = {}) {
  const { [FIRST[method]]: first, ...fields } = optionsOf(args);
  return { first, fields };
}

/** Options as this client spells them: camelCase, milliseconds for seconds. What callers name themselves stays. */
function optionsOf(options = {}) {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      if (name.endsWith("_s")) return [camel(`${name.slice(0, -2)}_ms`), value === null ? null : value * 1000];
      if (name === "retry") return [name, optionsOf(value)];
      if (name === "verdicts") return [name, value.map(optionsOf)];
      return [camel(name), value];
    }),
  );
}

function camel(name) {
  return name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

function hangUpAfter(seconds) {
  if (seconds === undefined) return { options: {}, forget: () => undefined };
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), seconds * 1000);
  return { options: { signal: controller.signal }, forget: () => clearTimeout(timer) };
}

/** With texts in place of their UTF-16 code units, halves of surrogate pairs among them. */
function texts(value) {
  if (Array.isArray(value)) return value.map(texts);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value.$utf16)) return String.fromCharCode(...value.$utf16);
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, texts(held)]));
}
