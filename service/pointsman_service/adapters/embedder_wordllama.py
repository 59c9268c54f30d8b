"""A static embedding: the mean of WordLlama's 256-d token vectors, from the weights and tokenizer inside its wheel.

Read directly with safetensors and tokenizers: importing `wordllama` itself costs most of a second (pydantic, requests)
and reconfigures logging, and its loader looks for the tokenizer in a folder that does not exist. The vectors are the
same as `WordLlama.embed(text, norm=True)` gives, which a test asserts.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from tokenizers import Tokenizer

from pointsman_service.domain.bounded_text import bounded_text, encodable
from pointsman_service.errors import ConfigurationError

DIMENSION = 256
MAX_CHARS = 2000
_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"


class WordLlamaEmbedder:
    """Embedder port. About 60 us for a prompt of 30 tokens; safe to share between threads (it holds no mutable state).

    Of a prompt longer than `max_chars` the head, the tail and samples between are embedded, see `bounded_text`.
    Raises ConfigurationError where the installed wordllama does not carry the weights.
    """

    dimension = DIMENSION

    def __init__(self, max_chars: int = MAX_CHARS) -> None:
        folder = _package_folder()
        self._max_chars = max_chars
        self._vectors = _vectors(folder / _WEIGHTS)
        self._tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        version = importlib.metadata.version("wordllama")
        self.feature_version = f"wordllama-{version}-{DIMENSION}d-{max_chars}c"

    def embed(self, text: str) -> NDArray[np.float32]:
        """(256,) float32 of unit length; zeros where the text has no token."""
        bounded = encodable(bounded_text(text, self._max_chars))
        ids = self._tokenizer.encode(bounded, add_special_tokens=False).ids if bounded.strip() else []
        if not ids:
            return np.zeros(DIMENSION, dtype=np.float32)
        total: NDArray[np.float32] = self._vectors[np.minimum(ids, len(self._vectors) - 1)].sum(
            axis=0, dtype=np.float32
        )
        length = float(np.linalg.norm(total))
        return total / np.float32(length) if length > 0 else total


@cache
def shared_embedder() -> WordLlamaEmbedder:
    """The one of this process: its vectors take 32 MB and a tenth of a second to read."""
    return WordLlamaEmbedder()


def _package_folder() -> Path:
    spec = importlib.util.find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError("embedder wordllama: the package is not installed; pip install wordllama")
    folder = Path(spec.submodule_search_locations[0])
    missing = [name for name in (_WEIGHTS, _TOKENIZER) if not (folder / name).is_file()]
    if missing:
        raise ConfigurationError(f"embedder wordllama: {folder} lacks {', '.join(missing)}; install wordllama 0.4")
    return folder


def _vectors(path: Path) -> NDArray[np.float32]:
    """(tokens, 256); held as float32, since widening half floats on every query would cost more than the memory."""
    with safe_open(str(path), framework="np") as weights:
        name = next(iter(weights.keys()))
        return np.ascontiguousarray(weights.get_tensor(name).astype(np.float32))
