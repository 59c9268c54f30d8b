// A service of its own that answers over HTTP and takes thumbs, with nothing but node:http:
//
//   node examples/server.mjs 8080
//   curl -d '{"question": "What is 47 times 68?"}' localhost:8080/ask
//   curl -d '{"episode_id": "EPISODE", "thumb": "up", "comment": "right and fast"}' localhost:8080/thumb
//
// Both may name a `user`. POINTSMAN_ADDRESS says where Pointsman is. Thumbs are sent in the background.
import { createServer } from "node:http";

import { BudgetExhausted, Client, InvalidRequest, OverLimit, PointsmanError, Unavailable } from "@pointsman/client";

const pointsman = new Client();
const thumbs = pointsman.batcher({ onRefused: (item, error) => console.warn(item.episodeId, error.message) });

async function ask({ question, user }, signal) {
  const { text, model, costUsd, episodeId } = await pointsman.complete(question, { endUserId: user, signal });
  return { status: 200, body: { text, model, cost_usd: costUsd, episode_id: episodeId } };
}

async function thumb({ episode_id: episodeId, thumb, comment, user }) {
  // A box that was left empty says nothing.
  const taken = thumbs.add({ episodeId, thumb, comment: comment || undefined, endUserId: user });
  return { status: taken ? 202 : 503, body: {} };
}

/** What a caller is told of an error; what he cannot mend is not his to read. */
function failure(error) {
  if (error instanceof InvalidRequest || error instanceof SyntaxError)
    return { status: 400, body: { error: error.message } };
  const later = { "retry-after": Math.ceil((error.retryAfterMs ?? 1000) / 1000) };
  if (error instanceof OverLimit || error instanceof BudgetExhausted)
    return { status: 429, headers: later, body: { error: error.message } };
  if (error instanceof Unavailable) return { status: 503, headers: later, body: { error: "no model answers now" } };
  console.error(error instanceof PointsmanError ? error.toJSON() : error);
  return { status: 500, body: { error: "something went wrong" } };
}

const routes = { "POST /ask": ask, "POST /thumb": thumb };

async function answer(request, signal) {
  const route = routes[`${request.method} ${request.url}`];
  if (!route) return { status: 404, body: { error: "POST /ask or /thumb" } };
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return route(JSON.parse(Buffer.concat(pieces).toString()), signal);
}

const server = createServer(async (request, response) => {
  // Whoever hangs up needs no answer: the model's call is ended, too.
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const { status, headers, body } = await answer(request, gone.signal).catch(failure);
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
});

server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
  console.log(`answering at http://127.0.0.1:${server.address().port}`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    server.close();
    server.closeAllConnections();
    await pointsman.close(); // Sends what is left of the thumbs.
  });
}
