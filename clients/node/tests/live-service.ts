/** A real service on recorded answers, as a process of its own. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The package's folder: tests run from build/tests. */
export const PACKAGE = resolve(__dirname, "../..");

/** Where a service is, and how to end it. */
export interface Live {
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts the checkout's service, on free ports and an empty folder. POINTSMAN_PROGRAM names another. */
export async function startService(): Promise<Live> {
  const program = process.env.POINTSMAN_PROGRAM ?? resolve(PACKAGE, "../../.venv/bin/pointsman");
  const folder = mkdtempSync(join(tmpdir(), "pointsman-node-"));
  const child = spawn(program, ["serve", "--port", "0", "--folder", folder], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((done) =>
    child.once("exit", () => {
      done();
    }),
  );
  const said: string[] = [];
  const address = await new Promise<string>((done, failed) => {
    const read = (piece: Buffer): void => {
      said.push(piece.toString());
      const found = / serving .*? address=(\S+)/.exec(said.join("").replace(/\u001b\[[0-9;]*m/g, ""));
      if (found?.[1]) done(found[1]);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", failed);
    child.once("exit", () => {
      failed(new Error(`the service did not start: ${said.join("")}`));
    });
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true });
  };
  return { address, stop };
}
