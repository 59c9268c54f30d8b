/** A scripted service on a real socket. */
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedHandleCall,
  type sendUnaryData,
} from "@grpc/grpc-js";

import { BadRequest, ErrorInfo, QuotaFailure, RetryInfo } from "../src/gen/google/rpc/error_details";
import { Status } from "../src/gen/google/rpc/status";
import { Client, v1, type ClientOptions } from "../src/index";

/** One failure of a call: what the status has, and what comes beside it. */
export interface Failure {
  code: status;
  reason?: string;
  metadata?: Record<string, string>;
  violations?: { field: string; description: string; reason: string }[];
  quotas?: { subject: string; description: string }[];
  retryMs?: number;
  pushback?: string;
  /** Of a stream: how many items come before it. */
  after?: number;
}

type Request = Record<string, unknown>;

/** Fails as `script` says, call by call, then answers. */
export class ScriptedService {
  script: Failure[] = [];
  readonly requests: Request[] = [];
  readonly metadata: Metadata[] = [];
  readonly cancelled: string[] = [];
  /** Where set, calls wait for it before they are answered. */
  hold: Promise<void> | undefined;
  items: v1.StreamCompleteResponse[] = [
    item({ $case: "begun", value: { episodeId: "e-1", replayed: false } }),
    item({ $case: "progress", value: { elapsedMs: 3000, stepIndex: undefined, model: undefined } }),
    item({ $case: "text", value: { text: "Fo", stepIndex: 0 } }),
    item({ $case: "text", value: { text: "ur.", stepIndex: 0 } }),
    item({ $case: "summary", value: ANSWER }),
  ];
  answers: Record<string, (request: never) => object> = {
    complete: () => ANSWER,
    route: () => v1.RouteResponse.fromPartial({ episodeId: "e-1", decision: { model: "small", propensity: 0.5 } }),
    reportOutcome: (r: v1.ReportOutcomeRequest) =>
      v1.ReportOutcomeResponse.fromPartial({ episodeId: r.episodeId, requestId: r.requestId }),
    getEpisode: (r: v1.GetEpisodeRequest) => v1.GetEpisodeResponse.fromPartial({ episode: { episodeId: r.episodeId } }),
    explainEpisode: () => v1.ExplainEpisodeResponse.fromPartial({ summary: "Why." }),
    recordFeedback: (r: v1.RecordFeedbackRequest) => v1.RecordFeedbackResponse.fromPartial({ receipt: receiptOf(r) }),
    recordFeedbackBatch: (r: v1.RecordFeedbackBatchRequest) =>
      v1.RecordFeedbackBatchResponse.fromPartial({ results: r.requests.map((one) => this.result(one)) }),
    recordSessionOutcome: (r: v1.RecordSessionOutcomeRequest) =>
      v1.RecordSessionOutcomeResponse.fromPartial({ requestId: r.requestId, episodeCount: "2" }),
    listModels: () => v1.ListModelsResponse.fromPartial({ models: [{ model: "small" }] }),
    disableModel: (r: v1.DisableModelRequest) => v1.DisableModelResponse.fromPartial({ model: { model: r.model } }),
    warmStart: () => v1.WarmStartResponse.fromPartial({}),
  };

  /** What becomes of one item of a batch. */
  result(request: v1.RecordFeedbackRequest): v1.FeedbackResult {
    if (request.feedback?.episodeId === "e-unknown") {
      const failure = { code: status.NOT_FOUND, reason: "UNKNOWN_EPISODE", metadata: { episode_id: "e-unknown" } };
      return { result: { $case: "error", value: statusOf(failure) } };
    }
    return { result: { $case: "receipt", value: receiptOf(request) } };
  }

  tenants(): string[][] {
    return this.metadata.map((one) => one.get("x-pointsman-tenant").map(String));
  }

  handlers(names: readonly string[]): Record<string, UntypedHandleCall> {
    const unary = (name: string): UntypedHandleCall =>
      ((call: ServerUnaryCall<Request, object>, reply: sendUnaryData<object>) => {
        call.on("cancelled", () => this.cancelled.push(name));
        void this.enter(call).then((failure) => {
          if (failure) reply(failed(failure));
          else reply(null, this.answers[name]!(call.request as never));
        });
      }) as UntypedHandleCall;
    return Object.fromEntries(names.map((name) => [name, name === "streamComplete" ? this.stream : unary(name)]));
  }

