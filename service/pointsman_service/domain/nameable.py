"""What a change at run time may name: variables that hold keys, and hosts that are sent to.

The file is trusted; whoever can change the configuration while the service runs need not be trusted with the provider
keys. So a key goes only where the file sends it, or to a host that the file allows by name. A host that the file allows
by nothing gets neither a key nor a prompt, but for those of this machine, which get prompts. What a name resolves to is
not looked at, since it may be another address a moment later: a list of hosts allows what they resolve to.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from pointsman_service.domain.configuration import InForce, Key, Layers
from pointsman_service.domain.configured import ModelConfig
from pointsman_service.domain.host_port import canonical_host, is_loopback, is_of_the_cloud

OWN_VARIABLES = "POINTSMAN_"
"""Of the service itself, whose values no provider must see."""

_HOST = re.compile(r"[a-z0-9._:-]+")

Origin = tuple[str, str, int | None] | None
"""Scheme, host and port of an address; None for the provider's own, which the adapter knows."""


@dataclass(frozen=True, slots=True)
class Nameable:
    """key_envs: patterns of variables' names, as `*_API_KEY`. hosts: patterns of hosts, None for those of this machine.

    A pattern has `*` and `?`. One of hosts is for every port, or for the one that it ends in.
    """

    key_envs: tuple[str, ...] = ("*_API_KEY",)
    hosts: tuple[str, ...] | None = None

    def takes_env(self, name: str) -> bool:
        """Whether the variable may hold a provider's key.

        >>> Nameable().takes_env("OPENAI_API_KEY"), Nameable(("*",)).takes_env("POINTSMAN_API_KEY")
        (True, False)
        """
        own = name.upper().startswith(OWN_VARIABLES)
        return not own and any(fnmatchcase(name, pattern) for pattern in self.key_envs)

    def lists(self, origin: Origin) -> bool:
        """Whether the host is allowed by name. One that gives out a machine's credentials only by exactly its name.

        >>> Nameable(hosts=("*",)).lists(("http", "169.254.169.254", None))
        False
        """
        if origin is None:
            return False
        _, host, port = origin
        spelt = {host, canonical_host(host)}
        forms = {f"{h}:{port}" for h in spelt if port} | spelt
        exact = is_of_the_cloud(host)
        return any(p.lower() in forms if exact else _matches(forms, p) for p in self.hosts or ())

    def takes_prompts(self, origin: Origin) -> bool:
        """Whether it may be asked without a key: it is listed, or on this machine where nothing is."""
        here = self.hosts is None and origin is not None and is_loopback(canonical_host(origin[1]))
        return origin is None or here or self.lists(origin)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model is called, and with which key. at: the fields that say so begin with it."""

    env: str | None
    url: str | None
    provider_model: str
    at: str = field(default="", compare=False)

    @property
    def origin(self) -> Origin:
        """Of its address."""
        return origin_of(self.url)


def may_be_called(now: InForce, name: str) -> bool:
    """Whether anything is sent to a model: one that is disabled is asked by nobody, but for judges that name it."""
    if now.models[name].enabled:
        return True
    judges = now.layers.entries("judges").values()
    return any(judge.get("kind") == "consistency" or judge.get("model") == name for judge in judges)


def misnamed(after: InForce, name: str, nameable: Nameable) -> Iterator[tuple[Key, str]]:
    """What is wrong with a model as it would be in force after a change at run time."""
    declared = list(_declared(after.layers))
    for place in places_of(after.models[name]):
        if place not in declared:
            yield from ((Key("models", name, field), why) for field, why in _wrong_with(place, declared, nameable))


def places_of(model: ModelConfig) -> list[Place]:
    """Each place where it is called; its own values stand for what a deployment does not say.

    >>> places_of(ModelConfig("m", "openai", "m", "http://h/v1"))
    [Place(env=None, url='http://h/v1', provider_model='m', at='')]
    """
    if not model.deployments:
        return [Place(model.api_key_env, model.base_url, model.provider_model)]
    return [
        Place(
            d.api_key_env or model.api_key_env,
            d.base_url or model.base_url,
            d.provider_model or model.provider_model,
            f"deployments[{i}].",
        )
        for i, d in enumerate(model.deployments)
    ]


def origin_of(url: str | None) -> Origin:
    """What of an address decides who answers there.

    >>> origin_of("https://API.example.org/v1?key=1")
    ('https', 'api.example.org', None)
    """
    if url is None:
        return None
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    return parts.scheme.lower(), (parts.hostname or "").lower(), port


def _wrong_with(place: Place, declared: Sequence[Place], nameable: Nameable) -> Iterator[tuple[str, str]]:
    """(field, what is wrong with it)."""
    origin, env = place.origin, place.env
    if "://" in place.provider_model and place.provider_model not in {d.provider_model for d in declared}:
        yield f"{place.at}provider_model", "must be a model's name, not an address, where it is changed at run time"
    if env is not None and not nameable.takes_env(env) and env not in {d.env for d in declared}:
        yield f"{place.at}api_key_env", _not_this_variable(env, nameable)
    if env is None and not (nameable.takes_prompts(origin) or origin in {d.origin for d in declared}):
        yield f"{place.at}base_url", _not_this_host(origin, "queries")
    if env is not None and not (origin is None or nameable.lists(origin) or origin in _of_key(env, declared)):
        yield f"{place.at}base_url", _not_this_host(origin, f"the key of {env}")


def _of_key(env: str, declared: Sequence[Place]) -> set[Origin]:
    """Where the file sends it."""
    return {place.origin for place in declared if place.env == env}


def _not_this_variable(env: str, nameable: Nameable) -> str:
    if env.upper().startswith(OWN_VARIABLES):
        return f"{env} is the service's own: no change at run time may name it"
    patterns = ", ".join(nameable.key_envs) or "none"
    return (
        f"a change at run time may name the variables that the file names, and those that [admin] key_env_pattern "
        f"allows ({patterns}); {env} is neither"
    )


def _not_this_host(origin: Origin, what: str) -> str:
    host = origin[1] if origin else ""
    return (
        f"a change at run time may send {what} only where the file does, or to hosts that [admin] base_url_hosts "
        f"lists; {host!r} is not among them"
    )


def _declared(layers: Layers) -> Iterator[Place]:
    """Where the file and the environment have models called."""
    for name, said in Layers(declared=layers.declared).entries("models").items():
        own = (said.get("api_key_env"), said.get("base_url"), said.get("provider_model") or name)
        yield Place(*own)
        for place in said.get("deployments", ()):
            mine = (place.get("api_key_env"), place.get("base_url"), place.get("provider_model"))
            env, url, provider_model = (given or inherited for given, inherited in zip(mine, own, strict=True))
            yield Place(env, url, provider_model or name)


def _matches(forms: Collection[str], pattern: str) -> bool:
    """A host with other characters than hosts have may be read otherwise by whoever connects, so it matches nothing."""
    return any(_HOST.fullmatch(form) is not None and fnmatchcase(form, pattern.lower()) for form in forms)
