/** Feedback in the background: a bounded queue that is sent in batches, and sent again until it is acknowledged. */
import { given, invalid, number, refuseUnknown, shown, type Check } from "./arguments";
import type { FeedbackResult } from "./client";
import {
  ClosedClient,
  Code,
  DeadlineExceeded,
  InvalidRequest,
  OverLimit,
  PointsmanError,
  ServiceDefect,
  Unavailable,
} from "./errors";
import { itemRequest, type FeedbackItem } from "./feedback";
import { checkedTenant, type CallOptions } from "./settings";
import { waitMs, type FullRetryPolicy } from "./retry";
import { newId } from "./rpcs";
import { RecordFeedbackRequest as RequestType, type FeedbackReceipt, type RecordFeedbackRequest } from "./v1";

/** Why an item was dropped: no room, retried in vain until its deadline, or handed over after the close. */
export type DropReason = "full" | "deadline" | "closed";

/** A piece of feedback for a batcher, which may be another tenant's than the batcher's. */
export type BatcherItem = FeedbackItem & Pick<CallOptions, "tenant">;

/** A piece of feedback as it was handed over, with the id that it is sent by. */
export type HandedOver = BatcherItem & { readonly requestId: string };

/** How a batcher keeps, sends and tells. Everything may be left out. */
export interface BatcherOptions extends Pick<CallOptions, "tenant" | "metadata"> {
  /** The most items that it holds (10,000). */
  maxItems?: number;
  /** The most bytes that it holds (32 MiB). */
  maxBytes?: number;
  /** Items that are sent together (500); the contract takes 1,000. */
  flushItems?: number;
  /** Bytes that are sent together (3 MiB); the service takes 4 MiB. */
  flushBytes?: number;
  /** The longest time that an item waits for others, in milliseconds (1,000). */
  flushIntervalMs?: number;
  /** How long an item is tried again, in milliseconds (600,000). */
  deadlineMs?: number;
  /** Told of each item that was dropped, with the last error where there was one. */
  onDropped?: (item: HandedOver, reason: DropReason, error?: PointsmanError) => void;
  /** Told of each item that the service refused. */
  onRefused?: (item: HandedOver, error: PointsmanError) => void;
  /** Told of each item that is in the service's log. */
  onAcknowledged?: (item: HandedOver, receipt: FeedbackReceipt) => void;
  /** Where losses are written (console.warn); null for nowhere. */
  log?: ((message: string) => void) | null;
}

/** What became of what was handed over: acknowledged + refused + dropped + pending = added, always. */
export interface BatcherStats {
  readonly added: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  readonly pending: number;
  /** Calls that were made. */
  readonly requests: number;
}

/** Sends requests as one batch, for the batcher's tenant where none is named. @internal */
export type Send = (
  requests: RecordFeedbackRequest[],
  timeoutMs: number,
  tenant: string | undefined,
) => Promise<FeedbackResult[]>;

interface Entry {
  readonly item: HandedOver;
  readonly request: RecordFeedbackRequest;
  readonly tenant: string | undefined;
  readonly bytes: number;
  /** On the clock of performance.now(). */
  readonly deadline: number;
  readonly place: number;
}

const LIMITS = {
  maxItems: 10_000,
  maxBytes: 32 << 20,
  flushItems: 500,
  flushBytes: 3 << 20,
  flushIntervalMs: 1_000,
  deadlineMs: 600_000,
};
const MOST_IN_A_BATCH = 1_000;
// A service that takes longer for one batch is taken for one that does not answer.
const LONGEST_CALL_MS = 30_000;
// The tag and the length of an item in its batch: one byte and at most five.
const FRAME_BYTES = 6;
// Losses come in crowds; a line a second tells as much.
const LOG_EVERY_MS = 1_000;

/**
 * A queue that sends feedback in the background. Made by {@link Client.batcher}.
 *
 * @example
 * const batcher = pointsman.batcher({ onDropped: (item, reason) => metrics.count(reason) });
 * batcher.add({ episodeId: answer.episodeId, thumb: "up" });
 * await batcher.close();
 */
export class FeedbackBatcher implements AsyncDisposable {
  readonly #limits: typeof LIMITS;
  readonly #counts = { added: 0, acknowledged: 0, refused: 0, requests: 0 };
  readonly #dropped: Record<DropReason, number> = { full: 0, deadline: 0, closed: 0 };
  #queue: Entry[] = [];
  #held = 0;
  #heldBytes = 0;
  #place = 0;
  #waiting: { until: number; wake: () => void }[] = [];
  #flushUntil = -1;
  #timer: NodeJS.Timeout | undefined;
  #working = false;
  #failures = 0;
  #notBefore = 0;
  #wake: (() => void) | undefined;
  #closed = false;
  #gaveUp = false;
  #unlogged = 0;
  #loggedAt = -Infinity;

  /** @internal */
  constructor(
    private readonly send: Send,
    private readonly retry: FullRetryPolicy,
    private readonly options: BatcherOptions,
    private readonly ended: () => void,
  ) {
    this.#limits = limitsOf(options);
  }

