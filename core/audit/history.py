"""The audit trail in words: whose record an entry is about, and what changed in it, field by field."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection, models
from django.db.models import QuerySet, Value
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.accounts.roles import title_of, title_of_right
from core.audit.wording import DETAILS, NUMBERS, PARTS, TOLD, VALUES, VERBS
from core.models import AuditEntry, User
from core.money import without_unit, yuan
from core.shanghai import in_words
from core.storable import is_key

# Tables that join two models have no name of their own.
_JOINS = {
    "core.user_groups": gettext_lazy("角色"),
    "core.user_user_permissions": gettext_lazy("角色以外的权限"),
    "merchants.training_attended_by": gettext_lazy("到场商户"),
    "merchants.tradeinevent_merchants": gettext_lazy("参加商户"),
    "auth.group": gettext_lazy("角色"),
    "auth.group_permissions": gettext_lazy("角色的权限"),
}
_SKIP_SCAN = """
    WITH RECURSIVE kinds AS (
        (SELECT object_type FROM core_auditentry ORDER BY object_type LIMIT 1)
        UNION ALL
        SELECT (SELECT object_type FROM core_auditentry e WHERE e.object_type > k.object_type
                ORDER BY object_type LIMIT 1)
        FROM kinds k WHERE k.object_type IS NOT NULL
    )
    SELECT object_type FROM kinds WHERE object_type > ''
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One field, before and after; None where the row was not there."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """Something that a record's own history knows, beside the trail."""

    at: datetime
    by: User | None
    what: str


# Records that keep a history of their own: label → what is shown above the trail of one of them, from its key.
HISTORIES: dict[str, Callable[[str], list[Move]]] = {}


def model_of(label: str) -> type[models.Model] | None:
    """The model of that label; None for one that is no more."""
    try:
        return apps.get_model(label) if label else None
    except (LookupError, ValueError):
        return None


def name_of(label: str) -> str:
    """What a model is called; a label that means nothing any more stands for itself."""
    model = model_of(label)
    return str(_JOINS.get(label) or (model._meta.verbose_name if model else label))


def kinds_of_objects() -> list[str]:
    """The labels that occur, found along the index: one step each, however many entries there are."""
    with connection.cursor() as cursor:
        cursor.execute(_SKIP_SCAN)
        return [label for (label,) in cursor.fetchall()]


def subject(entry: AuditEntry) -> str:
    """Which record: its kind, its number, and the part of it that the entry is about."""
    if not entry.object_type:
        return ""
    number = ""
    if entry.object_id:
        known = getattr(entry, "known_as", None) or number_of(entry.object_type, entry.object_id)
        number = f" {known}"
    part = entry.detail.get("part")
    return f"{name_of(entry.object_type)}{number}" + (f" · {name_of(part)}" if part else "")


def known_as(asked: Mapping[str, Collection[str]]) -> dict[tuple[str, str], str]:
    """By what people know records of several kinds: keys by label; their numbers by label and key. One query."""
    found = [rows for label, keys in sorted(asked.items()) if (rows := _numbers(label, keys)) is not None]
    if not found:
        return {}
    together = found[0].union(*found[1:], all=True)
    return {(label, str(key)): number for label, key, number in together if number}


def number_of(label: str, key: str) -> str:
    """What one record is known as; `#7` where it has no number of its own, or is no more."""
    return known_as({label: [key]}).get((label, key), f"#{key}")


def _numbers(label: str, keys: Collection[str]) -> QuerySet[Any, Any] | None:
    model, way = model_of(label), NUMBERS.get(label)
    numbers = [key for key in keys if is_key(key)]
    if model is None or way is None or not numbers:
        return None
    told = {"of": Value(label), "called": Cast(way, models.TextField())}
    rows: QuerySet[Any, Any] = model._default_manager.filter(pk__in=numbers).order_by().annotate(**told)
    return rows.values_list("of", "pk", "called")


def name_together(entries: Sequence[AuditEntry]) -> None:
    """Look up for a page of entries what their records are known as."""
    asked: dict[str, set[str]] = {}
    for entry in entries:
        asked.setdefault(entry.object_type, set()).add(entry.object_id)
    known = known_as(asked)
    for entry in entries:
        own = (entry.object_type, entry.object_id)
        entry.known_as = known.get(own, f"#{entry.object_id}")  # type: ignore[attr-defined]


def by_what(entry: AuditEntry) -> str:
    """By which way, where nobody is named: the system itself, or somebody at a console."""
    verb = entry.detail.get("verb", "")
    return str(VERBS.get(verb, verb))


def changes(entry: AuditEntry) -> list[Change]:
    """What changed, in the order of the model's fields and by their names. New rows: only what was filled in."""
    found = []
    for key, field in _fields(entry):
        before, after = (
            None if side is None else _words(field, side.get(key)) for side in (entry.before, entry.after)
        )
        found.append(Change(_name(key, field), before, after))
    return found


