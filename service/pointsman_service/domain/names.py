"""Names of models, tenants, deployments and taxonomy nodes: one rule, whoever gives them."""

from __future__ import annotations

import re

MAX_NAME = 200
NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:/@-]{{0,{MAX_NAME - 1}}}")
EXPLORATION = "(exploration)"
"""The purse that pays for calls in the shadow: no tenant can be called so."""
NODE_ID = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*")
"""Lower-case words joined by dots: "maths.proof"."""


def is_name(text: str) -> bool:
    """Whether a model or a tenant can be called so.

    >>> is_name("openai/gpt-4o"), is_name("gpt 4o"), is_name("-x"), is_name("x" * 201)
    (True, False, False, False)
    """
    return NAME.fullmatch(text) is not None


def is_node_id(text: str) -> bool:
    """Whether a taxonomy node can be called so.

    >>> is_node_id("maths.proof"), is_node_id("Maths/proof")
    (True, False)
    """
    return len(text) <= MAX_NAME and NODE_ID.fullmatch(text) is not None