  /** What became of what was handed over so far. */
  get stats(): BatcherStats {
    return { ...this.#counts, dropped: { ...this.#dropped }, pending: this.#held };
  }

  /**
   * Hands an item over; returns at once, false where it was dropped. Throws InvalidRequest for what is no feedback, which
   * is not counted.
   */
  add(item: BatcherItem): boolean {
    const { tenant: named, ...said } = item;
    const tenant = given({ tenant: named }, "tenant", checkedTenant, "item.tenant");
    const { requestId = newId(), feedback } = itemRequest(said, "item");
    const request = { requestId, feedback };
    const bytes = RequestType.encode(request).finish().length + FRAME_BYTES;
    const handed = { ...item, requestId } as HandedOver;
    this.#counts.added++;
    if (this.#closed) return this.#refuse(handed, "closed");
    const { maxItems, maxBytes, deadlineMs } = this.#limits;
    if (this.#held >= maxItems || this.#heldBytes + bytes > maxBytes) return this.#refuse(handed, "full");
    this.#held++;
    this.#heldBytes += bytes;
    const deadline = performance.now() + deadlineMs;
    this.#queue.push({ item: handed, request, tenant, bytes, deadline, place: this.#place++ });
    this.#work();
    return true;
  }

  /** Waits until all that was handed over is acknowledged, refused or dropped. */
  async flush(): Promise<BatcherStats> {
    this.#flushUntil = this.#place - 1;
    if (this.#held > 0) {
      const settled = new Promise<void>((wake) => this.#waiting.push({ until: this.#flushUntil, wake }));
      this.#work();
      await settled;
    }
    this.#writeLosses(true);
    return this.stats;
  }

  /**
   * Takes nothing more, and waits as `flush` does.
   *
   * @param options timeoutMs: how long it may take; then what is left is dropped as "closed"
   */
  async close(options: { timeoutMs?: number } = {}): Promise<BatcherStats> {
    this.#closed = true;
    const timeoutMs = given(options, "timeoutMs", positive);
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            this.#giveUp();
          }, timeoutMs);
    try {
      return await this.flush();
    } finally {
      clearTimeout(timer);
      this.ended();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Sends now where there is reason to, else when the first item has waited long enough. */
  #work(): void {
    if (this.#working || this.#queue.length === 0) return;
    if (this.#isDue()) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#working = true;
      void this.#sendAll();
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flushUntil = this.#place - 1;
      this.#work();
    }, this.#limits.flushIntervalMs);
  }

  #isDue(): boolean {
    const { flushItems, flushBytes } = this.#limits;
    const first = this.#queue[0];
    if (first === undefined) return false;
    return first.place <= this.#flushUntil || this.#queue.length >= flushItems || this.#heldBytes >= flushBytes;
  }

  async #sendAll(): Promise<void> {
    while (this.#isDue()) {
      await this.#untilAllowed();
      this.#dropLate();
      const batch = this.#take();
      if (batch.length > 0) await this.#sendOne(batch);
      this.#wakeSettled();
    }
    this.#working = false;
    this.#work();
  }

  /** The first items of the queue that fit into one call: those of one tenant. */
  #take(): Entry[] {
    let bytes = 0;
    let count = 0;
    for (const entry of this.#queue) {
      bytes += entry.bytes;
      if (entry.tenant !== this.#queue[0]?.tenant) break;
      if (count === this.#limits.flushItems || (count > 0 && bytes > this.#limits.flushBytes)) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #sendOne(batch: Entry[]): Promise<void> {
    const now = performance.now();
    const left = Math.max(...batch.map((entry) => entry.deadline)) - now;
    this.#counts.requests++;
    try {
      const results = await this.send(
        batch.map((entry) => entry.request),
        // At least some time, which a call must have: the deadline may just have passed, and then the call says so.
        Math.max(1, Math.min(left, LONGEST_CALL_MS)),
        batch[0]?.tenant,
      );
      this.#failures = 0;
      this.#settle(batch, results);
    } catch (thrown) {
      await this.#failed(batch, thrown as PointsmanError);
    }
  }

  #settle(batch: Entry[], results: FeedbackResult[]): void {
    const again: Entry[] = [];
    let worst: PointsmanError | undefined;
    batch.forEach((entry, i) => {
      const { receipt, error } = results[i] ?? { error: new ServiceDefect(Code.INTERNAL, "no result came for it") };
      if (receipt) this.#acknowledge(entry, receipt);
      else if (isPassing(error)) {
        again.push(entry);
        worst = error;
      } else this.#refused(entry, error);
    });
    if (worst) this.#again(again, worst);
  }

  async #failed(batch: Entry[], error: PointsmanError): Promise<void> {
    if (error instanceof ClosedClient)
      batch.forEach((entry) => {
        this.#drop(entry, "closed", error);
      });
    else if (isPassing(error)) this.#again(batch, error);
    else if (isOfContent(error) && batch.length > 1) {
      // One of them made the whole batch be refused: the others are told apart from it.
      const half = batch.length >> 1;
      await this.#sendOne(batch.slice(0, half));
      await this.#sendOne(batch.slice(half));
    } else
      batch.forEach((entry) => {
        this.#refused(entry, error);
      });
  }

  /** Puts items back where they were, not to be sent before a while. */
  #again(entries: Entry[], error: PointsmanError): void {
    this.#failures++;
    this.#lastError = error;
    // Four times at least before an item's deadline, however short that is.
    const longest = this.#limits.deadlineMs / 4;
    const grown = Math.min(waitMs(this.retry, this.#failures, Math.random()), longest);
    const wait = Math.max(grown, error.retryAfterMs ?? 0);
    this.#notBefore = performance.now() + wait;
    this.#queue = [...entries, ...this.#queue].sort((a, b) => a.place - b.place);
    this.#flushUntil = Math.max(this.#flushUntil, entries[entries.length - 1]?.place ?? -1);
  }

  #lastError: PointsmanError | undefined;

  /** Waits for the time of the next try, or for the first deadline if that is earlier. */
  async #untilAllowed(): Promise<void> {
    const first = this.#queue.reduce((least, entry) => Math.min(least, entry.deadline), Infinity);
    const wait = Math.min(this.#notBefore, first) - performance.now();
    if (wait <= 0 || this.#gaveUp) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #dropLate(): void {
    const now = performance.now();
    const reason = this.#gaveUp ? "closed" : "deadline";
    const late = this.#queue.filter((entry) => this.#gaveUp || entry.deadline <= now);
    if (late.length === 0) return;
    this.#queue = this.#queue.filter((entry) => !this.#gaveUp && entry.deadline > now);
    for (const entry of late) this.#drop(entry, reason, this.#lastError);
  }

  #giveUp(): void {
    this.#gaveUp = true;
    this.#wake?.();
  }

  #acknowledge(entry: Entry, receipt: FeedbackReceipt): void {
    this.#release(entry);
    this.#counts.acknowledged++;
    this.#tell(() => this.options.onAcknowledged?.(entry.item, receipt));
  }

  #refused(entry: Entry, error: PointsmanError): void {
    this.#release(entry);
    this.#counts.refused++;
    this.#tell(() => this.options.onRefused?.(entry.item, error));
    this.#lose();
  }

  #drop(entry: Entry, reason: DropReason, error?: PointsmanError): void {
    this.#release(entry);
    this.#refuse(entry.item, reason, error);
  }

