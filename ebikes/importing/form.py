"""One record as it is being typed: what is wrong with each field, by the same rules as a whole file."""

from collections.abc import Iterable, Mapping

from ebikes.importing.columns import Column, Known, Values, broken_rules, checked, notes_on
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.problems import PERSONAL_COLUMNS, Problem, sentence
from ebikes.importing.text import Cell


def wrong_fields(kind: str, cells: Mapping[str, Cell], *, among: Iterable[str]) -> dict[str, str]:
    """The sentence for each of these fields that is not right, by its key. A number is judged by its document's kind."""
    wrong: dict[str, str] = {}
    _judge(kind, cells, wrong)
    asked = set(among)
    return {key: text for key, text in wrong.items() if key in asked}


def right_values(kind: str, cells: Mapping[str, Cell]) -> Values:
    """The fields that are right, as they are stored, by their keys."""
    return _judge(kind, cells, {})


def odd_fields(kind: str, cells: Mapping[str, Cell]) -> list[str]:
    """What somebody should look at again in fields that are right one by one, as times in an impossible order."""
    values = _judge(kind, cells, {})
    try:
        return [_sentence(note, None) for note in notes_on(LAYOUTS[kind], values)]
    except KeyError:
        return []  # not all is there yet


def _judge(kind: str, cells: Mapping[str, Cell], wrong: dict[str, str]) -> Values:
    """The values of what is right; the sentences of what is not go into `wrong`."""
    values: Values = {}
    layout = LAYOUTS[kind]
    for column in layout.columns:
        try:
            values[column.key] = checked(column, cells.get(column.key), values)
        except Problem as problem:
            wrong[column.key] = _sentence(problem, column)
    for broken in broken_rules(layout, values, Known()):
        if broken.key and broken.key not in wrong:
            wrong[broken.key] = _sentence(broken, None)
    return values


def _sentence(problem: Problem, column: Column | None) -> str:
    problem.personal = problem.personal or (column is not None and column.key in PERSONAL_COLUMNS)
    params = {"column": column.title if column else "", **problem.as_stored()["params"]}
    return sentence(problem.kind, params)
