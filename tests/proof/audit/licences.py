"""Under which licences the installed packages are, against those that Apache-2.0 software may be built on."""

from __future__ import annotations

import re
from importlib.metadata import distributions

ALLOWED = frozenset(
    (
        *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0"),
        *("MIT-CMU", "MPL-2.0", "PSF-2.0", "Zlib"),
    )
)
"""SPDX identifiers. MPL-2.0 is a copyleft of single files, which nobody here changes. CNRI-Python and PSF-2.0 are
Python's own. BSD: a classifier that does not say how many clauses."""
BY_PACKAGE = {"click-default-group": ("Public Domain", "the licence file gives it to the public (The Unlicense)")}
"""Packages whose words are none of SPDX's, with what they say and why that is good."""
_WORDS = (
    (r"apache", "Apache-2.0"),
    (r"(the )?mit( license)?( \(mit\))?", "MIT"),
    (r"(new |3-clause |modified )?bsd[ -]?3[ -]clause.*|3-clause bsd.*", "BSD-3-Clause"),
    (r"bsd[ -]?2[ -]clause.*", "BSD-2-Clause"),
    (r"bsd( license)?", "BSD"),
    (r"isc( license)?( \(iscl\))?", "ISC"),
    (r"mozilla public license 2\.0.*", "MPL-2.0"),
    (r"python software foundation license|psfl?|psf-2\.0", "PSF-2.0"),
)
SHORT = 60
"""Characters of a License field that is a name; longer ones are the licence itself."""


def spdx(word):
    """What SPDX calls it, as far as it is known; else the word.

    >>> spdx("Apache License, Version 2.0"), spdx("BSD 3-Clause License"), spdx("GPL-3.0-only")
    ('Apache-2.0', 'BSD-3-Clause', 'GPL-3.0-only')
    """
    plain = word.strip().lower()
    for pattern, name in _WORDS:
        if plain.startswith("apache") and name == "Apache-2.0":
            return name
        if re.fullmatch(pattern, plain):
            return name
    return word.strip()


def is_allowed(expression):
    """Whether one side of each OR is; AND asks for both.

    >>> is_allowed("MIT OR GPL-2.0-only"), is_allowed("MIT AND GPL-2.0-only"), is_allowed("(MIT) AND (GPL-3.0)")
    (True, False, False)
    """
    if "(" in expression:  # nested: all that is named has to be
        return all(spdx(w) in ALLOWED for w in re.split(r"\s+(?:AND|OR|WITH)\s+|[()]", expression) if w.strip())
    return any(all(spdx(w) in ALLOWED for w in part.split(" AND ")) for part in expression.split(" OR "))


def licence_of(metadata):
    """What a package says: its expression, else a short License field, else its classifiers, which hold together."""
    expression = metadata.get("License-Expression")
    if expression:
        return expression
    said = (metadata.get("License") or "").strip().partition("\n")[0]  # some put the whole licence there
    classifiers = [c.split(" :: ")[-1] for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    if said and len(said) <= SHORT and is_allowed(spdx(said)):
        return spdx(said)
    return " AND ".join(spdx(c) for c in classifiers) or said[:SHORT] or "says nothing"


def refused():
    """(package, licence) of each installed one that is under none of the allowed; and how many there are."""
    seen, wrong = 0, []
    for distribution in distributions():
        name, licence = distribution.metadata["Name"], licence_of(distribution.metadata)
        seen += 1
        excused = BY_PACKAGE.get(name, ("", ""))[0] == licence
        if not excused and not is_allowed(licence):
            wrong.append((name, licence))
    return wrong, seen
