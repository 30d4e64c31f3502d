/**
 * Real servers on loopback: one that speaks for an origin and can misbehave in every way that tests ask for, and a
 * small proxy. Each is closed, connections included, by `close`.
 * @module
 */
import {
  createServer,
  request as forward,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createOrigin, type Origin } from "./origin.ts";

/** A running server. */
export interface Running {
  /** `http://127.0.0.1:PORT`. */
  readonly base: string;
  readonly port: number;
  /** The number of connections so far. */
  connections(): number;
  close(): Promise<void>;
}

/** Starts a server on a free port of 127.0.0.1. */
export async function listen(listener: RequestListener, set?: (server: Server) => void): Promise<Running> {
  const server = createServer(listener);
  let connections = 0;
  server.on("connection", (socket) => {
    connections++;
    socket.on("error", () => {});
  });
  set?.(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}`,
    port,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers in place of the origin; `n` counts the requests for this path from 1. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse, n: number) => void;

/** A server for an origin. */
export interface OriginServer extends Running {
  readonly origin: Origin;
  /** Every request so far. */
  readonly requests: { readonly path: string; readonly headers: IncomingMessage["headers"] }[];
  /** Makes a path misbehave. */
  readonly odd: Map<string, Misbehaviour>;
}

/** Starts a server for a fresh origin. */
export async function serveOrigin(): Promise<OriginServer> {
  const origin = createOrigin();
  const odd = new Map<string, Misbehaviour>();
  const requests: OriginServer["requests"] = [];
  const running = await listen((request, response) => {
    const path = request.url ?? "";
    requests.push({ path, headers: request.headers });
    const misbehave = odd.get(path);
    if (misbehave) {
      misbehave(request, response, requests.filter((earlier) => earlier.path === path).length);
    } else {
      sendFrom(origin, request, response);
    }
  });
  return { ...running, origin, odd, requests };
}

/** Answers as the origin does. */
export function sendFrom(origin: Origin, request: IncomingMessage, response: ServerResponse): void {
  const headers = request.headers as Record<string, string | undefined>;
  const answer = origin.answer(request.url ?? "", headers);
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}

/** A proxy on loopback, and what went through it. */
export interface RunningProxy extends Running {
  /** `GET http://…` for what it forwarded, `CONNECT host:port` for tunnels. */
  readonly log: string[];
}

/** Starts a proxy that forwards `http:` and tunnels by CONNECT, both to 127.0.0.1 whatever the host. */
export async function startProxy(authorization?: string): Promise<RunningProxy> {
  const log: string[] = [];
  const allowed = (request: IncomingMessage): boolean =>
    authorization === undefined || request.headers["proxy-authorization"] === authorization;
  const running = await listen(
    (request, response) => {
      log.push(`${request.method} ${request.url}`);
      if (!allowed(request)) return void response.writeHead(407).end();
      const url = new URL(request.url ?? "");
      const onward = forward(
        { host: "127.0.0.1", port: url.port, path: url.pathname, headers: request.headers, agent: false },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on("error", () => response.writeHead(502).end());
      onward.end();
    },
    (server) => {
      server.on("connect", (request, client: Socket) => {
        log.push(`CONNECT ${request.url}`);
        if (!allowed(request)) return client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        const port = Number(new URL(`http://${request.url}`).port);
        const upstream = connect(port, "127.0.0.1", () => {
          client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
          upstream.pipe(client);
          client.pipe(upstream);
        });
        upstream.on("error", () => client.destroy());
        client.on("error", () => upstream.destroy());
        client.on("close", () => upstream.destroy());
      });
    },
  );
  return { ...running, log };
}
