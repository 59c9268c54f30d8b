"""What of a failure's text is the operator's, and not for those who only ask: addresses, files, names of variables.

The log, and who has the role admin, keep the text as it came.
"""

from __future__ import annotations

import ipaddress
import re

ADDRESS, FILE, VARIABLE = "[address]", "[file]", "[variable]"

_URL = re.compile(r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\s'\"<>]*[^\s'\"<>,.;:)\]]")
_REDIRECT = re.compile(r"\b(redirects to )[^\s,;]+")
_SOCKET = re.compile(r"\(['\"][^'\"\s]{1,253}['\"], \d{1,5}(?:, \d{1,10}){0,2}\)")
"""As Python shows one: ('127.0.0.1', 8000)."""

_HOST_SAID = re.compile(r"\b((?:[Hh]ost(?:name)?|resolve|not valid for) )(?!\[)['\"]?[\w.:-]+['\"]?")
_HOST_PORT = re.compile(r"(?<![\w.:/-])(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z][A-Za-z0-9-]{0,62}:\d{2,5}(?![\w.]\w)")
_NAME_PORT = re.compile(r"(?<![\w.:/-])[A-Za-z][A-Za-z0-9-]{0,62}:\d{4,5}(?![\w-])")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\w.]\d|\w)")
_IPV6 = re.compile(r"(?<![\w:])\[?((?:[0-9A-Fa-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}))"
                   r"(?:%\w{1,15})?\]?(?::\d{1,5})?(?![\w:])")  # fmt: skip
_TOP_LEVEL = (
    "com|org|net|edu|gov|int|io|ai|co|dev|app|cloud|tech|xyz|site|online|internal|intranet|local|localdomain|lan|corp|home|"
    "private|svc|test|example|invalid|onion|arpa|de|eu|uk|fr|nl|ch|cn|jp|kr|us|ca|ru|br|se|fi|pl|es|au"
)
"""Ends of hosts' names: "messages.content" is a field. RFC 2606, 6762 and 8375 name those of private networks."""

_DOMAIN = re.compile(rf"(?<![\w.-])(?:[A-Za-z0-9-]{{1,63}}\.){{1,8}}(?:{_TOP_LEVEL})(?![\w-]|\.\w)")
_LOCALHOST = re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.){0,8}localhost(?![\w-])")
_FILE = re.compile(r"(?<![\w/.\]])(?:/[\w.@+-]{1,255}){2,64}/?")
_ENVIRONMENT = re.compile(r"\b(environment variable )[A-Za-z_]\w*")
_NAME_OF_SECRET = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:KEY|TOKEN|SECRET|PASSWORD|URL|BASE|ENDPOINT|HOST)\b")


def for_callers(text: str) -> str:
    """The text as those may read it who only ask. Time grows with the length of the text, no faster.

    >>> for_callers("cannot connect to small at http://10.0.0.7:8000/v1: no route to 10.0.0.7:8000")
    'cannot connect to small at [address]: no route to [address]'
    >>> for_callers("the provider answered 400: messages.0.content is too long, at 12:30:45")
    'the provider answered 400: messages.0.content is too long, at 12:30:45'
    >>> for_callers("the key of small: the environment variable SOME_API_KEY is not set")
    'the key of small: the environment variable [variable] is not set'
    """
    text = _URL.sub(ADDRESS, text)
    text = _REDIRECT.sub(rf"\1{ADDRESS}", text)
    text = _SOCKET.sub(ADDRESS, text)
    text = _IPV6.sub(_if_address, text)
    text = _IPV4.sub(ADDRESS, text)
    for host in (_HOST_PORT, _NAME_PORT, _DOMAIN, _LOCALHOST):
        text = host.sub(ADDRESS, text)
    text = _HOST_SAID.sub(rf"\1{ADDRESS}", text)
    text = _FILE.sub(FILE, text)
    text = _ENVIRONMENT.sub(rf"\1{VARIABLE}", text)
    return _NAME_OF_SECRET.sub(VARIABLE, text)


def _if_address(found: re.Match[str]) -> str:
    """A time of day, or a list with colons, is none."""
    try:
        ipaddress.IPv6Address(found[1])
    except ValueError:
        return found[0]
    return ADDRESS
