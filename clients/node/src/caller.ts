/** Sends requests: with deadline, retries, cancellation and a span each. */
import type { CallOptions as GrpcCallOptions, Metadata, ServiceError } from "@grpc/grpc-js";

import { invalid } from "./arguments";
import { Channels } from "./channel";
import { Cancelled, ClosedClient, Code, PointsmanError, errorOfCall, isServiceError } from "./errors";
import { Attempts, type Contact, type FullRetryPolicy } from "./retry";
import type { Rpc } from "./rpcs";
import { metadataOf, type Settings, type Terms } from "./settings";
import { telemetryOf, type CallSpan, type Telemetry } from "./telemetry";

/** A call that can be ended. */
interface Endable {
  cancel(): void;
}

const asItIs = (bytes: Buffer): Buffer => bytes;

/** The calls of one client. */
export class Caller {
  readonly channels: Channels;
  readonly #telemetry: Telemetry;
  readonly #contact: Contact = { made: false };
  readonly #active = new Set<Endable>();
  #closed = false;

  constructor(private readonly settings: Settings) {
    this.#telemetry = telemetryOf(settings.telemetry);
    this.channels = new Channels(settings);
  }

  /** Sends a request and waits for its response. policy: where it is not the client's. Throws a PointsmanError. */
  async unary<Request, Response>(
    rpc: Rpc<Request, Response>,
    request: Request,
    terms: Terms,
    policy: FullRetryPolicy = this.settings.retry,
  ): Promise<Response> {
    const bytes = serialized(rpc, request);
    const attempts = new Attempts(policy, terms.timeoutMs, this.#contact);
    return this.#traced(rpc, terms, async (metadata) => {
      for (;;) {
        try {
          const response = await this.#once(rpc, bytes, metadata, terms, attempts);
          attempts.answered();
          return response;
        } catch (thrown) {
          const wait = attempts.waitAfter(this.#errorOf(thrown, rpc, terms));
          await this.#pause(wait, terms);
        }
      }
    });
  }

  /** Sends a request and gives its responses; tried again only while none has come. Throws a PointsmanError. */
  async *stream<Request, Response>(
    rpc: Rpc<Request, Response>,
    request: Request,
    terms: Terms,
  ): AsyncGenerator<Response, void, undefined> {
    const bytes = serialized(rpc, request);
    const attempts = new Attempts(this.settings.retry, terms.timeoutMs, this.#contact);
    const { span, metadata } = this.#begin(rpc, terms);
    let failed: PointsmanError | undefined;
    let begun = false;
    try {
      for (;;) {
        try {
          for await (const item of this.#items(rpc, bytes, metadata, terms, attempts)) {
            begun = true;
            attempts.answered();
            yield item;
          }
          return;
        } catch (thrown) {
          const error = this.#errorOf(thrown, rpc, terms);
          if (begun) throw error;
          await this.#pause(attempts.waitAfter(error), terms);
        }
      }
    } catch (thrown) {
      failed = this.#errorOf(thrown, rpc, terms);
      throw failed;
    } finally {
      span.end(failed);
    }
  }

  /** Ends what is under way, and the connections. */
  close(): void {
    this.#closed = true;
    for (const call of this.#active) call.cancel();
    this.channels.close();
  }

  async #traced<Result>(
    rpc: Rpc<never, unknown>,
    terms: Terms,
    run: (metadata: Metadata) => Promise<Result>,
  ): Promise<Result> {
    const { span, metadata } = this.#begin(rpc, terms);
    try {
      const result = await run(metadata);
      span.end();
      return result;
    } catch (thrown) {
      const error = this.#errorOf(thrown, rpc, terms);
      span.end(error);
      throw error;
    }
  }

  #begin(rpc: Rpc<never, unknown>, terms: Terms): { span: CallSpan; metadata: Metadata } {
    const span = this.#telemetry({ path: rpc.path, address: this.channels.of(rpc).address });
    // What the caller says of the trace is the caller's: gRPC would send both.
    const traced = span.pairs.filter(([key]) => !terms.pairs.some(([said]) => said === key));
    return { span, metadata: metadataOf([...terms.pairs, ...traced], this.settings.retry.serviceConfig) };
  }

