/** The client. */
import { Answer, Route, type Recorder } from "./answer";
import { refuseUnknown, text } from "./arguments";
import { FeedbackBatcher, type BatcherOptions, type Send } from "./batcher";
import { Caller } from "./caller";
import type { RawStubs } from "./channel";
import type { Messages } from "./chat";
import { Code, ServiceDefect, errorOfStatus, type PointsmanError } from "./errors";
import {
  feedbackRequest,
  itemRequests,
  sessionOutcomeRequest,
  type FeedbackItem,
  type FeedbackOptions,
  type SessionOutcomeOptions,
} from "./feedback";
import { outcomeRequest, type OutcomeOptions } from "./outcome";
import {
  completeRequest,
  routeRequest,
  streamRequest,
  type QueryOptions,
  type RouteOptions,
  type StreamOptions,
} from "./query";
import {
  identified,
  requestOf,
  rpcOf,
  type PartialRequest,
  type RequestOf,
  type ResponseOf,
  type Rpc,
  type RpcName,
} from "./rpcs";
import {
  CALL_OPTIONS,
  heirOf,
  settingsOf,
  termsOf,
  type CallOptions,
  type ClientOptions,
  type Settings,
} from "./settings";
import { CompletionStream } from "./stream";
import {
  RouterServiceService,
  type Episode,
  type ExplainEpisodeResponse,
  type FeedbackReceipt,
  type FeedbackResult as RawResult,
  type RecordSessionOutcomeResponse,
  type ReportOutcomeResponse,
  type StreamCompleteRequest,
  type StreamCompleteResponse,
} from "./v1";

/** What became of one piece of a batch: a receipt, or an error as a call of its own would have thrown it. */
export type FeedbackResult = { receipt: FeedbackReceipt; error?: never } | { error: PointsmanError; receipt?: never };

// That the end of a client waits for what its batchers hold: what a restart of the service takes.
const CLOSE_MS = 10_000;

/**
 * A connection to a Pointsman service, for any number of calls at the same time. Close it, or use it with `await using`.
 *
 * Every call takes `tenant`, `metadata`, `timeoutMs` and `signal` of its own. What goes wrong is a {@link PointsmanError},
 * arguments included.
 *
 * @example
 * const pointsman = new Client("127.0.0.1:50051", { tenant: "team-a" });
 * const answer = await pointsman.complete("What is 2 + 2?", { dial: 0.3 });
 * await answer.thumbsUp();
 * await pointsman.close();
 */
export class Client implements Disposable, AsyncDisposable {
  readonly #settings: Settings;
  readonly #caller: Caller;
  readonly #recorder: Recorder;
  readonly #batchers = new Set<FeedbackBatcher>();