def changed_fields(entry: AuditEntry) -> list[str]:
    """The names alone: they are asked of nobody."""
    return [_name(key, field) for key, field in _fields(entry)]


def _fields(entry: AuditEntry) -> list[tuple[str, Any]]:
    """The columns that say something, each with its field; a column that is no more has none."""
    model = model_of(entry.detail.get("part") or entry.object_type)
    known = {field.attname: field for field in model._meta.concrete_fields} if model else {}
    sides = [side for side in (entry.before, entry.after) if side]
    said = {key for side in sides for key, value in side.items() if value not in (None, "", [], {})}
    return [(key, known[key]) for key in known if key in said] + [
        (key, None) for key in sorted(said - known.keys())
    ]


def _name(key: str, field: Any) -> str:
    if field is None:
        return key
    return without_unit(field.verbose_name) + _("(元)") if key.endswith("_fen") else str(field.verbose_name)


def _words(field: Any, value: Any) -> str:
    if value is None or value == "":
        return "—"
    if value == {"sealed": True}:
        return _("已加密，不显示")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(field, models.ForeignKey):
        return _related(field, value)
    if isinstance(value, list | dict):
        return _several(field, value)
    return _plain(field, value)


def _plain(field: Any, value: Any) -> str:
    """A number, a text or a moment: money in yuan, a choice by its title."""
    if field is not None and field.name.endswith("_fen") and isinstance(value, int):
        return yuan(value)
    if field is not None and field.model is Group:
        return title_of(value)
    if field is not None and (tell := TOLD.get(f"{field.model._meta.label_lower}.{field.name}")):
        return tell(value)
    told = dict(getattr(field, "flatchoices", ())).get(value, value)
    return in_words(told) if isinstance(field, models.DateTimeField) else str(told)


def _several(field: Any, value: list[Any] | dict[str, Any]) -> str:
    """A list in words; of what has names of its own, each behind its name."""
    if isinstance(value, dict):
        return _("、").join(_named_part(key, each) for key, each in value.items()) or "—"
    known = VALUES.get(field.name, {}) if field is not None else {}
    return _parts(value, known)


def _parts(values: list[Any], known: Mapping[str, str | Promise]) -> str:
    """A list in words, of codes by what they are `known` as."""
    parts = [str(known.get(each, each)) if isinstance(each, str) else _part(each) for each in values]
    return _("、").join(parts) or "—"


def _named_part(key: str, value: Any) -> str:
    """One value within another, behind its name: money in yuan, a moment as moments are told."""
    name = str(PARTS.get(key, DETAILS.get(key, VALUES.get("kind", {}).get(key, key))))
    if (key == "fen" or key.endswith("_fen")) and isinstance(value, int):
        told = yuan(value)
    elif isinstance(value, str):
        told = str(VALUES.get(key, {}).get(value, in_words(value))) or "—"
    elif isinstance(value, list):
        told = _parts(value, VALUES.get(key, {}))
    else:
        told = _part(value)
    return _("%(name)s：%(value)s") % {"name": name, "value": told}


def _part(value: Any) -> str:
    return f"({_several(None, value)})" if isinstance(value, dict) and value else _words(None, value)


def _related(field: Any, value: Any) -> str:
    """The record that a key names, as it is called now."""
    label, key = field.related_model._meta.label_lower, str(value)
    if number := known_as({label: [key]}).get((label, key)):
        return number
    found = field.related_model._default_manager.filter(pk=value).first()
    if isinstance(found, Group):
        return title_of(found.name)
    if isinstance(found, Permission):
        return title_of_right(found)
    return f"{found} (#{value})" if found is not None else f"#{value}"


def details(entry: AuditEntry) -> list[tuple[str, str]]:
    """What else the entry says, by name. Of whose part it is stands with the subject."""
    said = {key: value for key, value in entry.detail.items() if key not in ("part", "part_id")}
    keys = [key for key in DETAILS if key in said] + sorted(said.keys() - DETAILS.keys())
    return [(str(DETAILS.get(key, key)), _detail(entry, key, said[key])) for key in keys]


def _detail(entry: AuditEntry, key: str, value: Any) -> str:
    model = model_of(entry.object_type)
    if key == "verb":
        return by_what(entry)
    if key in ("from", "to", "state") and model is not None:
        return _words(model._meta.get_field("state"), value)
    if key == "budget_fen" and isinstance(value, int):
        return yuan(value)
    return _words(None, _named(key, value))


def _named(key: str, value: Any) -> Any:
    """The value with what it names called by its name."""
    known = VALUES.get(key, {})
    if isinstance(value, dict):
        return [f"{name_of(label)} {number}" for label, number in value.items()]
    if isinstance(value, list):
        return [known.get(each, each) for each in value]
    if isinstance(value, str):
        return name_of(value) if key == "list" else known.get(value, value)
    return value
