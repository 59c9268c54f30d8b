// Writes src/gen from the protos, src/v1.ts, which exports every message, enum and service of the contract by name, and
// src/service-config.ts.
// With --check, says whether the committed ones match and exits with 1 where they do not.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, existsSync, mkdirSync, cpSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every file below a folder, by its path there. */
function files(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((e) => e.isFile()).map((e) => relative(folder, join(e.parentPath, e.name)));
}

/** Names that a generated file has for callers: what is about JSON and about the file itself they find elsewhere. */
function exported(source) {
  const names = [...source.matchAll(/^export (?:const|interface|type) (\w+)/gm)].map((found) => found[1]);
  const internal = /^protobuf(Package|FileName)$|^(DeepPartial|Exact|MessageFns)$|_\w+Entry$/;
  return [...new Set(names)].filter((name) => !internal.test(name)).sort();
}

function exportsOf(gen) {
  const folder = join(gen, "pointsman/v1");
  const lines = readdirSync(folder)
    .sort()
    .map((name) => {
      const names = exported(readFileSync(join(folder, name), "utf8"));
      return `export {\n${names.map((n) => `  ${n},`).join("\n")}\n} from "./gen/pointsman/v1/${name.replace(".ts", "")}";`;
    });
  const head =
    "/** Every message, enum and service of the wire contract. Written by scripts/generate.mjs; do not edit. */";
  return [head, ...lines, 'export { Status } from "./gen/google/rpc/status";', ""].join("\n");
}

/** Generates below a folder: its `gen` and its `v1.ts`. */
function generate(out) {
  const buf = join(ROOT, "node_modules/.bin/buf");
  execFileSync(buf, ["generate", "--output", out], { cwd: ROOT, stdio: "inherit" });
  writeFileSync(join(out, "src/v1.ts"), exportsOf(join(out, "src/gen")));
  const config = JSON.parse(readFileSync(join(ROOT, "../../proto/service_config.json"), "utf8"));
  const doc = "/** The published service config of the contract. Written by scripts/generate.mjs; do not edit. */";
  const written = `${doc}\nexport const SERVICE_CONFIG = ${JSON.stringify(config, null, 2)} as const;\n`;
  writeFileSync(join(out, "src/service-config.ts"), written);
}

const fresh = mkdtempSync(join(tmpdir(), "pointsman-gen-"));
try {
  mkdirSync(join(fresh, "src"));
  generate(fresh);
  const src = join(ROOT, "src");
  const read = (folder, name) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : undefined;
  const committed = existsSync(join(src, "gen")) ? files(join(src, "gen")).map((name) => join("gen", name)) : [];
  const names = new Set([...files(join(fresh, "src")), ...committed]);
  const stale = [...names].filter((name) => read(src, name) !== read(join(fresh, "src"), name)).sort();
  if (!process.argv.includes("--check")) {
    rmSync(join(src, "gen"), { recursive: true, force: true });
    cpSync(join(fresh, "src"), src, { recursive: true });
  } else if (stale.length) {
    console.error(`stale stubs, run \`npm run generate\`: ${stale.join(", ")}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(fresh, { recursive: true });
}
