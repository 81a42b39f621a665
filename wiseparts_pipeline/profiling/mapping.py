"""Matches the columns of a file to those of an entity, and finds the entity that fits best."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import networkx as nx

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Column, Entity, Type
from wiseparts_pipeline.profiling.columns.profile import ColumnProfile
from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.terms import Term, likeness, meaning_key, meanings, named_like

# A lower score is no evidence.
_LEAST = 0.5
# A number of days among words, such as `Net 30` or `30 Tage netto`.
DAYS = re.compile(r"\D*\b(\d{1,3})\b\D*")
FROM_DOUBT = (Confidence.GUESS, Confidence.LIKELY, Confidence.SURE)
# Scores that differ by less do not decide.
_CLOSE = 0.05
_MOST_VALUES_OF_A_SET = 40


@dataclass(frozen=True)
class Match:
    """A column of a file that is matched to a column of an entity (`target`). `rivals`: others that it may be."""

    column: ColumnProfile
    target: str
    score: float
    term: Term | None
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True)
class EntityMapping:
    """The best assignment for an entity: the matches by its columns. `points`: how well the entity fits."""

    entity: Entity
    matches: Mapping[str, Match]
    points: float = 0.0

    @property
    def evidence(self) -> str:
        """Which of the columns that every record needs the file has, and which it has not."""
        needed = [target.name for target in self.entity.columns if is_needed(target)]
        found = [name for name in needed if name in self.matches]
        lacking = [name for name in needed if name not in self.matches]
        has = f"it has {', '.join(found)}" if found else "it has none of the columns that it needs"
        return f"{has} and lacks {', '.join(lacking)}" if lacking and found else has


def map_columns(columns: Sequence[ColumnProfile], entity: Entity) -> dict[str, Match]:
    """Matches each column of the entity to at most one of the file, and vice versa, for the best fit overall."""
    graph = nx.Graph()
    found: dict[tuple[int, str], Match] = {}
    for position, column in enumerate(columns):
        for target in entity.columns:
            like = likeness(column.name, entity, target.name)
            score = like.score * fit(column, target, entity)
            if score >= _LEAST:
                found[position, target.name] = Match(column, target.name, score, like.term)
                # Squared: one good match is better than two poor ones. Needed columns first, then in file order.
                weight = score**2 + 0.03 * is_needed(target) - 1e-6 * position
                graph.add_edge(position, target.name, weight=weight)
    pairs = (sorted(pair, key=lambda node: isinstance(node, str)) for pair in nx.max_weight_matching(graph))
    assigned = {target: (position, found[position, target]) for position, target in pairs}
    taken = {position for position, _ in assigned.values()}
    free = [match for (position, _), match in found.items() if position not in taken and match.column.filled]
    matches = {target.name: assigned[target.name][1] for target in entity.columns if target.name in assigned}
    return {
        name: replace(match, rivals=tuple(each.column.name for each in free if _may_be(each, match, entity[name])))
        for name, match in matches.items()
    }


def _may_be(other: Match, match: Match, target: Column) -> bool:
    """Whether another column may be what is meant as well; a status is often told by several columns together."""
    return other.target == match.target and other.score >= (_LEAST if target.allowed else match.score - _CLOSE)


def is_needed(target: Column) -> bool:
    """Whether a row that creates a record needs the column."""
    return (target.required or target.required_on_create) and target.default is None


def fit(column: ColumnProfile, target: Column, entity: Entity) -> float:
    """How well the cells fit the column of the entity, from 0, not at all, to 1."""
    if not column.filled:
        return 0.85
    if target.type is Type.INT and Type.INT not in column.types:
        return _fit_of_time(column, target)
    if target.type not in column.types or (column.is_percentage and not target.is_percentage):
        return 0.0
    if target.allowed:
        return _fit_of_set(column, target, entity)
    if target.type is not Type.TEXT:
        return 1.0
    if target.name in ("email", "media_urls"):
        return 1.0 if column.shape in ("email", "url") or target.name == "media_urls" else 0.3
    if column.shape in ("email", "url", "uuid"):
        return 0.9 if target.name.endswith("_id") else 0.5
    if target.name == "country_code":
        return 1.0 if column.shape == "country" or _known(column, "country_code") >= 0.5 else 0.3
    if target.name == "currency":
        return 1.0 if column.shape == "currency" else 0.3
    if target.name == "path":
        return 1.0 if column.shape == "path" else 0.9
    if column.is_clock or (column.type in (Type.DATE, Type.TIMESTAMP)):
        return 0.4
    if column.type is Type.NUMBER:
        return 0.95 if target.name.endswith("_id") else 0.6
    if column.type is Type.INT and target.name in ("name", "description", "city", "note"):
        return 0.6
    return 1.0


def _fit_of_time(column: ColumnProfile, target: Column) -> float:
    """Seconds may be written as a duration (`00:03:20`), and days with words (`Net 30`)."""
    if target.name.endswith("_seconds"):
        return 1.0 if column.is_clock else 0.0
    days = sum(count for text, count in column.values.items() if DAYS.fullmatch(text))
    return 0.9 if target.name.endswith("_days") and 2 * days >= column.filled else 0.0


def _fit_of_set(column: ColumnProfile, target: Column, entity: Entity) -> float:
    if column.distinct > _MOST_VALUES_OF_A_SET:
        return 0.0
    known = _known(column, f"{entity.name}.{target.name}")
    return 1.0 if known >= 0.7 else 0.9 if known >= 0.3 else 0.55


def _known(column: ColumnProfile, book: str) -> float:
    """The share of cells whose meaning is known."""
    known = meanings(book)
    return sum(count for text, count in column.values.items() if meaning_key(text) in known) / column.filled


def find_entity(columns: Sequence[ColumnProfile], path: PurePath) -> tuple[Finding[str], list[EntityMapping]]:
    """The entity of a file, and the mapping to every entity that can be recognised, best first."""
    mappings = {entity.name: map_columns(columns, entity) for entity in ENTITIES.values() if entity.recognised}
    shared = Counter(match.column.name for matches in mappings.values() for match in matches.values())
    named: dict[str, float] = {}
    for name, share in ((path.parent.name, 0.5), (path.name.split(".")[0], 1.0)):
        for entity_name, score in named_like(name):
            named[entity_name] = max(named.get(entity_name, 0.0), share * score)
    ranked = sorted(
        (
            EntityMapping(
                ENTITIES[name], matches, _points(ENTITIES[name], matches, columns, shared, named.get(name, 0.0))
            )
            for name, matches in mappings.items()
        ),
        key=lambda mapping: -mapping.points,
    )
    best, second = ranked[0], ranked[1]
    margin = best.points - second.points
    enough = any(key in best.matches for key in best.entity.key)
    confidence = (
        Confidence.SURE
        if margin >= 0.8 and enough
        else Confidence.LIKELY
        if margin >= 0.35 and enough
        else Confidence.GUESS
    )
    why = f"{best.evidence}, by {len(best.matches)} of the file's {len(columns)} columns"
    if named.get(best.entity.name):
        why += " and its name"
    others = [name for name, score in named_like(path.parent.name) if score == 1.0]
    if others and best.entity.name not in others:
        confidence = min(confidence, Confidence.LIKELY, key=FROM_DOUBT.index)
        why += f", though its folder is called {path.parent.name}"
    return Finding(best.entity.name, confidence, f"{why}; next best: {second.entity.name}, {second.evidence}"), ranked


def _points(
    entity: Entity,
    matches: Mapping[str, Match],
    columns: Sequence[ColumnProfile],
    shared: "Counter[str]",
    named: float,
) -> float:
    needed = [target.name for target in entity.columns if is_needed(target)]
    covered = sum(matches[name].score for name in needed if name in matches) / len(needed)
    # A column that every entity has, such as a name, says little.
    distinctive = sum(match.score / shared[match.column.name] for match in matches.values())
    possible = sum(1 / max(shared[column.name], 1) for column in columns if column.name in shared) or 1.0
    keyed = matches[entity.key[0]].score if entity.key[0] in matches else 0.0
    return 2 * covered + 2 * distinctive / possible + 0.5 * keyed + 2.2 * named
