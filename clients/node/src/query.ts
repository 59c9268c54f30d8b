/** Queries, and the requests that carry one, from plain values. */
import {
  flag,
  given,
  int32,
  int64,
  invalid,
  isRecord,
  json,
  list,
  number,
  refuseUnknown,
  shown,
  text,
  texts,
  type Check,
} from "./arguments";
import { chatOf, type Messages } from "./chat";
import { matched } from "./message";
import { CALL_OPTIONS, type CallOptions } from "./settings";
import {
  Query as QueryType,
  type CompleteRequest,
  type GenerationParams,
  type Hints,
  type Preference,
  type Query,
  type RouteRequest,
  type StreamCompleteRequest,
} from "./v1";

/** What a query may say beside its messages, and what its call may. */
export interface QueryOptions extends CallOptions {
  /** The same again gets the first answer again; made up where it is left out. */
  requestId?: string;
  /** A conversation, or an agent's run. */
  sessionId?: string;
  /** Who asks, in your own terms. */
  endUserId?: string;
  /** 0, the cheapest model that answers, to 1, the best whatever it costs. Excludes costWeight. */
  dial?: number;
  /** Utility per US dollar. Excludes dial. */
  costWeight?: number;
  /** Utility per second. */
  latencyWeight?: number;
  /** Ceiling on the whole query in US dollars, judges included. */
  maxCostUsd?: number;
  /** Models that are expected to take longer are not called; milliseconds. */
  maxLatencyMs?: number;
  /** Floor on the expected quality of a model that may answer, 0 to 1. */
  minQuality?: number;
  /** The models that may be called; left out, all that the tenant may use. */
  models?: readonly string[];
  /** Tags that a model must have, for instance ["region:eu"]. */
  requireTags?: readonly string[];
  temperature?: number;
  topP?: number;
  /** Ceiling on the tokens of the answer. */
  maxTokens?: number;
  /** Texts that end the answer. */
  stop?: string | readonly string[];
  seed?: number | bigint;
  /** Further parameters in the provider's own spelling, for instance { top_k: 40 }; OpenAI's as well. */
  params?: Readonly<Record<string, unknown>>;
  /** As OpenAI's `tools`. */
  tools?: readonly object[];
  /** As OpenAI's `response_format`. */
  responseFormat?: object;
  /** What is to be done, for instance "summarise". */
  task?: string;
  /** The field it is about, for instance "law". */
  domain?: string;
  /** Language of the query, for instance "pt-BR". */
  language?: string;
  /** What you want to find it by; never learnt from. */
  labels?: Readonly<Record<string, string>>;
  /** Whether the decision tells what was expected of each model. */
  includePredictions?: boolean;
}

/** As a query. */
export interface RouteOptions extends QueryOptions {
  /** You will run one model and no cascade: then it is the best single choice. */
  singleCall?: boolean;
}

/** As a query. */
export interface StreamOptions extends QueryOptions {
  /** Text from the first model's first token on, which a retraction may take back. */
  optimistic?: boolean;
  /** Trace events, too. */
  trace?: boolean;
}

const PREFERENCE = ["dial", "costWeight", "latencyWeight", "maxCostUsd", "maxLatencyMs", "minQuality"] as const;
const HINTS = ["task", "domain", "language", "labels"] as const;
const QUERY_OPTIONS: readonly string[] = [
  ...CALL_OPTIONS,
  ...["requestId", "sessionId", "endUserId", "models", "requireTags", "tools", "responseFormat", "includePredictions"],
  ...["temperature", "topP", "maxTokens", "stop", "seed", "params"],
  ...PREFERENCE,
  ...HINTS,
];

// The parameters that the contract names, by OpenAI's names, under which they may stand in `params`, too.
const PARAMS = {
  temperature: { name: "temperature", check: number },
  top_p: { name: "topP", check: number },
  max_tokens: { name: "maxTokens", check: int32 },
  stop: { name: "stop", check: stops },
  seed: { name: "seed", check: int64 },
} as const satisfies Record<string, { name: keyof GenerationParams; check: Check<unknown> }>;

/** The request of `route`. */
export function routeRequest(messages: Messages, options: RouteOptions): RouteRequest {
  refuseUnknown("route", options, [...QUERY_OPTIONS, "singleCall"]);
  return { ...common(messages, options), singleCall: given(options, "singleCall", flag) ?? false };
}

/** The request of `complete`. */
export function completeRequest(messages: Messages, options: QueryOptions): CompleteRequest {
  refuseUnknown("complete", options, QUERY_OPTIONS);
  return common(messages, options);
}