  #once<Response>(
    rpc: Rpc<never, Response>,
    bytes: Buffer,
    metadata: Metadata,
    terms: Terms,
    attempts: Attempts,
  ): Promise<Response> {
    this.#refuseWhereOver(terms);
    return new Promise((resolve, reject) => {
      const { grpc } = this.channels.of(rpc);
      const end = (error: ServiceError | null, response?: Response): void => {
        release();
        if (error) reject(error);
        else resolve(response as Response);
      };
      const options = callOptions(attempts);
      const call = grpc.makeUnaryRequest(rpc.path, asItIs, rpc.responseDeserialize, bytes, metadata, options, end);
      const release = this.#hold(call, terms.signal);
    });
  }

  async *#items<Response>(
    rpc: Rpc<never, Response>,
    bytes: Buffer,
    metadata: Metadata,
    terms: Terms,
    attempts: Attempts,
  ): AsyncGenerator<Response, void, undefined> {
    this.#refuseWhereOver(terms);
    const { grpc } = this.channels.of(rpc);
    const options = callOptions(attempts);
    const call = grpc.makeServerStreamRequest(rpc.path, asItIs, rpc.responseDeserialize, bytes, metadata, options);
    // The iterator below throws it. Once the caller has left, the end that we ask for has no reader any more.
    call.on("error", () => undefined);
    const release = this.#hold(call, terms.signal);
    try {
      for await (const item of call) yield item as Response;
    } finally {
      release();
      call.cancel(); // Of no effect on one that ended; frees the model call of one that was left early.
    }
  }

  /** Notes a call that is under way, and ends it with the signal. Returns what forgets both. */
  #hold(call: Endable, signal: AbortSignal | undefined): () => void {
    const abort = (): void => {
      call.cancel();
    };
    this.#active.add(call);
    signal?.addEventListener("abort", abort, { once: true });
    return () => {
      this.#active.delete(call);
      signal?.removeEventListener("abort", abort);
    };
  }

  async #pause(ms: number, terms: Terms): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        release();
        resolve();
      }, ms);
      const cancel = (): void => {
        clearTimeout(timer);
        release();
        resolve();
      };
      const release = this.#hold({ cancel }, terms.signal);
    });
    this.#refuseWhereOver(terms);
  }

  #refuseWhereOver(terms: Terms): void {
    if (this.#closed) throw new ClosedClient();
    if (terms.signal?.aborted) throw cancelled(terms.signal);
  }

  #errorOf(thrown: unknown, rpc: Rpc<never, unknown>, terms: Terms): PointsmanError {
    if (thrown instanceof PointsmanError) return thrown;
    if (this.#closed) return new ClosedClient();
    if (terms.signal?.aborted) return cancelled(terms.signal);
    if (isServiceError(thrown)) return errorOfCall(thrown, this.channels.of(rpc).address);
    const message = `gRPC failed in a way of its own: ${String(thrown)}`;
    return new PointsmanError(Code.UNKNOWN, message, undefined, { cause: thrown });
  }
}

/** The error of a call whose caller hung up. */
export function cancelled(signal: AbortSignal): Cancelled {
  return new Cancelled(Code.CANCELLED, "the caller hung up", undefined, { cause: signal.reason });
}

function callOptions(attempts: Attempts): Partial<GrpcCallOptions> {
  const left = attempts.leftMs();
  return left === undefined ? {} : { deadline: Date.now() + left };
}

function serialized<Request>(rpc: Rpc<Request, unknown>, request: Request): Buffer {
  try {
    return rpc.requestSerialize(request);
  } catch (wrong) {
    throw invalid("request", `does not fit the contract: ${(wrong as Error).message}`, wrong);
  }
}
