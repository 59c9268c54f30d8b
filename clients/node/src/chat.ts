/** Chats from plain values. */
import { invalid, isRecord, list, refuseUnknown, shown, text } from "./arguments";
import { partOf, type ChatPart } from "./parts";
import { ChatMessage as MessageType, type ChatMessage, type Query, type Role, type ToolCall } from "./v1";

/** A message as OpenAI has it. What is null, or an empty list, is as good as left out. */
export interface ChatTurn {
  role: "system" | "developer" | "user" | "assistant" | "tool";
  content?: string | readonly ChatPart[] | null;
  name?: string | null;
  tool_call_id?: string | null;
  tool_calls?: readonly { id: string; type?: "function"; function: { name: string; arguments: string } }[] | null;
}

/** A user's text; a chat, as OpenAI's messages or the contract's; or a whole query of the contract. */
export type Messages = string | readonly (ChatTurn | Partial<ChatMessage>)[] | Partial<Query>;

const ROLES: Readonly<Record<string, Role>> = {
  system: "ROLE_SYSTEM",
  user: "ROLE_USER",
  assistant: "ROLE_ASSISTANT",
  tool: "ROLE_TOOL",
  developer: "ROLE_DEVELOPER",
};
const TURN = ["role", "content", "name", "tool_call_id", "tool_calls"];

/** The messages of a chat. Throws InvalidRequest for what is none, and for what it could only drop. */
export function chatOf(messages: unknown): ChatMessage[] {
  const turns = typeof messages === "string" ? [{ role: "user", content: messages }] : messages;
  return list(turns, "messages", "messages, or a text").map((turn, i) => message(turn, `messages[${i}]`));
}

function message(turn: unknown, path: string): ChatMessage {
  if (!isRecord(turn)) {
    throw invalid(path, `must be an object as { role: "user", content: "..." }, not ${shown(turn)}`);
  }
  if (typeof turn.role === "string" && turn.role.startsWith("ROLE_")) return ofContract(turn, path);
  const told = Object.fromEntries(Object.entries(turn).filter(([, value]) => !isEmpty(value)));
  refuseUnknown(path, told, TURN);
  const { role, content = "", name, tool_call_id: toolCallId, tool_calls: calls = [] } = told;
  const known = typeof role === "string" && Object.hasOwn(ROLES, role) ? ROLES[role] : undefined;
  if (known === undefined) {
    throw invalid(`${path}.role`, `must be one of ${Object.keys(ROLES).join(", ")}, not ${shown(role)}`);
  }
  return {
    role: known,
    ...contentOf(content, `${path}.content`),
    name: name === undefined ? undefined : text(name, `${path}.name`),
    toolCallId: toolCallId === undefined ? undefined : text(toolCallId, `${path}.tool_call_id`),
    toolCalls: list(calls, `${path}.tool_calls`, "tool calls").map((c, i) => toolCall(c, `${path}.tool_calls[${i}]`)),
  };
}

function ofContract(turn: Record<string, unknown>, path: string): ChatMessage {
  refuseUnknown(path, turn, ["role", "content", "parts", "name", "toolCallId", "toolCalls"]);
  return MessageType.fromPartial(turn);
}

function contentOf(content: unknown, path: string): Pick<ChatMessage, "content" | "parts"> {
  if (!Array.isArray(content)) return { content: text(content, path), parts: [] };
  return { content: "", parts: content.map((part, i) => partOf(part, `${path}[${i}]`)) };
}

function toolCall(call: unknown, path: string): ToolCall {
  const called = isRecord(call) && isRecord(call.function) ? call.function : undefined;
  if (!isRecord(call) || called === undefined) {
    throw invalid(path, `must be an object as { id, function: { name, arguments: "{...}" } }, not ${shown(call)}`);
  }
  refuseUnknown(path, call, ["id", "type", "function", "index"]);
  return {
    toolCallId: text(call.id, `${path}.id`),
    function: text(called.name, `${path}.function.name`),
    argumentsJson: text(called.arguments, `${path}.function.arguments`),
  };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
