"""Passes requests for embeddings on to an OpenAI-compatible address, and what it answers back."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from pointsman_service.adapters.callers.addresses import proxy_for
from pointsman_service.adapters.callers.connection_errors import BROKEN, connection_error
from pointsman_service.adapters.callers.keys import authorization, key_of
from pointsman_service.adapters.callers.pooled_session import pooled_session
from pointsman_service.adapters.callers.refused_response import is_refusal, refusal
from pointsman_service.chat.call_errors import garbage
from pointsman_service.domain import ModelConfig
from pointsman_service.domain.redaction import Redactor
from pointsman_service.errors import ModelCallError

CONNECTIONS = 64
MOST_BYTES = 64 << 20
"""Of a response: 2,048 texts, OpenAI's most, of 3,072 numbers each in base64 are 33 MB."""
_END = "/embeddings"


class EmbeddingsOpenAI:
    """One address. `embed` raises ModelCallError, as callers of models do; `close` once."""

    def __init__(
        self,
        base_url: str,
        api_key_env: str | None,
        redactor: Redactor | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """redactor: takes keys out of what a provider says of a failure. environ: where the key is looked up."""
        self._redactor = redactor or Redactor(environ)
        self._place = ModelConfig("embeddings", "openai", "embeddings", base_url, api_key_env)
        parts = urlsplit(base_url)
        path = parts.path.rstrip("/").removesuffix(_END) + _END
        self._address = urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
        self._environ = environ
        self._session: aiohttp.ClientSession | None = None

    async def embed(self, body: Mapping[str, Any], timeout_s: float) -> bytes:
        """The response's JSON. Raises ModelCallError."""
        key = key_of(self._place, self._environ)
        headers = {"Content-Type": "application/json"} | ({} if key is None else {"Authorization": authorization(key)})
        if key is not None:
            self._redactor.knows(key)
        try:
            response = await self._pool().post(
                self._address,
                data=json.dumps(body).encode(),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout_s, sock_connect=5.0),
                allow_redirects=False,
                proxy=proxy_for(self._address, self._environ),
            )
            if is_refusal(response.status):
                raise await refusal(response)
            return await self._whole(response)
        except ModelCallError as error:
            raise self._clean(error) from None
        except BROKEN as error:
            raise self._clean(connection_error(self._place, error)) from None

    async def close(self) -> None:
        """Close the pooled connections."""
        if self._session is not None:
            await self._session.close()

    def _clean(self, error: ModelCallError) -> ModelCallError:
        """The same failure; providers repeat keys in their words."""
        text = self._redactor.text(str(error))
        return ModelCallError(text, kind=error.kind, retry_after_s=error.retry_after_s)

    async def _whole(self, response: aiohttp.ClientResponse) -> bytes:
        pieces, size = list[bytes](), 0
        async with response:
            while piece := await response.content.readany():
                pieces.append(piece)
                size += len(piece)
                if size > MOST_BYTES:
                    raise garbage(f"the response is longer than {MOST_BYTES} bytes", None)
        body = b"".join(pieces)
        if response.content_type != "application/json" or not body.lstrip().startswith(b"{"):
            raise garbage("the response is no JSON object", body[:200].decode(errors="replace"))
        return body

    def _pool(self) -> aiohttp.ClientSession:
        # Made at the first call: a session belongs to the event loop that runs then.
        if self._session is None:
            self._session = pooled_session(CONNECTIONS)
        return self._session
