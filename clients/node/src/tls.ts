/** TLS of a client: what the service's certificate is checked by, and the client's own certificate. */
import { credentials, type ChannelCredentials } from "@grpc/grpc-js";
import { readFileSync } from "node:fs";
import * as tls from "node:tls";

import { invalid, shown } from "./arguments";

/** Files in PEM; what is left out comes from POINTSMAN_TLS_CA, POINTSMAN_TLS_CERT and POINTSMAN_TLS_KEY. */
export interface TlsFiles {
  /** Of the CAs that the service's certificate may come from; "system" for those that this machine trusts. */
  tlsCa?: string;
  /** The client's own certificate, where the service asks for one. */
  tlsCert?: string;
  /** The key of tlsCert. */
  tlsKey?: string;
}

const VARIABLES = { tlsCa: "POINTSMAN_TLS_CA", tlsCert: "POINTSMAN_TLS_CERT", tlsKey: "POINTSMAN_TLS_KEY" } as const;

// Where distributions keep what they trust, as Go's crypto/x509 looks for it: Debian, Fedora, openSUSE, RHEL, Alpine.
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** The credentials; undefined where nothing says that there is TLS. Throws InvalidRequest for a file that is not to be read. */
export function credentialsOf(files: TlsFiles): ChannelCredentials | undefined {
  const roots = said(files, "tlsCa");
  const cert = said(files, "tlsCert");
  const key = said(files, "tlsKey");
  if ((cert === undefined) !== (key === undefined)) {
    throw invalid("tlsCert", "goes together with tlsKey: a certificate is of no use without its key");
  }
  if (roots === undefined && cert === undefined) return undefined;
  const trusted = roots?.path === "system" ? systemRoots() : roots && read(roots);
  try {
    return credentials.createSsl(trusted ?? null, key ? read(key) : null, cert ? read(cert) : null);
  } catch (wrong) {
    throw invalid("tlsCa", `and the files beside it make no TLS: ${(wrong as Error).message}`, wrong);
  }
}

interface Said {
  readonly path: string;
  readonly where: string;
}

function said(files: TlsFiles, name: keyof TlsFiles): Said | undefined {
  const own: unknown = files[name];
  if (own === undefined) {
    const variable = process.env[VARIABLES[name]];
    return variable ? { path: variable, where: VARIABLES[name] } : undefined;
  }
  if (typeof own !== "string") throw invalid(name, `must be the path of a file in PEM, not ${shown(own)}`);
  return { path: own, where: name };
}

function read({ path, where }: Said): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw invalid(where, `${path} cannot be read: ${(error as Error).message}`, error);
  }
}

/** What this machine trusts; undefined, which means Node's own list, where it does not say. */
function systemRoots(): Buffer | undefined {
  // Node 22.15 and later can tell.
  const ask = (tls as { getCACertificates?: (kind: string) => string[] }).getCACertificates;
  if (ask) return Buffer.from(ask("system").join("\n"));
  for (const path of [process.env.SSL_CERT_FILE, ...BUNDLES]) {
    try {
      if (path) return readFileSync(path);
    } catch {
      // This one is another distribution's.
    }
  }
  return undefined;
}
