"""Derives from a statement's text which shard it is about: that of the conversation, or person,
which one parameter names for every table.

That is asked of a text once. A statement of which it is not certain is asked of Citus, which finds
out by itself.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

COPIED = 0  # the group of tables of which every node has a copy


class Table(NamedTuple):
    group: int  # of tables whose shards are in the same places
    column: str = ""  # by which it is distributed; none where it is copied


class Binding(NamedTuple):
    """`parameter` is the id by which the tables of the group are distributed, or several ids; it is
    empty where no shard is named. `tables` are those that the statement looks into."""

    group: int
    parameter: str
    tables: tuple[str, ...]


class Unbound(Enum):
    UNKNOWN = "it looks into tables that are apart, or is no plain question"
    LOCAL = "it looks into tables of the coordinator alone"


# Statements are composed of constants in which keywords are in capitals and names are not.
_TABLE = re.compile(r"(?<!DISTINCT )\b(?:FROM|JOIN) ([a-z]\w*)(?!\w*[.(])(?: (?:AS )?([a-z]\w*))?")
_COMMON = re.compile(
    r"(?:\bWITH(?: RECURSIVE)?|,) ([a-z]\w*)(?:\([^)]*\))? AS (?:(?:NOT )?MATERIALIZED )?\("
)
_NO_QUESTION = re.compile(
    r"\b(?:INSERT|UPDATE|DELETE|MERGE|SHARE|nextval|set_config|pg_\w*advisory\w*|pg_notify)\b"
)
_VALUE = r"(?:%\((\w+)\)s(?:::uuid)?(?![\w:])|ANY\(%\((\w+)\)s::uuid\[\]\))"


def binding_of(text: str, tables: Mapping[str, Table]) -> Binding | Unbound:
    """`tables` are all that are distributed or copied."""
    text = " ".join(text.split())
    if _NO_QUESTION.search(text):
        return Unbound.UNKNOWN
    common = set(_COMMON.findall(text))
    found = [pair for pair in _TABLE.findall(text) if pair[0] not in common]
    if any(name not in tables for name, _ in found):
        return Unbound.LOCAL if not any(name in tables for name, _ in found) else Unbound.UNKNOWN
    named = Counter(name for name, _ in found)
    if not named or named != _all_named(text, tables):
        return Unbound.UNKNOWN
    groups = {tables[name].group for name in named} - {COPIED}
    if not groups:
        return Binding(COPIED, "", tuple(named))
    if len(groups) > 1:
        return Unbound.UNKNOWN
    places = Counter(
        (tables[name].column, alias) for name, alias in found if tables[name].group != COPIED
    )
    common_to_all = [set(_parameters(text, *place, count)) for place, count in places.items()]
    parameters = set.intersection(*common_to_all)
    return Binding(groups.pop(), parameters.pop() if len(parameters) == 1 else "", tuple(named))


def _all_named(text: str, tables: Mapping[str, Table]) -> Counter[str]:
    """However they are named, as in a list after FROM, or as a type."""
    words = re.findall(r"(?<![\w.])([a-z]\w*)(?![\w.])", text)
    return Counter(word for word in words if word in tables)


def _parameters(text: str, column: str, alias: str, count: int) -> Iterator[str]:
    """Those that the column is equal to as often as the table is named."""
    before = rf"\b{alias}\." if alias else r"(?<![\w.])"
    values = Counter(
        one or several for one, several in re.findall(rf"{before}{column} = {_VALUE}", text)
    )
    return (name for name, times in values.items() if times >= count)
