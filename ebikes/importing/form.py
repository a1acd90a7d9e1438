"""One record as it is being typed: what is wrong with each field, by the same rules as a whole file."""

from collections.abc import Iterable, Mapping
from typing import Any

from ebikes.importing import identity
from ebikes.importing.columns import Column, value_of
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.problems import PERSONAL_COLUMNS, Problem, sentence
from ebikes.importing.text import Cell


def wrong_fields(kind: str, cells: Mapping[str, Cell], *, among: Iterable[str]) -> dict[str, str]:
    """The sentence for each of these fields that is not right, by its key. A number is judged by its document's kind."""
    wrong: dict[str, str] = {}
    values: dict[str, Any] = {}
    for column in LAYOUTS[kind].columns:
        try:
            values[column.key] = value_of(column, cells.get(column.key))
        except Problem as problem:
            wrong[column.key] = _sentence(problem, column)
    if {"id_no", "id_kind"} <= values.keys():
        try:
            identity.id_no(values["id_kind"], values["id_no"])
        except Problem as problem:
            wrong["id_no"] = _sentence(problem, None)
    asked = set(among)
    return {key: text for key, text in wrong.items() if key in asked}


def _sentence(problem: Problem, column: Column | None) -> str:
    problem.personal = problem.personal or (column is not None and column.key in PERSONAL_COLUMNS)
    params = {"column": column.title if column else "", **problem.as_stored()["params"]}
    return sentence(problem.kind, params)
