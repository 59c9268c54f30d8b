/** Every rpc of the contract, by its name, and how its request is completed before it is sent. */
import { randomUUID } from "node:crypto";

import { invalid, isRecord, shown } from "./arguments";
import { matched } from "./message";
import * as v1 from "./v1";

/** A way to ask one thing and be answered, as grpc-js's generated code describes it. */
export interface Rpc<Request, Response> {
  readonly path: string;
  readonly requestStream: false;
  readonly responseStream: boolean;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

const SERVICES = {
  ...v1.RouterServiceService,
  ...v1.FeedbackServiceService,
  ...v1.AdminServiceService,
} as const;

type Services = typeof SERVICES;

/** Names of the rpcs that have one response, for instance "listModels". */
export type RpcName = {
  [Name in keyof Services]: Services[Name] extends { responseStream: false } ? Name : never;
}[keyof Services];

/** The request of an rpc. */
export type RequestOf<Name extends RpcName> = Parameters<Services[Name]["requestSerialize"]>[0];

/** The response of an rpc. */
export type ResponseOf<Name extends RpcName> = ReturnType<Services[Name]["responseDeserialize"]>;

/** A request, of which everything may be left out. */
export type PartialRequest<Name extends RpcName> = Loose<RequestOf<Name>>;

type Loose<T> = T extends Date | Uint8Array | string | number | boolean | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Loose<Item>[]
    : T extends { $case: string }
      ? T
      : { [Key in keyof T]?: Loose<T[Key]> };

/** The rpc of that name. Throws InvalidRequest where there is none with one response. */
export function rpcOf<Name extends RpcName>(name: Name): Rpc<RequestOf<Name>, ResponseOf<Name>> {
  const rpcs: Readonly<Record<string, { responseStream: boolean }>> = SERVICES;
  const rpc = Object.hasOwn(rpcs, name) ? rpcs[name] : undefined;
  if (rpc === undefined) {
    throw invalid("rpc", `must be one of the contract's, for instance "listModels", not ${shown(name)}`);
  }
  if (rpc.responseStream) throw invalid("rpc", "has a stream of responses: use streamComplete");
  return rpc as unknown as Rpc<RequestOf<Name>, ResponseOf<Name>>;
}

/** A whole request from the part that the caller wrote. Throws InvalidRequest for fields that it has not. */
export function requestOf<Name extends RpcName>(name: Name, partial: unknown): RequestOf<Name> {
  if (!isRecord(partial)) throw invalid("request", `must be an object, not ${shown(partial)}`);
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Request` as keyof typeof v1;
  const made = (v1[type] as unknown as { fromPartial(part: object): RequestOf<Name> }).fromPartial(partial);
  return matched(partial, made, "");
}

/** Whether an rpc is one of operators, who have an address of their own. */
export function forOperators(rpc: Rpc<never, unknown>): boolean {
  return rpc.path.startsWith("/pointsman.v1.AdminService/");
}

/** An id that nobody else has. */
export function newId(): string {
  return randomUUID().replaceAll("-", "");
}

/**
 * The request with a new requestId where it takes one and has none: with it, a request has the effect of one however
 * often it is sent. The caller's own object stays as it is.
 */
export function identified<Request>(request: Request, rpc: Rpc<Request, unknown>): Request {
  if (rpc.path === v1.FeedbackServiceService.recordFeedbackBatch.path) {
    const { requests } = request as v1.RecordFeedbackBatchRequest;
    return { ...request, requests: requests.map(withId) };
  }
  // The service names a warm start by what it holds, so that the very same one counts once.
  const namedByContent = rpc.path === v1.AdminServiceService.warmStart.path;
  return namedByContent ? request : withId(request);
}

function withId<Request>(request: Request): Request {
  if (!isRecord(request) || !("requestId" in request) || request.requestId !== undefined) return request;
  return { ...request, requestId: newId() };
}
