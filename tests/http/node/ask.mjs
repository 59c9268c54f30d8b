// The Node SDKs of OpenAI and Anthropic against the door whose address is the first argument.
// Prints a line of JSON for each thing that was tried; anything that goes wrong ends it with an error.
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const url = process.argv[2];
const CAPITAL = "What is the capital of France?";
const WEATHER = "What is the weather in Paris?";
const PERSON = "Describe Ada as JSON.";
const schema = {
  type: "object",
  properties: { name: { type: "string" }, born: { type: "integer" } },
  required: ["name", "born"],
  additionalProperties: false,
};
const said = (content) => [{ role: "user", content }];
const told = (name) => console.log(JSON.stringify({ passed: name }));

const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });

const answer = await openai.chat.completions.create({ model: "pointsman", messages: said(CAPITAL) });
assert.match(answer.choices[0].message.content, /^Paris\./);
assert.equal(answer.id, `chatcmpl-${answer.pointsman.episode_id}`);
told("openai chat");

const stream = openai.chat.completions.stream({ model: "tiny", messages: said(CAPITAL) });
let pieces = "";
for await (const chunk of stream) pieces += chunk.choices[0]?.delta?.content ?? "";
assert.equal(pieces, answer.choices[0].message.content);
told("openai chat stream");

const tool = { type: "function", function: { name: "get_weather", parameters: { type: "object" } } };
for (const streams of [false, true]) {
  const asked = { model: "tiny", messages: said(WEATHER), tools: [tool] };
  const done = streams
    ? await openai.chat.completions.stream(asked).finalChatCompletion()
    : await openai.chat.completions.create(asked);
  const call = done.choices[0].message.tool_calls[0];
  assert.equal(JSON.parse(call.function.arguments).city, "Paris");
}
told("openai tools");

const shaped = await openai.chat.completions.parse({
  model: "tiny",
  messages: said(PERSON),
  response_format: { type: "json_schema", json_schema: { name: "person", schema, strict: true } },
});
assert.equal(JSON.parse(shaped.choices[0].message.content).born, 1815);
told("openai structured output");

const response = await openai.responses.stream({ model: "tiny", input: CAPITAL }).finalResponse();
assert.equal(response.output_text, pieces);
told("openai responses stream");

await assert.rejects(
  openai.chat.completions.create({ model: "tiny", messages: said(CAPITAL), n: 2 }),
  (error) => error instanceof OpenAI.BadRequestError && error.param === "n",
);
told("openai error");

const thumb = await openai.post("/feedback", { body: { id: answer.id, thumb: "down" } });
assert.equal(thumb.value, 0);
told("feedback");

const anthropic = new Anthropic({ baseURL: url, apiKey: "none", maxRetries: 0 });
const ask = (content) => ({ model: "tiny", max_tokens: 100, messages: said(content) });

const message = await anthropic.messages.create(ask(CAPITAL));
assert.equal(message.content[0].text, pieces);
told("anthropic messages");

const streamed = await anthropic.messages.stream(ask(CAPITAL)).finalMessage();
assert.equal(streamed.content[0].text, pieces);
assert.equal(streamed.usage.output_tokens, 12);
told("anthropic stream");

const tools = [{ name: "get_weather", input_schema: { type: "object" } }];
const used = await anthropic.messages.stream({ ...ask(WEATHER), tools }).finalMessage();
assert.equal(used.stop_reason, "tool_use");
assert.equal(used.content[0].input.city, "Paris");
told("anthropic tools");

const formed = await anthropic.messages.create({
  ...ask(PERSON),
  output_config: { format: { type: "json_schema", schema } },
});
assert.equal(JSON.parse(formed.content[0].text).born, 1815);
told("anthropic structured output");

await assert.rejects(
  anthropic.messages.create({ ...ask(CAPITAL), model: "claude-99" }),
  (error) => error instanceof Anthropic.NotFoundError,
);
told("anthropic error");
