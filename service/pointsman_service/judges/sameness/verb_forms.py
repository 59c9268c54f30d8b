"""Forms of one verb that no ending tells: who asks when something "took place" is answered that it "takes place"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pointsman_service.judges.sameness.folded_text import stem

_VERBS = (
    "take took taken,write wrote written,win won,give gave given,make made,find found,fight fought,begin began begun,"
    "become became,lead led,buy bought,sell sold,sing sang sung,go went gone,come came,run ran,fall fell fallen,"
    "drive drove driven,eat ate eaten,drink drank drunk,speak spoke spoken,know knew known,grow grew grown,build built,"
    "spend spent,pay paid,hold held,meet met,see saw seen,get got gotten,lose lost,break broke broken,draw drew drawn,"
    "fly flew flown,steal stole stolen,think thought,bring brought,catch caught,teach taught,tell told,say said,"
    "send sent,keep kept,sleep slept,wear wore worn,choose chose chosen,rise rose risen,ride rode ridden,shoot shot,"
    "strike struck,swim swam swum,throw threw thrown,wake woke woken,die died,stand stood,sit sat,"
    "remain remaining left"
)
_FORMS = _VERBS.split(",")
_FAMILIES: Mapping[str, frozenset[str]] = {
    stem(form): frozenset(map(stem, forms.split())) for forms in _FORMS for form in forms.split()
}


def with_forms(stems: Iterable[str]) -> frozenset[str]:
    """The stems, and those of the other forms of the verbs among them.

    >>> sorted(with_forms(["took", "place"]))
    ['place', 'tak', 'taken', 'took']
    """
    given = frozenset(stems)
    return given.union(*(_FAMILIES[word] for word in _FAMILIES.keys() & given))
