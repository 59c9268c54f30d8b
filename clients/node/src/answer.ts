/** What came back, with its handle: feedback on an answer is a method of the answer. */
import { invalid, refuseUnknown, shown } from "./arguments";
import { ABOUT, type FeedbackAbout, type FeedbackOptions, type Signal } from "./feedback";
import type { OutcomeOptions } from "./outcome";
import { CALL_OPTIONS, type CallOptions } from "./settings";
import {
  Usage as UsageType,
  type CompleteResponse,
  type ContentPart,
  type Decision,
  type FeedbackReceipt,
  type ReportOutcomeResponse,
  type RouteResponse,
  type ToolCall,
  type Usage,
} from "./v1";

/** What may be said beside a thumb, a rating, a correction or a score, and of its call. */
export type SaidBeside = FeedbackAbout & CallOptions;

/** What a handle needs of its client. @internal */
export interface Recorder {
  feedback(episodeId: string, options: FeedbackOptions): Promise<FeedbackReceipt>;
  reportOutcome(episodeId: string, options: OutcomeOptions): Promise<ReportOutcomeResponse>;
}

/** An episode that feedback can be given on, for the tenant and by the caller of the call that it came from. */
export abstract class Handle {
  /** What feedback refers to; keep it to give feedback later, from elsewhere: `client.feedback(episodeId, ...)`. */
  readonly episodeId: string;
  /** The id that the request was sent with, yours or the one that was made up. */
  readonly requestId: string;
  readonly #recorder: Recorder;
  readonly #heir: CallOptions;

  /** @internal */
  constructor(episodeId: string, requestId: string, recorder: Recorder, heir: CallOptions) {
    this.episodeId = episodeId;
    this.requestId = requestId;
    this.#recorder = recorder;
    this.#heir = heir;
  }

  /** The answer was good: `thumbsUp()`, `thumbsUp("right and fast")`, `thumbsUp("right and fast", { endUserId })`. */
  thumbsUp(comment?: string, beside?: SaidBeside): Promise<FeedbackReceipt>;
  thumbsUp(beside: SaidBeside): Promise<FeedbackReceipt>;
  thumbsUp(comment?: string | SaidBeside, beside?: SaidBeside): Promise<FeedbackReceipt> {
    return this.#thumb(true, comment, beside);
  }

  /** The answer was bad; the comment says why, for people who read. */
  thumbsDown(comment?: string, beside?: SaidBeside): Promise<FeedbackReceipt>;
  thumbsDown(beside: SaidBeside): Promise<FeedbackReceipt>;
  thumbsDown(comment?: string | SaidBeside, beside?: SaidBeside): Promise<FeedbackReceipt> {
    return this.#thumb(false, comment, beside);
  }

  /** Stars, from 1, worst, to 5, best; fractions are fine. */
  rate(rating: number, beside: SaidBeside = {}): Promise<FeedbackReceipt> {
    return this.#say({ rating }, beside);
  }

  /** The text that would have been right. */
  correct(correction: string, beside: SaidBeside = {}): Promise<FeedbackReceipt> {
    return this.#say({ correction }, beside);
  }

  /** A measured outcome, 0 to 1. */
  score(score: number, beside: SaidBeside = {}): Promise<FeedbackReceipt> {
    return this.#say({ score }, beside);
  }

  /** @internal */
  protected report(outcome: OutcomeOptions): Promise<ReportOutcomeResponse> {
    return this.#recorder.reportOutcome(this.episodeId, { ...this.#heir, ...outcome });
  }

  async #thumb(
    thumb: boolean,
    comment: string | SaidBeside | undefined,
    beside: SaidBeside | undefined,
  ): Promise<FeedbackReceipt> {
    if (typeof comment === "object") {
      if (beside !== undefined) throw invalid("comment", `must be a text, not ${shown(comment)}`);
      return this.#say({ thumb }, comment);
    }
    if (comment !== undefined && beside?.comment !== undefined) {
      throw invalid("comment", "is said twice: as the first argument, and by its name");
    }
    return this.#say({ thumb }, comment === undefined ? (beside ?? {}) : { ...beside, comment });
  }

  async #say(signal: Signal, beside: SaidBeside): Promise<FeedbackReceipt> {
    refuseUnknown("feedback", beside, [...ABOUT, ...CALL_OPTIONS]);
    return this.#recorder.feedback(this.episodeId, { ...this.#heir, ...beside, ...signal });
  }
}

/** An answer. `JSON.stringify` writes what it says, without what it can do. */
export class Answer extends Handle {
  /** The text; empty where the model only calls tools. */
  readonly text: string;
  /** The model that wrote it. */
  readonly model: string;
  /** Tokens of all calls together; what is not known is undefined. `raw.answer.usage` has those of this answer. */
  readonly usage: Readonly<Usage>;
  /** All that it cost in US dollars, judges included; undefined where prices are not known. */
  readonly costUsd: number | undefined;
  /** Why the model stopped: "stop", "length", "tool_calls", "content_filter", "other", or "unspecified". */
  readonly finishReason: string;
  /** The tools that the model wants called. */
  readonly toolCalls: readonly ToolCall[];
  /** What the answer has beside text: pictures, sound, documents. */
  readonly parts: readonly ContentPart[];
  /** P(the answer is right) as the router believes, 0 to 1. */
  readonly believedQuality: number | undefined;
  /** Whether the requestId was known, and this is its first answer again. */
  readonly replayed: boolean;
  /** The message of the contract, with the trace of how the answer came about. */
  readonly raw: CompleteResponse;

  /** @internal */
  constructor(raw: CompleteResponse, requestId: string, recorder: Recorder, heir: CallOptions) {
    super(raw.episodeId, requestId, recorder, heir);
    const { answer } = raw;
    this.text = answer?.text ?? "";
    this.model = answer?.model ?? "";
    this.usage = raw.usage ?? UsageType.fromPartial({});
    this.costUsd = raw.costUsd;
    this.finishReason = (answer?.finishReason ?? "FINISH_REASON_UNSPECIFIED")
      .replace("FINISH_REASON_", "")
      .toLowerCase();
    this.toolCalls = answer?.toolCalls ?? [];
    this.parts = answer?.parts ?? [];
    this.believedQuality = raw.believedQuality;
    this.replayed = raw.replayed;
    this.raw = raw;
  }
}

/** A decision: which model should answer. Call it yourself, then tell what came of it with `reportOutcome`. */
export class Route extends Handle {
  /** The model that should answer. */
  readonly model: string;
  /** P(this model | the query), in (0, 1], as it was logged. */
  readonly propensity: number | undefined;
  /** The whole decision, and why. */
  readonly decision: Decision | undefined;
  /** Whether the requestId was known, and this is its first decision again. */
  readonly replayed: boolean;
  /** The message of the contract. */
  readonly raw: RouteResponse;

  /** @internal */
  constructor(raw: RouteResponse, requestId: string, recorder: Recorder, heir: CallOptions) {
    super(raw.episodeId, requestId, recorder, heir);
    this.model = raw.decision?.model ?? "";
    this.propensity = raw.decision?.propensity;
    this.decision = raw.decision;
    this.replayed = raw.replayed;
    this.raw = raw;
  }

  /** Tells what came of it. What is left out teaches nothing: it is not taken for 0. */
  reportOutcome(outcome: OutcomeOptions): Promise<ReportOutcomeResponse> {
    return this.report(outcome);
  }
}
