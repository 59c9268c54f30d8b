// Compiles src to dist: CommonJS, and an ES module over it that exports the same objects, so that a program that loads
// both has one PointsmanError to compare with.
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(ROOT, "dist");

rmSync(DIST, { recursive: true, force: true });
execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", "tsconfig.build.json"], { cwd: ROOT, stdio: "inherit" });
const names = Object.keys(createRequire(import.meta.url)(join(DIST, "index.js"))).sort();
writeFileSync(
  join(DIST, "index.mjs"),
  `import client from "./index.js";\n\nexport const { ${names.join(", ")} } = client;\n`,
);
writeFileSync(join(DIST, "index.d.mts"), 'export * from "./index.js";\n');
