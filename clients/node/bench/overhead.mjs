// What the layer adds to its raw stub, on Route against the live service, in one run: pairs of calls, one by each way, in
// turn, so that whatever else the machine does falls on both.
//
//   node bench/overhead.mjs [ADDRESS] [PAIRS]
import { Metadata } from "@grpc/grpc-js";

import { Client, v1 } from "../dist/index.mjs";

const [address = "127.0.0.1:50051", pairs = "2000"] = process.argv.slice(2);
const client = new Client(address);
const { router } = client.raw;
const QUESTION = "What is the capital of Australia?";

/** As a caller of the stub does it: a request, metadata, a deadline, a promise around it. */
function raw() {
  const query = v1.Query.fromPartial({ messages: [{ role: "ROLE_USER", content: QUESTION }] });
  const request = { requestId: crypto.randomUUID(), query, singleCall: false, includePredictions: false };
  const metadata = new Metadata();
  metadata.set("x-pointsman-tenant", "default");
  return new Promise((resolve, reject) => {
    const done = (error, response) => (error ? reject(error) : resolve(response));
    router.route(request, metadata, { deadline: Date.now() + 120_000 }, done);
  });
}

const layer = () => client.route(QUESTION);

async function timed(call) {
  const begun = performance.now();
  await call();
  return performance.now() - begun;
}

function median(values) {
  return values.slice().sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

for (let i = 0; i < 200; i++) await (i % 2 ? raw() : layer());
const [ofRaw, ofLayer] = [[], []];
for (let i = 0; i < Number(pairs); i++) {
  const ways = [() => timed(raw).then((ms) => ofRaw.push(ms)), () => timed(layer).then((ms) => ofLayer.push(ms))];
  if (i % 2) ways.reverse();
  for (const way of ways) await way();
}
const added = median(ofLayer) - median(ofRaw);
console.log(
  `raw stub ${median(ofRaw).toFixed(3)} ms, layer ${median(ofLayer).toFixed(3)} ms: ` +
    `added ${(added * 1000).toFixed(0)} us, ${((100 * added) / median(ofRaw)).toFixed(1)} % of the median Route, ${pairs} pairs`,
);
await client.close();
