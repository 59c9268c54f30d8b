"""API keys as the environment holds them, and as they can be sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pointsman_service.domain import ModelConfig
from pointsman_service.errors import ModelCallError

_SCHEMES = ("bearer ", "basic ")

_OF_PROVIDER = {
    "anthropic": "ANTHROPIC_API_KEY",
    "cerebras": "CEREBRAS_API_KEY",
    "cohere": "COHERE_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "fireworks_ai": "FIREWORKS_AI_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "openai": "OPENAI_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "perplexity": "PERPLEXITYAI_API_KEY",
    "together_ai": "TOGETHERAI_API_KEY",
    "xai": "XAI_API_KEY",
}
"""Where litellm looks for a key that nobody names, by the provider's name before the slash. Others have ways of their
own (a cloud's account, a server without keys)."""


class KeyTrouble(NamedTuple):
    """What is wrong with a variable that should hold a key. fatal: no call can be made with it."""

    variable: str
    text: str
    fatal: bool


def key_of(model: ModelConfig, environ: Mapping[str, str]) -> str | None:
    """The model's key without the blanks and line ends around it, which files bring along; None where it needs none.

    Raises ModelCallError(auth) where it is not set, or cannot be sent in a header.

    >>> key_of(ModelConfig("m", "openai", "m", api_key_env="KEY"), {"KEY": "sk-1" + chr(10)})
    'sk-1'
    """
    variable = model.api_key_env or implied_variable(model)
    if variable is None or (model.api_key_env is None and not environ.get(variable, "").strip()):
        return None
    trouble = trouble_with(variable, environ)
    if trouble is not None and trouble.fatal:
        raise ModelCallError(f"the key of {model.name}: {trouble.text}", kind="auth")
    return environ[variable].strip()


def implied_variable(model: ModelConfig) -> str | None:
    """The variable in which litellm would look for the key of a model that names none, at its provider's own address.

    >>> implied_variable(ModelConfig("m", "litellm", "anthropic/claude-sonnet-4-5"))
    'ANTHROPIC_API_KEY'
    """
    if model.adapter != "litellm" or model.base_url is not None or model.api_key_env is not None:
        return None
    provider, slash, _ = model.provider_model.partition("/")
    return _OF_PROVIDER.get(provider) if slash else None


def authorization(key: str) -> str:
    """The header's value: `Bearer KEY`, unless the key says how it is to be sent.

    >>> authorization("sk-1"), authorization("Basic dXNlcjpwYXNz")
    ('Bearer sk-1', 'Basic dXNlcjpwYXNz')
    """
    return key if key.lower().startswith(_SCHEMES) else f"Bearer {key}"


def bare(key: str) -> str:
    """The key alone, for libraries that write the header themselves.

    >>> bare("Bearer sk-1"), bare("sk-1")
    ('sk-1', 'sk-1')
    """
    return key[len("bearer ") :].strip() if key.lower().startswith("bearer ") else key


def trouble_with(variable: str, environ: Mapping[str, str]) -> KeyTrouble | None:
    """What is wrong with the variable: not set, characters that no header can carry, or blanks around the key.

    >>> trouble_with("KEY", {}).text
    'the environment variable KEY is not set'
    """
    value = environ.get(variable, "")
    key = value.strip()
    if not key:
        return KeyTrouble(variable, f"the environment variable {variable} is {_absent(value)}", fatal=True)
    if not (key.isascii() and key.isprintable()):
        text = f"the environment variable {variable} has a character that no key has (a line end within, or not ASCII)"
        return KeyTrouble(variable, text, fatal=True)
    if key != value:
        text = f"the environment variable {variable} has a blank or a line end around the key, which is left off"
        return KeyTrouble(variable, text, fatal=False)
    return None


def variables_of(models: Iterable[ModelConfig]) -> dict[str, list[str]]:
    """The variables that keys of enabled models are in, each with the models that need it."""
    needed: dict[str, list[str]] = {}
    for model in models:
        places = (model.api_key_env, *(d.api_key_env for d in model.deployments))
        if model.enabled:
            for variable in dict.fromkeys(v for v in places if v is not None):
                needed.setdefault(variable, []).append(model.name)
    return needed


def troubles(models: Iterable[ModelConfig], environ: Mapping[str, str]) -> list[KeyTrouble]:
    """What is wrong with the keys of enabled models, by variable; the text says what to do, and which models need it.

    A key that litellm looks for by itself may be elsewhere, so that it is missing stops no start.

    >>> [t.text for t in troubles([ModelConfig("m", "openai", "m", api_key_env="KEY")], {})]
    ["set KEY in the service's environment: it is not set, and every call of m will fail"]
    """
    models = list(models)
    found = [
        KeyTrouble(
            v, f"{v} is not set, where litellm looks for the key of {m.name}: name it in api_key_env", fatal=False
        )
        for m in models
        if m.enabled and (v := implied_variable(m)) is not None and not environ.get(v, "").strip()
    ]
    for variable, names in variables_of(models).items():
        trouble = trouble_with(variable, environ)
        if trouble is not None and trouble.fatal:
            why = trouble.text.partition(f"{variable} ")[2]
            need = (
                f"set {variable} in the service's environment: it {why}, and every call of {', '.join(names)} will fail"
            )
            trouble = trouble._replace(text=need)
        if trouble is not None:
            found.append(trouble)
    return found


def _absent(value: str) -> str:
    return "empty" if value else "not set"