/** The request of `streamComplete`. */
export function streamRequest(messages: Messages, options: StreamOptions): StreamCompleteRequest {
  refuseUnknown("streamComplete", options, [...QUERY_OPTIONS, "optimistic", "trace"]);
  const optimistic = given(options, "optimistic", flag) ?? false;
  return {
    ...common(messages, options),
    streamMode: optimistic ? "STREAM_MODE_OPTIMISTIC" : "STREAM_MODE_SETTLED",
    includeTrace: given(options, "trace", flag) ?? false,
  };
}

function common(messages: Messages, options: QueryOptions): CompleteRequest {
  return {
    requestId: given(options, "requestId", text),
    query: queryOf(messages, options),
    includePredictions: given(options, "includePredictions", flag) ?? false,
  };
}

/** The query. What options say takes the place of what a whole query says. Throws InvalidRequest. */
export function queryOf(messages: Messages, options: QueryOptions): Query {
  const base = isRecord(messages) && !(Symbol.iterator in messages) ? wholeQuery(messages) : undefined;
  const query = base ?? QueryType.fromPartial({ messages: chatOf(messages) });
  const set = <Name extends keyof Query>(name: Name, value: Query[Name] | undefined): void => {
    if (value !== undefined) query[name] = value;
  };
  set("sessionId", given(options, "sessionId", text));
  set("endUserId", given(options, "endUserId", text));
  set("models", given(options, "models", texts));
  set("requireTags", given(options, "requireTags", texts));
  set("toolsJson", given(options, "tools", tools));
  set("responseFormatJson", given(options, "responseFormat", json));
  set("params", paramsOf(query.params, options));
  set("preference", preferenceOf(query.preference, options));
  set("hints", hintsOf(query.hints, options));
  return query;
}

function wholeQuery(query: Partial<Query>): Query {
  return matched(query, QueryType.fromPartial(query), "query");
}

function tools(value: unknown, path: string): string[] {
  return list(value, path, "objects").map((tool, i) => json(tool, `${path}[${i}]`));
}

function stops(value: unknown, path: string): string[] {
  return typeof value === "string" ? [text(value, path)] : texts(value, path);
}

function paramsOf(base: GenerationParams | undefined, options: QueryOptions): GenerationParams | undefined {
  const own = options.params ?? {};
  if (!isRecord(own))
    throw invalid("params", `must be an object, for instance { temperature: 0.2 }, not ${shown(own)}`);
  const rest: Record<string, unknown> = { ...own };
  const said: Record<string, unknown> = {};
  for (const [spelt, { name, check }] of Object.entries(PARAMS)) {
    const direct = given<unknown>(options, name, check);
    const within = given<unknown>(rest, spelt, check);
    if (direct !== undefined && within !== undefined) {
      throw invalid(name, "is given twice, by itself and in params: leave one out");
    }
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a copy of ours
    delete rest[spelt];
    if ((direct ?? within) !== undefined) said[name] = direct ?? within;
  }
  if (Object.keys(rest).length > 0) said.extraJson = json(rest, "params");
  return Object.keys(said).length > 0 ? { ...(base ?? { stop: [] }), ...said } : undefined;
}

function preferenceOf(base: Preference | undefined, options: QueryOptions): Preference | undefined {
  const said = PREFERENCE.filter((name) => options[name] !== undefined);
  if (said.length === 0) return undefined;
  if (options.dial !== undefined && options.costWeight !== undefined) {
    throw invalid("dial", "and costWeight exclude each other: give one of them");
  }
  const made: Preference = base ?? ({} as Preference);
  for (const name of said) {
    const value = given(options, name, number);
    if (value === undefined) continue;
    if (name === "dial" || name === "costWeight") made.tradeoff = { $case: name, value };
    else made[name] = value;
  }
  return made;
}

function hintsOf(base: Hints | undefined, options: QueryOptions): Hints | undefined {
  if (HINTS.every((name) => options[name] === undefined)) return undefined;
  return {
    task: given(options, "task", text) ?? base?.task,
    domain: given(options, "domain", text) ?? base?.domain,
    language: given(options, "language", text) ?? base?.language,
    labels: given(options, "labels", labels) ?? base?.labels ?? {},
  };
}

function labels(value: unknown, path: string): Record<string, string> {
  if (!isRecord(value))
    throw invalid(path, `must be an object, for instance { feature: "search" }, not ${shown(value)}`);
  const pairs = Object.entries(value).map(([key, label]) => [text(key, path), text(label, `${path}.${key}`)]);
  return Object.fromEntries(pairs) as Record<string, string>;
}
