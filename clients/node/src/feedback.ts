/** Feedback on answers and outcomes of sessions, from plain values. */
import { given, invalid, isRecord, list, names, number, refuseUnknown, shown, text } from "./arguments";
import { CALL_OPTIONS, type CallOptions } from "./settings";
import type { Feedback, RecordFeedbackRequest, RecordSessionOutcomeRequest, Thumb } from "./v1";

/** true, "up" or "THUMB_UP"; false, "down" or "THUMB_DOWN". Anything else is an error: a guess would teach the opposite. */
export type ThumbWord = boolean | "up" | "down" | "THUMB_UP" | "THUMB_DOWN";

/** What an answer was worth; exactly one. */
export type Signal =
  | { thumb: ThumbWord; rating?: never; correction?: never; score?: never }
  /** 1, worst, to 5, best; fractions are fine. */
  | { rating: number; thumb?: never; correction?: never; score?: never }
  /** The text that would have been right. */
  | { correction: string; thumb?: never; rating?: never; score?: never }
  /** A measured outcome, 0 to 1. */
  | { score: number; thumb?: never; rating?: never; correction?: never };

/** What may be said beside a signal. */
export interface FeedbackAbout {
  /** Whose answer it is about, where that is not the accepted one. */
  model?: string;
  /** Who says so. */
  endUserId?: string;
  /** What is said beside it, in own words, for people who read: nothing is learnt from it. Not blank; at most 4,000 characters. */
  comment?: string;
  /** The same again counts once; made up where it is left out. */
  requestId?: string;
}

/** What an answer was worth, and what its call may say. */
export type FeedbackOptions = Signal & FeedbackAbout & CallOptions;

/** A piece of feedback for a batch. */
export type FeedbackItem = Signal & FeedbackAbout & { episodeId: string };

/** What came of a session; a correction is none. */
export type SessionOutcomeOptions = Exclude<Signal, { correction: string }> &
  Omit<FeedbackAbout, "model" | "comment"> &
  CallOptions;

const SIGNALS = ["thumb", "rating", "correction", "score"] as const;
export const ABOUT = ["model", "endUserId", "comment", "requestId"] as const;

/** The thumb that is meant. Throws InvalidRequest for all that is not plainly one. */
export function thumbOf(thumb: unknown, path = "thumb"): Thumb {
  if (thumb === true || thumb === "up" || thumb === "THUMB_UP") return "THUMB_UP";
  if (thumb === false || thumb === "down" || thumb === "THUMB_DOWN") return "THUMB_DOWN";
  throw invalid(path, `must be true, "up" or "THUMB_UP", or false, "down" or "THUMB_DOWN", not ${shown(thumb)}`);
}

/** The request of `feedback`. */
export function feedbackRequest(episodeId: string, options: FeedbackOptions): RecordFeedbackRequest {
  refuseUnknown("feedback", options, [...SIGNALS, ...ABOUT, ...CALL_OPTIONS]);
  return requestOf({ ...options, episodeId }, "");
}

/** The request for one item of a batch; path: where it stands. */
export function itemRequest(item: unknown, path: string): RecordFeedbackRequest {
  if (!isRecord(item)) {
    throw invalid(path, `must be an object as { episodeId: "...", thumb: "up" }, not ${shown(item)}`);
  }
  refuseUnknown(path, item, [...SIGNALS, ...ABOUT, "episodeId"]);
  return requestOf(item, `${path}.`);
}

/** The requests of `feedbackBatch`. */
export function itemRequests(items: unknown): RecordFeedbackRequest[] {
  return list(items, "feedback", "feedback").map((item, i) => itemRequest(item, `feedback[${i}]`));
}

/** The request of `recordSessionOutcome`. */
export function sessionOutcomeRequest(sessionId: string, options: SessionOutcomeOptions): RecordSessionOutcomeRequest {
  const known = ["thumb", "rating", "score", "endUserId", "requestId", ...CALL_OPTIONS];
  refuseUnknown("recordSessionOutcome", options, known);
  return {
    requestId: given(options, "requestId", text),
    sessionId: text(sessionId, "sessionId"),
    endUserId: given(options, "endUserId", text),
    signal: signalOf(options, "") as RecordSessionOutcomeRequest["signal"],
  };
}

function requestOf(item: object, at: string): RecordFeedbackRequest {
  const said = item as Record<string, unknown>;
  return {
    requestId: given(said, "requestId", text, `${at}requestId`),
    feedback: {
      episodeId: text(said.episodeId, `${at}episodeId`),
      model: given(said, "model", text, `${at}model`),
      endUserId: given(said, "endUserId", text, `${at}endUserId`),
      comment: given(said, "comment", text, `${at}comment`),
      signal: signalOf(said, at),
    },
  };
}

function signalOf(said: object, at: string): Feedback["signal"] {
  const [signal, ...more] = names(said, "feedback").filter((name) => (SIGNALS as readonly string[]).includes(name));
  if (signal === undefined || more.length > 0) {
    const found = [signal, ...more].filter(Boolean).join(" and ") || "none";
    throw invalid(`${at}signal`, `is missing or said twice: give exactly one of ${SIGNALS.join(", ")}, not ${found}`);
  }
  const path = `${at}${signal}`;
  if (signal === "thumb") return { $case: signal, value: thumbOf((said as { thumb: unknown }).thumb, path) };
  if (signal === "correction") return { $case: signal, value: given(said, signal, text, path) ?? "" };
  return { $case: signal as "rating" | "score", value: given(said, signal, number, path) ?? 0 };
}