  private readonly stream = ((call: ServerWritableStream<Request, object>) => {
    call.on("cancelled", () => this.cancelled.push("streamComplete"));
    void this.enter(call).then((failure) => {
      for (const one of this.items.slice(0, failure?.after ?? (failure ? 0 : undefined))) call.write(one);
      if (failure) call.emit("error", failed(failure));
      else if (!this.open) call.end();
    });
  }) as UntypedHandleCall;
  /** Where true, streams do not end. */
  open = false;

  private async enter(call: { request: Request; metadata: Metadata }): Promise<Failure | undefined> {
    this.requests.push(call.request);
    this.metadata.push(call.metadata);
    // What becomes of a call is settled as it comes in: one that is held must not take what is meant for a later one.
    const failure = this.script.shift();
    await this.hold;
    return failure;
  }
}

const ANSWER = v1.CompleteResponse.fromPartial({
  episodeId: "e-1",
  answer: {
    model: "small",
    text: "Four.",
    finishReason: "FINISH_REASON_STOP",
    usage: { inputTokens: 10, outputTokens: 20 },
  },
  answerStep: 0,
  costUsd: 0,
  usage: { inputTokens: 0, outputTokens: 2 },
});

function item(of: NonNullable<v1.StreamCompleteResponse["item"]>): v1.StreamCompleteResponse {
  return { item: of };
}

function receiptOf(r: v1.RecordFeedbackRequest): v1.FeedbackReceipt {
  return v1.FeedbackReceipt.fromPartial({ requestId: r.requestId, episodeId: r.feedback?.episodeId, value: 0 });
}

/** The status that a failure is told by, with its details. */
export function statusOf(failure: Failure): Status {
  const { code, reason, metadata = {}, violations, quotas, retryMs } = failure;
  const pack = (name: string, value: Uint8Array) => ({
    typeUrl: `type.googleapis.com/google.rpc.${name}`,
    value: Buffer.from(value),
  });
  const info = ErrorInfo.fromPartial({ reason: reason ?? "", domain: "pointsman.dev", metadata });
  const delay = { seconds: String(Math.floor((retryMs ?? 0) / 1000)), nanos: ((retryMs ?? 0) % 1000) * 1e6 };
  const details = [
    ...(reason ? [pack("ErrorInfo", ErrorInfo.encode(info).finish())] : []),
    ...(violations
      ? [pack("BadRequest", BadRequest.encode(BadRequest.fromPartial({ fieldViolations: violations })).finish())]
      : []),
    ...(quotas
      ? [pack("QuotaFailure", QuotaFailure.encode(QuotaFailure.fromPartial({ violations: quotas })).finish())]
      : []),
    ...(retryMs !== undefined ? [pack("RetryInfo", RetryInfo.encode({ retryDelay: delay }).finish())] : []),
  ];
  return { code, message: "scripted failure", details };
}

function failed(failure: Failure): { code: status; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(Status.encode(statusOf(failure)).finish()));
  if (failure.pushback !== undefined) metadata.set("grpc-retry-pushback-ms", failure.pushback);
  return { code: failure.code, details: "scripted failure", metadata };
}

/** A served script. */
export interface Running {
  service: ScriptedService;
  address: string;
  stop(): void;
}

/** Serves a script on a port, any free one where none is named. */
export async function serve(service = new ScriptedService(), port = 0): Promise<Running> {
  const server = new Server({ "grpc.max_receive_message_length": 4 << 20 });
  for (const definition of [v1.RouterServiceService, v1.FeedbackServiceService, v1.AdminServiceService]) {
    server.addService(definition, service.handlers(Object.keys(definition)));
  }
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, at) => {
      if (error) reject(error);
      else resolve(at);
    });
  });
  return {
    service,
    address: `127.0.0.1:${bound}`,
    stop: () => {
      server.forceShutdown();
    },
  };
}

/** Retries that take no time. */
export const FAST = { attempts: 4, firstWaitMs: 1, longestWaitMs: 2 };

/** Runs with a client of a scripted service, and ends both. */
export async function withClient(
  run: (client: Client, service: ScriptedService, running: Running) => Promise<void>,
  options: ClientOptions = {},
): Promise<void> {
  const running = await serve();
  const { address } = running;
  const client = new Client({ address, adminAddress: address, retry: FAST, ...options });
  try {
    await run(client, running.service, running);
  } finally {
    await client.close({ timeoutMs: 1 });
    running.stop();
  }
}

/** Waits until something holds; the runner's own time limit ends what never does. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** The same failure so many times. */
export function times(count: number, failure: Failure): Failure[] {
  return Array.from({ length: count }, () => failure);
}
