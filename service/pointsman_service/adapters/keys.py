"""API keys as the environment holds them, and as they can be sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pointsman_service.domain import ModelConfig
from pointsman_service.errors import ModelCallError

_SCHEMES = ("bearer ", "basic ")


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
    if model.api_key_env is None:
        return None
    trouble = trouble_with(model.api_key_env, environ)
    if trouble is not None and trouble.fatal:
        raise ModelCallError(f"the key of {model.name}: {trouble.text}", kind="auth")
    return environ[model.api_key_env].strip()


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

    >>> [t.text for t in troubles([ModelConfig("m", "openai", "m", api_key_env="KEY")], {})]
    ["set KEY in the service's environment: it is not set, and every call of m will fail"]
    """
    found = []
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
