"""What a model's name says: providers and tables write one model in many ways, and two models nearly alike.

A name is read as what it is of (family, version, variant), its size, its date and its effort. What only says who serves
it, or how (host, quantisation, `instruct`), is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SERVERS = frozenset(
    (  # noqa: SIM905 - a list would be a word a line
        "ai21 amazon anthropic apac azure bedrock cohere converse deepinfra eu fireworks gemini_api global "
        "google groq hf hyperbolic meta microsoft mistralai moonshot moonshotai nousresearch nvidia ollama "
        "openai openrouter perplexity_ai replicate sambanova together together_ai us vertex vertex_ai writer "
        "xai zai"
    ).split()
)
"""Who serves, where a name begins with it; what comes before a slash is left out, whatever it is."""
_MANNERS = frozenset(
    (  # noqa: SIM905 - as above
        "api awq basic beta bf16 chat exp experimental fp16 fp8 free gguf gptq hf inst instruct int4 int8 it "
        "latest lora maas model models open online preview prev serverless tee turbo versatile"
    ).split()
)
"""How it is served or tuned to talk. Of GPT, `turbo` and `chat` are models of their own."""
_EFFORTS = {
    **dict.fromkeys(("none", "nothinking", "nothink", "non"), 0), "minimal": 1, "low": 2, "medium": 3, "auto": 3,
    "reasoning": 4, "reasoner": 4, "thinking": 4, "think": 4, "high": 4, "highthinking": 4, "xhigh": 5, "base": None,
}  # fmt: skip
"""By how much a model is to think; `base` says nothing."""
_PASSED_OVER = {*_EFFORTS, *_MANNERS, "effort"}
"""What may stand at the end, beside how much context there is for thinking (`64k`)."""
_SIZED_BY_WORD = frozenset({"mistral", "phi"})
"""Families of which `medium` is a size."""
_SIZE = re.compile(r"a?\d+(\.\d+)?[bm]|\d+x\d+(\.\d+)?b|\d+e")
_DATE = re.compile(r"20[2-9]\d(0[1-9]|1[0-2])([0-3]\d)?|(0[1-9]|1[0-2])[0-3]\d|2[3-9](0[1-9]|1[0-2])|00\d|0\.\d+")
_TOKEN = re.compile(r"[a-z]+|[a-z]*\d+(?:\.\d+)*[a-z0-9]*")


@dataclass(frozen=True, slots=True)
class ModelName:
    """What it is read as.

    core: words of family, version and variant; sizes: as `70b`, `a22b`; date: digits, "" where none is said; effort:
    from 0, no thinking, to 5, None where nothing is said of it.
    """

    core: frozenset[str]
    sizes: frozenset[str]
    date: str = ""
    effort: int | None = None

    @property
    def version(self) -> float | None:
        """The number in it, None where there is none, or more than one."""
        numbers = [float(word) for word in self.core if _is_number(word)]
        return numbers[0] if len(numbers) == 1 else None

    @property
    def family(self) -> frozenset[str]:
        """The words without their number."""
        return frozenset(word for word in self.core if not _is_number(word))

    @property
    def billions(self) -> float | None:
        """The largest size that it says, in billions of parameters; None where it says none."""
        found = [float(s[:-1]) for s in self.sizes if s[:1].isdigit() and s.endswith("b") and "x" not in s]
        return max(found, default=None)


def read_name(name: str) -> ModelName:
    """What a name says, of whatever provider.

    >>> sorted(read_name("us.anthropic.claude-3-5-sonnet-20240620-v1:0").core), read_name("gpt-4-0613").date
    (['3.5', 'claude', 'sonnet'], '0613')
    >>> read_name("meta-llama/Llama-3.1-70B-Instruct-Turbo") == read_name("Meta-Llama-3.1-70B-Inst-fp8@together")
    True
    >>> read_name("gpt-5-mini-high").effort, sorted(read_name("qwen3-235b-a22b-thinking-2507").sizes)
    (4, ['235b', 'a22b'])
    """
    words = _words(name)
    words, date = _without_date(words)
    words, effort = _without_effort(words)
    is_gpt = "gpt" in words
    kept = [w for w in words if w not in _MANNERS or (is_gpt and w in {"turbo", "chat"})]
    sizes = frozenset(w for w in kept if _SIZE.fullmatch(w))
    return ModelName(frozenset(w for w in kept if w not in sizes and not re.fullmatch(r"\d+k", w)), sizes, date, effort)


def _words(name: str) -> list[str]:
    text = name.lower().strip().rpartition("/")[2]
    text = re.sub(r"-v\d+:\d+$", "", text)
    text = re.sub(r"@(?!\d)[^@]*$", "", text)
    words: list[str] = []
    for chunk in re.split(r"[^a-z0-9.]+|(?<!\d)\.|\.(?!\d)", text):
        words += _parted(chunk) if chunk else []
    while len(words) > 1 and words[0] in _SERVERS:
        words.pop(0)
    return _joined(words)


def _parted(chunk: str) -> list[str]:
    """`llama3.1` is two words, `o1` and `4o` are one, and `v3` is 3."""
    if chunk in _MANNERS or _SIZE.fullmatch(chunk):
        return [chunk]
    if found := re.fullmatch(r"v(\d[\d.]*)", chunk):
        return [found[1]]
    if found := re.fullmatch(r"([a-z]{2,})(\d[\d.]*[a-z]*)", chunk):
        return [found[1], found[2]]
    return _TOKEN.findall(chunk) if re.fullmatch(r"\d+\.\d+[a-z]{2,}", chunk) else [chunk]


def _joined(words: Sequence[str]) -> list[str]:
    """`3`, `5` is 3.5, and `2.0` is 2."""
    joined: list[str] = []
    for word in words:
        if joined and re.fullmatch(r"\d", joined[-1]) and re.fullmatch(r"\d", word):
            joined[-1] = f"{joined[-1]}.{word}"
        else:
            joined.append(word.removesuffix(".0") if _is_number(word) else word)
    return joined


def _without_date(words: Sequence[str]) -> tuple[list[str], str]:
    """A date of two or three numbers becomes one first: 2024-07-18, 08-2024, 05-20."""
    text = " ".join(words)
    text = re.sub(r"\b(20[2-9]\d) ([01]\d) ([0-3]\d)\b", r"\1\2\3", text)
    text = re.sub(r"\b(2\d) ([01]\d) ([0-3]\d)\b", r"20\1\2\3", text)
    text = re.sub(r"\b([01]\d) (20[2-9]\d)\b", r"\2\1", text)
    text = re.sub(r"\b([01]\d) ([0-3]\d)\b", r"\1\2", text)
    found = text.split()
    dates = [w for w in found if _DATE.fullmatch(w)]
    return [w for w in found if w not in dates], dates[-1] if dates else ""


def _without_effort(words: Sequence[str]) -> tuple[list[str], int | None]:
    """Effort is said at the end."""
    kept, effort = list(words), None
    sized = bool(_SIZED_BY_WORD & set(kept))
    while kept and (
        kept[-1] in _EFFORTS or kept[-1] == "effort" or re.fullmatch(r"\d+k", kept[-1]) or kept[-1] in _MANNERS
    ):
        word = kept[-1]
        if (sized and word == "medium") or ("gpt" in kept and word in {"turbo", "chat"}):
            break
        kept.pop()
        said = _EFFORTS.get(word)
        effort = said if said is not None and (effort is None or word == "non") else effort
    return kept, effort


def _is_number(word: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", word) is not None
