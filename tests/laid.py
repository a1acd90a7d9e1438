"""Rows that every test of a module begins with are laid once, before the first; each test finds them as they were made.

`@laid` makes a fixture of a function that returns a row, out of other such rows. Where all tests of a module ask for it, it
is laid in a transaction around them all, and each test is given its own copy (`again`); elsewhere each test lays it itself.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import singledispatch
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model
from django.test import Client

Lay = Callable[..., Any]
Kept = Mapping[str, Any]


def laid(lay: Lay) -> Any:
    """A fixture that returns this row, this browser, or several of them by their names."""

    def found(_rows_of_module: Kept, **asked: Any) -> Any:
        name = lay.__name__
        return again(_rows_of_module[name]) if name in _rows_of_module else lay(**asked)

    kept = inspect.Parameter("_rows_of_module", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found.__signature__ = inspect.Signature([kept, *inspect.signature(lay).parameters.values()])  # type: ignore[attr-defined]
    found.lay = lay  # type: ignore[attr-defined]
    return pytest.fixture(name=lay.__name__)(found)


@singledispatch
def again(there: Any) -> Any:
    """The same, as it was laid, for one more test."""
    raise TypeError(f"what a test did to a {type(there).__name__} would be seen by the next")


@again.register
def _row(there: Model) -> Model:
    return type(there)._base_manager.get(pk=there.pk)


@again.register
def _browser(there: Client) -> Client:
    client = Client()
    client.cookies = deepcopy(there.cookies)
    return client


@again.register
def _named(there: dict) -> dict[str, Any]:  # type: ignore[type-arg]
    return {name: again(each) for name, each in there.items()}


@pytest.fixture(scope="module", autouse=True)
def _rows_of_module(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[Kept]:
    """What this module's tests have in common, by the names of the fixtures."""
    common = _in_common([item for item in request.session.items if item.path == request.path])
    if not common:
        yield {}
        return
    request.getfixturevalue("django_db_setup")
    rows: dict[str, Any] = {}
    with django_db_blocker.unblock(), transaction.atomic():
        while len(rows) < len(common):
            for name, lay in common.items():
                parts = inspect.signature(lay).parameters
                if name not in rows and rows.keys() >= parts.keys():
                    rows[name] = lay(**{part: rows[part] for part in parts})
        yield rows
        transaction.set_rollback(True)


def _in_common(tests: list[Any]) -> dict[str, Lay]:
    """What each of the tests asks for, and may be laid before all: made of nothing but its like."""
    if not all(map(_is_taken_back, tests)):
        return {}
    asked = [_laid_for(test) for test in tests]
    common = {name: lay for name, lay in asked[0].items() if all(each.get(name) is lay for each in asked)}
    while beyond := [
        name for name, lay in common.items() if inspect.signature(lay).parameters.keys() - common
    ]:
        for name in beyond:
            del common[name]
    return common


def _is_taken_back(test: Any) -> bool:
    marked = test.get_closest_marker("django_db")
    own = {"transactional_db", "live_server", "module_db"}
    return marked is not None and not marked.kwargs.get("transaction") and not own & {*test.fixturenames}


def _laid_for(test: Any) -> dict[str, Lay]:
    fixtures = test._fixtureinfo.name2fixturedefs
    return {name: there[-1].func.lay for name, there in fixtures.items() if hasattr(there[-1].func, "lay")}
