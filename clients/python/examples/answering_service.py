"""A service of your own over Pointsman: it answers questions over HTTP and takes thumbs, which it does not wait for.

    python examples/answering_service.py 8080
    curl -d '{"question": "What is 47 times 68?"}' localhost:8080/ask
    curl -d '{"episode_id": "EPISODE", "thumb": "up", "comment": "right and fast"}' localhost:8080/thumb

Both may name a `user`. Where the router is, and whose calls these are, the environment says: POINTSMAN_ADDRESS,
POINTSMAN_TENANT and POINTSMAN_API_KEY.
"""

from __future__ import annotations

import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pointsman import BudgetExhausted, Client, FeedbackBatcher, InvalidRequest, OverLimit, PointsmanError, Unavailable

MOST_BYTES = 1 << 20


class Handler(BaseHTTPRequestHandler):
    """One client and one batcher for all requests: both are for any number of threads."""

    pointsman: Client
    thumbs: FeedbackBatcher

    def do_POST(self) -> None:
        """`/ask` and `/thumb`."""
        try:
            said = json.loads(self.rfile.read(min(int(self.headers.get("Content-Length", 0)), MOST_BYTES)))
            match self.path:
                case "/ask":
                    self._answer(200, self._asked(said))
                case "/thumb":
                    self._answer(202 if self._thumb(said) else 503, {})
                case _:
                    self._answer(404, {"error": "POST /ask or /thumb"})
        except (ValueError, KeyError, TypeError, AttributeError):
            self._answer(400, {"error": "expected JSON: a question; or an episode_id and a thumb, up or down"})
        except InvalidRequest as error:
            self._answer(400, {"error": error.message})
        except (OverLimit, BudgetExhausted) as error:
            self._answer(429, {"error": error.message}, error.retry_after_s)
        except Unavailable as error:
            self._answer(503, {"error": error.message}, error.retry_after_s)
        except PointsmanError as error:
            self._answer(500, {"error": error.reason or error.code.name})

    def _asked(self, said: dict[str, Any]) -> dict[str, Any]:
        answer = self.pointsman.complete(said["question"], timeout_s=30, **_given(said, user="end_user_id"))
        return {
            "text": answer.text,
            "model": answer.model,
            "cost_usd": answer.cost_usd,
            "episode_id": answer.episode_id,
        }

    def _thumb(self, said: dict[str, Any]) -> bool:
        beside = _given(said, comment="comment", user="end_user_id")
        return self.thumbs.add(said["episode_id"], thumb=said["thumb"], **beside)

    def _answer(self, status: int, body: dict[str, Any], retry_after_s: float | None = None) -> None:
        self.send_response(status)
        if retry_after_s is not None:
            self.send_header("Retry-After", str(int(retry_after_s) + 1))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


def _given(said: dict[str, Any], **names: str) -> dict[str, Any]:
    """What is said, by the client's names; a box that was left empty says nothing."""
    return {ours: said[theirs] for theirs, ours in names.items() if said.get(theirs)}


def main(port: int) -> None:
    """Until interrupted or terminated; what is left of the thumbs is sent first."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Client() as pointsman, pointsman.batcher() as thumbs:
        Handler.pointsman, Handler.thumbs = pointsman, thumbs
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        print(f"answering at http://127.0.0.1:{server.server_port}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8080)
