/** Streams of an answer that comes about. */
import { Answer, type Recorder } from "./answer";
import { invalid } from "./arguments";
import { cancelled } from "./caller";
import { Code, PointsmanError, ServiceDefect } from "./errors";
import type { CallOptions } from "./settings";
import type { StreamCompleteRequest, StreamCompleteResponse } from "./v1";

type Item = NonNullable<StreamCompleteResponse["item"]>;

/**
 * What a stream tells, by its `type`: "begun", "text", "reasoning", "toolCall", "ended", "retraction", "progress", "trace",
 * "summary", with the fields of the contract's message. Later versions add types: ignore one that you do not know.
 */
export type StreamEvent = {
  [Case in Item["$case"]]: { readonly type: Case } & Extract<Item, { $case: Case }>["value"];
}[Item["$case"]];

/** Asks for the items of the stream; signal: ends it. @internal */
export type Ask = (signal: AbortSignal) => AsyncGenerator<StreamCompleteResponse, void, undefined>;

/**
 * An answer that comes about, for one reader: its events, or with `texts()` its text, and with `answer` the whole. It is
 * asked for when somebody begins to read. Leaving a loop early ends the model call that is under way.
 *
 * @example
 * const stream = pointsman.streamComplete("What is 2 + 2?");
 * for await (const piece of stream.texts()) process.stdout.write(piece);
 * const answer = await stream.answer;
 * await answer.thumbsUp();
 */
export class CompletionStream implements AsyncIterable<StreamEvent>, AsyncDisposable {
  /** Of the query; with the same, a stream that broke can be asked for again. */
  readonly requestId: string;
  #episodeId: string | undefined;
  #outcome: Answer | PointsmanError | undefined;
  #waiting: (() => void)[] = [];
  #read = false;
  #left = false;
  readonly #hangUp = new AbortController();
  readonly #optimistic: boolean;

  /** @internal */
  constructor(
    request: StreamCompleteRequest,
    private readonly ask: Ask,
    private readonly recorder: Recorder,
    private readonly heir: CallOptions,
  ) {
    this.requestId = request.requestId ?? "";
    this.#optimistic = request.streamMode === "STREAM_MODE_OPTIMISTIC";
  }

  /** What feedback refers to, whatever becomes of the stream; undefined until it is told. */
  get episodeId(): string | undefined {
    return this.#episodeId;
  }

  /**
   * The whole answer, at the end of the stream; where nobody reads the stream, this does. Rejects with the error that
   * ended it, `Cancelled` where its reader left.
   */
  get answer(): Promise<Answer> {
    return this.#settled();
  }

  /** The events, in order. */
  [Symbol.asyncIterator](): AsyncGenerator<StreamEvent, void, undefined> {
    if (this.#read) throw invalid("stream", "is being read, or was read: its events come once");
    this.#read = true;
    return this.#events();
  }

  /** The pieces of the answer's text, which stand. Throws InvalidRequest for an optimistic stream, which takes pieces back. */
  texts(): AsyncGenerator<string, void, undefined> {
    if (this.#optimistic) {
      const remedy = "read the events, and drop what you have at a retraction";
      throw invalid("optimistic", `streams take texts back: ${remedy}; texts() is for streams that are not`);
    }
    return textsOf(this[Symbol.asyncIterator]());
  }

  /** Ends it, where it has not ended. Whoever reads gets `Cancelled`. */
  cancel(): void {
    this.#hangUp.abort();
    if (!this.#read) {
      this.#read = true;
      this.#settle(cancelled(this.#hangUp.signal));
    }
  }

  /** For `await using`: ends it, where it has not ended. */
  [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    return Promise.resolve();
  }

  async *#events(): AsyncGenerator<StreamEvent, void, undefined> {
    let ended = false;
    try {
      for await (const { item } of this.ask(this.#hangUp.signal)) {
        if (item === undefined) continue; // Of a later version.
        this.#hear(item);
        yield { type: item.$case, ...item.value } as StreamEvent;
      }
      if (this.#outcome === undefined)
        throw defect("the stream ended without its summary, so the answer may not be whole");
      ended = true;
    } catch (error) {
      this.#settle(error as PointsmanError);
      ended = true;
      throw error;
    } finally {
      // Only a reader who left comes here without an end.
      if (!ended) this.#hangUp.abort();
      this.#settle(this.#outcome ?? cancelled(this.#hangUp.signal));
    }
  }

  #hear(item: Item): void {
    if (item.$case === "begun") this.#episodeId = item.value.episodeId;
    if (item.$case !== "summary") return;
    this.#episodeId = item.value.episodeId;
    this.#outcome = new Answer(item.value, this.requestId, this.recorder, this.heir);
  }

  #settle(outcome: Answer | PointsmanError): void {
    this.#outcome = outcome;
    this.#left = true;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #settled(): Promise<Answer> {
    // Whoever takes the promise first and begins to read in the same turn is the reader.
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.#read) void this.#drain();
    if (!this.#left) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#outcome instanceof Answer) return this.#outcome;
    throw this.#outcome ?? cancelled(this.#hangUp.signal);
  }

  async #drain(): Promise<void> {
    try {
      const events = this[Symbol.asyncIterator]();
      while (!(await events.next()).done);
    } catch {
      // The outcome has it, and whoever waits for the answer gets it.
    }
  }
}

async function* textsOf(events: AsyncIterable<StreamEvent>): AsyncGenerator<string, void, undefined> {
  for await (const event of events) {
    if (event.type === "retraction") throw defect(`a stream that was to stand was retracted: ${event.reason}`);
    if (event.type === "text" && event.text !== "") yield event.text;
  }
}

function defect(message: string): ServiceDefect {
  return new ServiceDefect(Code.INTERNAL, message);
}
