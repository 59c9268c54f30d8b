"""Embeddings of any provider that litellm knows, behind the Embedder port.

litellm is imported at the first call, because importing it costs more than a second. Each call is a blocking request:
callers on an event loop run `embed` in a thread.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman_service.bounded_text import bounded_text, encodable
from pointsman_service.errors import ConfigurationError
from pointsman_service.structured_log import structlog

_log = structlog.get_logger(__name__)


class LitellmEmbedder:
    """Embedder port over `litellm.embedding`.

    model: litellm's name ("openai/text-embedding-3-small"); dimension: of its vectors, part of feature_version;
    api_key_env: environment variable with the key. When the provider fails or sends another dimension, the vector is
    zeros and a warning is logged: a query without an embedding is still routed, by its surface features.
    """

    def __init__(
        self,
        model: str,
        dimension: int,
        *,
        base_url: str | None = None,
        api_key_env: str | None = None,
        max_chars: int = 8000,
        timeout_s: float = 2.0,
    ) -> None:
        if dimension < 1:
            raise ConfigurationError(f"embedder litellm: dimension must be positive, is {dimension}")
        self.dimension = dimension
        self.feature_version = f"litellm-{model}-{dimension}d-{max_chars}c"
        self._model = model
        self._base_url = base_url
        self._api_key_env = api_key_env
        self._max_chars = max_chars
        self._timeout_s = timeout_s

    def embed(self, text: str) -> NDArray[np.float32]:
        """(dimension,) float32 of unit length; zeros for an empty text and where the provider fails."""
        bounded = encodable(bounded_text(text, self._max_chars))
        if not bounded.strip():
            return self._zeros()
        try:
            vector = np.asarray(self._request(bounded), dtype=np.float32)
        except Exception as error:  # noqa: BLE001 - litellm raises its own and every provider's; none may stop routing
            _log.warning("embedding_failed", model=self._model, error=str(error))
            return self._zeros()
        length = float(np.linalg.norm(vector))
        if vector.shape != (self.dimension,) or not np.isfinite(length) or length == 0:
            _log.warning("embedding_malformed", model=self._model, shape=vector.shape, expected=self.dimension)
            return self._zeros()
        return vector / np.float32(length)

    def _zeros(self) -> NDArray[np.float32]:
        return np.zeros(self.dimension, dtype=np.float32)

    def _request(self, text: str) -> Any:  # noqa: ANN401 - whatever the provider sent; checked by the caller
        import litellm  # noqa: PLC0415 - see the module's docstring

        response = litellm.embedding(
            model=self._model,
            input=[text],
            api_base=self._base_url,
            api_key=os.environ.get(self._api_key_env) if self._api_key_env else None,
            timeout=self._timeout_s,
            encoding_format="float",
            num_retries=0,
            max_retries=0,
        )
        return response.data[0]["embedding"]
