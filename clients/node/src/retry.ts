/** When to try again, and how long to wait before it: exponential backoff with jitter, within the deadline. */
import { flag, given, int32, invalid, number, refuseUnknown, shown, type Check } from "./arguments";
import { Unavailable, type PointsmanError } from "./errors";

/** How long a call that found no service, or a busy one, is tried again: to its deadline, if nothing here ends it. */
export interface RetryPolicy {
  /** Calls in all, 1 for no retry; left out, there is no fixed number. */
  attempts?: number;
  /** The first wait, in milliseconds (100). The n-th is `firstWaitMs * factor ** (n - 1)`, of which a random half is cut. */
  firstWaitMs?: number;
  /** By how much each wait is longer than the one before (2). */
  factor?: number;
  /** The longest wait, in milliseconds (5,000); where the service asks for more, that. */
  longestWaitMs?: number;
  /** Milliseconds since the first failure after which a call without a deadline gives up (60,000). */
  longestOutageMs?: number;
  /**
   * The same for a client that no service has ever answered, with a deadline too (20,000): a wrong address is told
   * soon, and a service that restarts, which takes ten seconds or less, is waited for.
   */
  firstContactMs?: number;
  /**
   * Calls in all where the service answers that every model failed, or is busy (1): it has tried each of them, and tried
   * again what may be; more than one call asks providers that are in trouble for the same once more.
   */
  providerAttempts?: number;
  /**
   * Leave retries to gRPC itself, by the published `SERVICE_CONFIG` (false): five attempts that wait for a connection
   * and obey the service's pushback. Nothing else of this policy counts then.
   */
  serviceConfig?: boolean;
}

/** A policy with nothing left out but the number of attempts. */
export type FullRetryPolicy = Required<Omit<RetryPolicy, "attempts">> & Pick<RetryPolicy, "attempts">;

const DEFAULTS = {
  firstWaitMs: 100,
  factor: 2,
  longestWaitMs: 5_000,
  longestOutageMs: 60_000,
  firstContactMs: 20_000,
  providerAttempts: 1,
  serviceConfig: false,
};

/** The policy, checked, with its defaults. */
export function checkedPolicy(policy: unknown): FullRetryPolicy {
  refuseUnknown("retry", policy, ["attempts", ...Object.keys(DEFAULTS)]);
  const fields = policy as RetryPolicy;
  const checks = { serviceConfig: flag, providerAttempts: count } as Record<string, Check<number | boolean>>;
  const entries = Object.entries(DEFAULTS).map(([name, usual]) => [
    name,
    given(fields, name, checks[name] ?? duration, `retry.${name}`) ?? usual,
  ]);
  const attempts = given(fields, "attempts", count, "retry.attempts");
  return { ...(Object.fromEntries(entries) as Omit<FullRetryPolicy, "attempts">), ...(attempts && { attempts }) };
}

const count: Check<number> = (value, path) => {
  const whole = int32(value, path);
  if (whole < 1) throw invalid(path, `must be a whole number from 1, not ${shown(value)}`);
  return whole;
};

const duration: Check<number> = (value, path) => {
  const said = number(value, path);
  if (!(said >= 0)) throw invalid(path, `must be a number, 0 or more, not ${shown(value)}`);
  return said;
};

/**
 * Milliseconds to wait after so many failures. jitter: in [0, 1].
 *
 * @example
 * waitMs(checkedPolicy({}), 3, 1) // 400
 */
export function waitMs(policy: FullRetryPolicy, failures: number, jitter: number): number {
  // Beyond 64 doublings the power would overflow one day; the longest wait is reached long before.
  const grown = policy.firstWaitMs * policy.factor ** Math.min(failures - 1, 64);
  return Math.min(grown, policy.longestWaitMs) * (0.5 + jitter / 2);
}

/** Whether a service has ever answered this client. */
export interface Contact {
  made: boolean;
}

/**
 * The attempts of one call: what is left of its deadline, and whether to go on after an error. Every request has the
 * effect of one however often it is sent: see identity.ts.
 */
export class Attempts {
  #failures = 0;
  #providerFailures = 0;
  #failedFirst: number | undefined;
  readonly #started: number;

  /** timeoutMs: undefined for no deadline. clock: milliseconds, monotonic. */
  constructor(
    private readonly policy: FullRetryPolicy,
    private readonly timeoutMs: number | undefined,
    private readonly contact: Contact,
    private readonly clock: () => number = () => performance.now(),
    private readonly jitter: () => number = Math.random,
  ) {
    this.#started = clock();
  }

  /** Milliseconds left of the deadline, not below 0; undefined for no deadline. */
  leftMs(): number | undefined {
    return this.timeoutMs === undefined ? undefined : Math.max(this.timeoutMs - (this.clock() - this.#started), 0);
  }

  /** Notes that there is a service. */
  answered(): void {
    this.contact.made = true;
  }

  /** Milliseconds to wait before the next attempt. Throws the error where there must be none. */
  waitAfter(error: PointsmanError): number {
    const now = this.clock();
    this.#failures++;
    this.#failedFirst ??= now;
    if (error.reason !== "") this.answered();
    if (error.reason === "EVERY_MODEL_FAILED" || error.reason === "RATE_LIMITED") this.#providerFailures++;
    const wait = Math.max(waitMs(this.policy, this.#failures, this.jitter()), error.retryAfterMs ?? 0);
    const hopeless = !(error instanceof Unavailable) || error.forbidsRetry || this.policy.serviceConfig;
    if (hopeless || this.#isOver(now + wait, this.#failedFirst)) throw error;
    return wait;
  }

  /** Whether an attempt at this time would be one too many, or too late. */
  #isOver(at: number, failedFirst: number): boolean {
    const { attempts, providerAttempts, firstContactMs, longestOutageMs } = this.policy;
    if (attempts !== undefined && this.#failures >= attempts) return true;
    if (this.#providerFailures >= providerAttempts) return true;
    if (!this.contact.made && at - failedFirst >= firstContactMs) return true;
    if (this.timeoutMs === undefined) return at - failedFirst >= longestOutageMs;
    return at - this.#started >= this.timeoutMs;
  }
}
