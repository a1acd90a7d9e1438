"""Migrations that make an empty database, in a third of the time.

Django keeps models of every moment of a migration, and with each constraint, index and table makes anew the models of all
tables that it is tied to: here half of them, three hundred times. None of that is needed while tables are only made: a
constraint is put on a table by its name and columns, and nothing is tied yet to a table that is new.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db.migrations.state import ProjectState

_OPTIONS = ("indexes", "constraints")


@contextmanager
def quick_states() -> Iterator[None]:
    """Migrate so while the block runs. That the schema is the same is tried in tests/config/migrations."""
    with (
        patch.object(ProjectState, "_append_option", _append_option),
        patch.object(ProjectState, "add_model", _add_model),
    ):
        yield


_append_as_django = ProjectState._append_option  # type: ignore[attr-defined]  # noqa: SLF001
_add_as_django = ProjectState.add_model


def _append_option(state: Any, app_label: str, model_name: str, option_name: str, value: Any) -> None:
    if option_name not in _OPTIONS:
        _append_as_django(state, app_label, model_name, option_name, value)
        return
    options = state.models[app_label, model_name].options
    options[option_name] = [*options[option_name], value]
    state.is_delayed = True  # Python in a migration is given models made anew


def _add_model(state: Any, model_state: Any) -> None:
    if "apps" not in state.__dict__:
        _add_as_django(state, model_state)
        return
    apps = state.__dict__.pop("apps")  # so that Django notes the table, and makes no models
    _add_as_django(state, model_state)
    state.__dict__["apps"] = apps
    apps.render_multiple([model_state])
