"""What the database itself refuses and writes down: SQL in the rooms' `sql/` folders, frozen in migrations.

The files say what the guards are now and can be applied again. A migration carries a copy of its own, so that a later edit
does not change the past: `FROZEN` maps a file's path within the app to its text then. `manage.py makeguards` writes them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from django.apps import AppConfig
from django.db.migrations.loader import MigrationLoader

_FUNCTION = re.compile(r"^CREATE OR REPLACE FUNCTION (\w+)", re.MULTILINE)
_AGGREGATE = re.compile(r"^CREATE OR REPLACE AGGREGATE (\w+\([^)]*\))", re.MULTILINE)
_VIEW = re.compile(r"^CREATE OR REPLACE VIEW (\w+)", re.MULTILINE)
_TRIGGER = re.compile(r"^CREATE (?:OR REPLACE|CONSTRAINT) TRIGGER (\w+)\s[^;]*?\bON (\w+)", re.MULTILINE)
_AUDITED = re.compile(r"^SELECT audit_table\('(\w+)'", re.MULTILINE)
# What says who may do what with a table, and the way back.
_RIGHTS = {
    re.compile(
        r"^SELECT written_by_database\('(\w+)'\)", re.MULTILINE
    ): "GRANT INSERT, UPDATE ON {} TO ebike_app",
    re.compile(r"^SELECT application_deletes\('(\w+)'\)", re.MULTILINE): "REVOKE DELETE ON {} FROM ebike_app",
    re.compile(r"^SELECT auditors_read\('(\w+)'", re.MULTILINE): "REVOKE ALL ON {} FROM ebike_auditor",
}
# Who sees which rows of a table (core/districts).
_SHOWN = re.compile(r"^SELECT (?:shows_where|of_\w+)\('(\w+)'", re.MULTILINE)
_POLICIES = ("of_the_readers_districts", "of_every_district", "of_every_reader")
_FILLED = re.compile(r"^SELECT fills_district\('(\w+)'", re.MULTILINE)
_SAME = re.compile(r"^SELECT same_district\('(\w+)', '(\w+)'", re.MULTILINE)
_DECIDED_BY = re.compile(r"^SELECT decided_by_whoever_may\('(\w+)', '(\w+)'", re.MULTILINE)
_AUDIT_TRIGGERS = ("audited_insert", "audited_update", "audited_delete", "truncate_is_refused")
# Written in another way, a guard could not be applied again, or its way back would not be known.
_NOT_AGAIN = re.compile(r"^CREATE (?!OR REPLACE|CONSTRAINT TRIGGER)\w.*", re.MULTILINE)


class UnlistedGuards(ValueError):
    """A file under sql/ that the app's `guards` do not name, or the other way round; or one that cannot be applied again."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file whose text is not what was frozen last: what it does not make any more, and the whole way back."""

    path: str
    dropped: str
    backwards: str


def guards_of(app: AppConfig) -> dict[str, str]:
    """The app's guards as its rooms have them now, in the order in which they are applied. Raises UnlistedGuards."""
    listed: tuple[str, ...] = getattr(app, "guards", ())
    root = Path(app.path)
    found = {file.relative_to(root).as_posix() for file in root.rglob("sql/*.sql")}
    if found != set(listed):
        raise UnlistedGuards(f"{app.label}: {sorted(found ^ set(listed))}")
    texts = {path: (root / path).read_text(encoding="utf-8") for path in listed}
    for path, text in texts.items():
        if wrong := _NOT_AGAIN.search(text):
            raise UnlistedGuards(f"{app.label}/{path}: {wrong[0]}")
    return texts


def frozen(app: AppConfig) -> dict[str, str]:
    """The text of each file that the newest migration which holds it froze."""
    texts: dict[str, str] = {}
    for name in sorted(key for label, key in MigrationLoader(None).disk_migrations if label == app.label):
        texts |= getattr(import_module(f"{app.name}.migrations.{name}"), "FROZEN", {})
    return texts


def changes(app: AppConfig) -> list[Change]:
    """What has to be frozen, in the order in which it is applied; files that are gone come first."""
    now, before = guards_of(app), frozen(app)
    gone = [path for path, text in before.items() if text and path not in now]
    changed = [path for path, text in now.items() if text != before.get(path)]
    return [_change(path, old=before.get(path, ""), new=now.get(path, "")) for path in (*gone, *changed)]


def _change(path: str, *, old: str, new: str) -> Change:
    return Change(path, dropped=_drops(old, new), backwards=_drops(new, old) + old)


def _drops(old: str, new: str) -> str:
    """Statements that drop what `old` made and `new` does not make any more."""
    kept = set(_made(new))
    return "".join(f"{statement};\n" for statement in _made(old) if statement not in kept)


def _made(text: str) -> Iterator[str]:
    """What drops each thing that these statements make: triggers first, then what they stand on."""
    decided = [
        (f"{by}_{when}", table) for table, by in _DECIDED_BY.findall(text) for when in ("may", "may_now")
    ]
    for name, table in _TRIGGER.findall(text) + decided:
        yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
    for table in _AUDITED.findall(text):
        yield from (f"DROP TRIGGER IF EXISTS {name} ON {table}" for name in _AUDIT_TRIGGERS)
    yield from _of_districts(text)
    for pattern, back in _RIGHTS.items():
        yield from (back.format(table) for table in pattern.findall(text))
    for signature in _AGGREGATE.findall(text):
        yield f"DROP AGGREGATE IF EXISTS {signature}"
    for name in _FUNCTION.findall(text):
        yield f"DROP FUNCTION IF EXISTS {name} CASCADE"
    for name in _VIEW.findall(text):
        yield f"DROP VIEW IF EXISTS {name} CASCADE"


def _of_districts(text: str) -> Iterator[str]:
    for table in _SHOWN.findall(text):
        yield from (f"DROP POLICY IF EXISTS {name} ON {table}" for name in _POLICIES)
        yield f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
    for table in _FILLED.findall(text):
        yield from (
            f"DROP TRIGGER IF EXISTS a_district_{name} ON {table}" for name in ("is_filled_in", "stays")
        )
    for table, column in _SAME.findall(text):
        for when in ("", "_when_made"):
            yield f"DROP TRIGGER IF EXISTS {column}_is_of_the_district{when} ON {table}"


def as_migration(app: AppConfig, found: list[Change], *, depends: list[tuple[str, str]]) -> str:
    """The text of a migration that makes these changes, and carries all that it needs."""
    texts = guards_of(app)
    names = ", ".join(f'("{label}", "{name}")' for label, name in depends)
    return f'''"""What the database itself refuses and writes down, as it was when this was made. Written by `makeguards`."""

from typing import ClassVar

from django.db import migrations

# The files as they were: the next migration of this kind begins here.
FROZEN = {{
{_dict({each.path: texts.get(each.path, "") for each in found})}}}
# What they do not make any more.
DROPPED = {{
{_dict({each.path: each.dropped for each in found if each.dropped})}}}
BACKWARDS = {{
{_dict({each.path: each.backwards for each in found})}}}


class Migration(migrations.Migration):
    dependencies: ClassVar = [{names}]
    operations: ClassVar = [
        migrations.RunSQL([DROPPED.get(path, "") + text], [BACKWARDS[path]]) for path, text in FROZEN.items()
    ]
'''


def _dict(texts: dict[str, str]) -> str:
    return "".join(f'    "{path}": r"""{text}""",\n' for path, text in texts.items())
