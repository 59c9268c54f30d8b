/** Parts of a message: OpenAI's content parts as those of the contract. */
import { invalid, isRecord, refuseUnknown, shown, text } from "./arguments";
import type { ContentPart } from "./v1";

/** A part of a message as OpenAI has it. */
export type ChatPart =
  | { type: "text"; text: string }
  | { type: "image_url"; image_url: { url: string; detail?: string } }
  | { type: "input_audio"; input_audio: { data: string; format: string } }
  | { type: "file"; file: { file_id?: string; file_data?: string; filename?: string } };

type Part = NonNullable<ContentPart["part"]>;

const OF_TYPE: Readonly<Record<string, (given: unknown, path: string) => Part>> = {
  text: (given, path) => ({ $case: "text", value: text(given, path) }),
  image_url: image,
  input_audio: audio,
  file,
};

// Of what providers take as documents; anything else says its type in a data URL.
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/markdown",
  csv: "text/csv",
  html: "text/html",
  json: "application/json",
  xml: "application/xml",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
};

/** A content part, from OpenAI's form or the contract's own. Throws InvalidRequest; path: where the part stands. */
export function partOf(part: unknown, path: string): ContentPart {
  if (isRecord(part) && isRecord(part.part) && "$case" in part.part) return part as unknown as ContentPart;
  const kind = isRecord(part) ? part.type : undefined;
  if (!isRecord(part) || typeof kind !== "string" || !Object.hasOwn(OF_TYPE, kind)) {
    throw invalid(
      path,
      `must be an object whose type is one of ${Object.keys(OF_TYPE).join(", ")}, not ${shown(part)}`,
    );
  }
  refuseUnknown(`a part of type ${kind}`, part, ["type", kind]);
  return { part: OF_TYPE[kind]?.(part[kind], `${path}.${kind}`) };
}

function image(given: unknown, path: string): Part {
  const { url, detail } = fields(given, path, ["url", "detail"]);
  const source = { $case: "url" as const, value: text(url, `${path}.url`) };
  return { $case: "image", value: { source, mediaType: undefined, detail: optional(detail, `${path}.detail`) } };
}

function audio(given: unknown, path: string): Part {
  const { data, format } = fields(given, path, ["data", "format"]);
  return { $case: "audio", value: { data: bytes(data, `${path}.data`), format: text(format, `${path}.format`) } };
}

function file(given: unknown, path: string): Part {
  const { file_id: id, file_data: data, filename: name } = fields(given, path, ["file_id", "file_data", "filename"]);
  if ((id === undefined) === (data === undefined)) throw invalid(path, "must have either file_id or file_data");
  const filename = optional(name, `${path}.filename`);
  if (id !== undefined) {
    const source = { $case: "fileId" as const, value: text(id, `${path}.file_id`) };
    return { $case: "file", value: { source, filename, mediaType: undefined } };
  }
  const url = /^data:([^;,]+)(?:;[^;,]+)*;base64,(.*)$/s.exec(text(data, `${path}.file_data`));
  const mediaType = url?.[1] ?? MEDIA_TYPES[filename?.split(".").pop()?.toLowerCase() ?? ""];
  if (mediaType === undefined) {
    throw invalid(`${path}.file_data`, 'says no media type: write it as "data:application/pdf;base64,..."');
  }
  const source = { $case: "data" as const, value: bytes(url?.[2] ?? data, `${path}.file_data`) };
  return { $case: "file", value: { source, filename, mediaType } };
}

/** Its fields; those that are null are as good as left out, since OpenAI's SDK writes them so. */
function fields(given: unknown, path: string, known: readonly string[]): Record<string, unknown> {
  if (!isRecord(given)) throw invalid(path, `must be an object with ${known.join(", ")}, not ${shown(given)}`);
  refuseUnknown(path, given, known);
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined));
}

function optional(value: unknown, path: string): string | undefined {
  return value === undefined ? undefined : text(value, path);
}

function bytes(data: unknown, path: string): Buffer {
  const words = text(data, path);
  // Buffer.from skips what is no base64, and so would make other bytes of a mistake.
  if (words.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(words)) throw invalid(path, "is not base64");
  return Buffer.from(words, "base64");
}