  /** Connects when it is first used. Throws InvalidRequest for options that are wrong. */
  constructor(options?: ClientOptions);
  constructor(address: string, options?: Omit<ClientOptions, "address">);
  constructor(first: string | ClientOptions = {}, second: Omit<ClientOptions, "address"> = {}) {
    this.#settings = settingsOf(typeof first === "string" ? { ...second, address: first } : first);
    this.#caller = new Caller(this.#settings);
    this.#recorder = {
      feedback: (episodeId, options) => this.feedback(episodeId, options),
      reportOutcome: (episodeId, options) => this.reportOutcome(episodeId, options),
    };
  }

  /** An answer. messages: a text, messages as OpenAI has them, or a query of the contract. */
  async complete(messages: Messages, options: QueryOptions = {}): Promise<Answer> {
    const request = identified(completeRequest(messages, options), rpcOf("complete"));
    const response = await this.#send("complete", request, options);
    return new Answer(response, request.requestId ?? "", this.#recorder, heirOf(options));
  }

  /**
   * The answer as it comes about. Arguments that are wrong are thrown at once, everything else where it is read; it is
   * tried again only while nothing of it has come.
   */
  streamComplete(messages: Messages, options: StreamOptions = {}): CompletionStream {
    const rpc: Rpc<StreamCompleteRequest, StreamCompleteResponse> = RouterServiceService.streamComplete;
    const request = identified(streamRequest(messages, options), rpc);
    const terms = termsOf(this.#settings, options);
    const ask = (hangUp: AbortSignal): AsyncGenerator<StreamCompleteResponse, void, undefined> => {
      const signal = terms.signal ? AbortSignal.any([terms.signal, hangUp]) : hangUp;
      return this.#caller.stream(rpc, request, { ...terms, signal });
    };
    return new CompletionStream(request, ask, this.#recorder, heirOf(options));
  }

  /** Which model should answer. Nothing is called; tell what came of it with its `reportOutcome`. */
  async route(messages: Messages, options: RouteOptions = {}): Promise<Route> {
    const request = identified(routeRequest(messages, options), rpcOf("route"));
    const response = await this.#send("route", request, options);
    return new Route(response, request.requestId ?? "", this.#recorder, heirOf(options));
  }

  /** Tells what came of a routed query. */
  async reportOutcome(episodeId: string, options: OutcomeOptions): Promise<ReportOutcomeResponse> {
    return this.#send("reportOutcome", outcomeRequest(episodeId, options), options);
  }

  /** Says what an answer was worth: one of thumb, rating (1 to 5), correction (the right text), score (0 to 1). */
  async feedback(episodeId: string, options: FeedbackOptions): Promise<FeedbackReceipt> {
    const { receipt } = await this.#send("recordFeedback", feedbackRequest(episodeId, options), options);
    return told(receipt, "receipt");
  }

  /** Records up to 1,000; a result each, in order, of which some may be errors. */
  async feedbackBatch(items: Iterable<FeedbackItem>, options: CallOptions = {}): Promise<FeedbackResult[]> {
    refuseUnknown("feedbackBatch", options, CALL_OPTIONS);
    const { results } = await this.#send("recordFeedbackBatch", { requests: itemRequests(items) }, options);
    return results.map(resultOf);
  }

  /** Says what came of a session, or of an agent's run: one of thumb, rating (1 to 5) and score (0 to 1). */
  async recordSessionOutcome(sessionId: string, options: SessionOutcomeOptions): Promise<RecordSessionOutcomeResponse> {
    return this.#send("recordSessionOutcome", sessionOutcomeRequest(sessionId, options), options);
  }

  /** All that became of a query. */
  async getEpisode(episodeId: string, options: CallOptions = {}): Promise<Episode> {
    refuseUnknown("getEpisode", options, CALL_OPTIONS);
    const { episode } = await this.#send("getEpisode", { episodeId: text(episodeId, "episodeId") }, options);
    return told(episode, "episode");
  }

  /** Why a query went as it did: in words, and what each verdict moved. */
  async explainEpisode(episodeId: string, options: CallOptions = {}): Promise<ExplainEpisodeResponse> {
    refuseUnknown("explainEpisode", options, CALL_OPTIONS);
    return this.#send("explainEpisode", { episodeId: text(episodeId, "episodeId") }, options);
  }

  /**
   * Sends any request of the contract that has one response, the operators' too.
   *
   * @example
   * const { models } = await pointsman.call("listModels", {});
   */
  async call<Name extends RpcName>(
    rpc: Name,
    request: PartialRequest<Name>,
    options: CallOptions = {},
  ): Promise<ResponseOf<Name>> {
    refuseUnknown("call", options, CALL_OPTIONS);
    rpcOf(rpc);
    return this.#send(rpc, requestOf(rpc, request), options);
  }

  /** A queue that sends feedback in the background. It never blocks, and ends with the client. */
  batcher(options: BatcherOptions = {}): FeedbackBatcher {
    const { tenant, metadata } = options;
    termsOf(this.#settings, { tenant, metadata }); // What is wrong is thrown now, not when the first batch is sent.
    const policy = { ...this.#settings.retry, attempts: 1 };
    const rpc = rpcOf("recordFeedbackBatch");
    const send: Send = async (requests, timeoutMs, of = tenant) => {
      const terms = termsOf(this.#settings, { tenant: of, metadata, timeoutMs });
      const { results } = await this.#caller.unary(rpc, { requests }, terms, policy);
      return results.map(resultOf);
    };
    const made = new FeedbackBatcher(send, this.#settings.retry, options, () => this.#batchers.delete(made));
    this.#batchers.add(made);
    return made;
  }

  /** The generated clients of grpc-js on the same connections; their calls set everything themselves. */
  get raw(): RawStubs {
    return this.#caller.channels.stubs;
  }

  /**
   * Ends the connection, and with it the calls that are under way; they fail with `ClosedClient`. What batchers hold is sent
   * first: without batchers it is closed when this returns, with them when the promise resolves.
   *
   * @param options timeoutMs: how long batchers may take (10,000); then what is left is dropped, and told as that
   */
  async close({ timeoutMs = CLOSE_MS }: { timeoutMs?: number } = {}): Promise<void> {
    try {
      if (this.#batchers.size > 0)
        await Promise.all([...this.#batchers].map((batcher) => batcher.close({ timeoutMs })));
    } finally {
      this.#caller.close();
    }
  }

  [Symbol.dispose](): void {
    void this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #send<Name extends RpcName>(
    name: Name,
    request: RequestOf<Name>,
    options: CallOptions,
  ): Promise<ResponseOf<Name>> {
    const rpc = rpcOf(name);
    return this.#caller.unary(rpc, identified(request, rpc), termsOf(this.#settings, options));
  }
}

/** What a response of this contract always has. */
function told<Part>(part: Part | undefined, name: string): Part {
  if (part === undefined) throw new ServiceDefect(Code.INTERNAL, `the service answered without the ${name}`);
  return part;
}

function resultOf({ result }: RawResult): FeedbackResult {
  if (result?.$case === "receipt") return { receipt: result.value };
  const silent = { code: Code.INTERNAL, message: "the service did not say what became of it", details: [] };
  return { error: errorOfStatus(result?.value ?? silent) };
}