  #refuse(item: HandedOver, reason: DropReason, error?: PointsmanError): false {
    this.#dropped[reason]++;
    this.#tell(() => this.options.onDropped?.(item, reason, error));
    this.#lose();
    return false;
  }

  #release(entry: Entry): void {
    this.#held--;
    this.#heldBytes -= entry.bytes;
  }

  /** What a listener throws is its own affair, told as Node tells what nobody catches, and stops no feedback. */
  #tell(listener: () => void): void {
    try {
      listener();
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown;
      });
    }
  }

  #lose(): void {
    this.#unlogged++;
    this.#writeLosses(false);
  }

  #writeLosses(now: boolean): void {
    if (this.#unlogged === 0 || (!now && performance.now() - this.#loggedAt < LOG_EVERY_MS)) return;
    const { full, deadline, closed } = this.#dropped;
    const sum = `in all ${full} for want of room, ${deadline} retried in vain, ${closed} after the close, ${this.#counts.refused} refused`;
    const why = this.#lastError ? `; last error: ${this.#lastError.message}` : "";
    this.#unlogged = 0;
    this.#loggedAt = performance.now();
    // eslint-disable-next-line no-console -- the log, where the caller names none
    const log = this.options.log === undefined ? console.warn : this.options.log;
    log?.(`pointsman: feedback was lost: ${sum}${why}`);
  }

  #wakeSettled(): void {
    const lowest = this.#queue[0]?.place ?? Infinity;
    const settled = this.#waiting.filter(({ until }) => until < lowest);
    this.#waiting = this.#waiting.filter(({ until }) => until >= lowest);
    for (const { wake } of settled) wake();
  }
}

/** Whether the same may be taken later. */
function isPassing(error: PointsmanError): boolean {
  if (error instanceof OverLimit) return error.retryAfterMs !== undefined;
  return error instanceof Unavailable || error instanceof DeadlineExceeded || error instanceof ServiceDefect;
}

/** Whether it may be about some of the items only: a wrong one, or all of them together being too large. */
function isOfContent(error: PointsmanError): boolean {
  return error instanceof InvalidRequest || (error.code === Code.RESOURCE_EXHAUSTED && error.reason === "");
}

const positive: Check<number> = (value, path) => {
  const said = number(value, path);
  if (!(said > 0)) throw invalid(path, `must be a number above 0, not ${shown(value)}`);
  return said;
};

function limitsOf(options: BatcherOptions): typeof LIMITS {
  const others = ["onDropped", "onRefused", "onAcknowledged", "log", "tenant", "metadata"];
  refuseUnknown("batcher", options, [...Object.keys(LIMITS), ...others]);
  const entries = Object.entries(LIMITS).map(([name, usual]) => [name, given(options, name, positive) ?? usual]);
  const limits = Object.fromEntries(entries) as typeof LIMITS;
  return { ...limits, flushItems: Math.min(limits.flushItems, MOST_IN_A_BATCH) };
}
