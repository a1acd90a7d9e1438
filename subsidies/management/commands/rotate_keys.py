"""manage.py rotate_keys"""

from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.audit.acting import acting
from core.commands import ProjectCommand
from core.privacy.sealing import SealedField, key_ring

CHUNK = 1000


class Command(ProjectCommand):
    about = gettext_lazy(
        "用 FIELD_KEYS 的第一把密钥重新加密个人信息。可随时中断、重复运行；只增不改的证据仍由旧密钥解密，旧密钥须保留。"
    )
    example = "manage.py rotate_keys"

    def handle(self, *args: Any, **options: Any) -> None:
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, SealedField) and not _append_only(model):
                    self.stdout.write(
                        _("%(field)s：重新加密 %(count)s 项")
                        % {"field": field.context, "count": _rotate(model, field)}
                    )


def _append_only(model: type[models.Model]) -> bool:
    """Evidence and payment orders are never rewritten: their keys stay in the ring."""
    return model._meta.label in {"ebikes.LicensingAnswer", "subsidies.PayoutLine"}


def _rotate(model: type[models.Model], field: SealedField) -> int:
    """Seal again what another key sealed, some rows at a time; return how many."""
    count, last = 0, 0
    while rows := _next_rows(model, field, last):
        with acting("rotate_keys", by=None, now=timezone.now()):
            model._default_manager.bulk_update(rows, [field.name])
        count, last = count + len(rows), rows[-1].pk
    return count


def _next_rows(model: type[models.Model], field: SealedField, last: int) -> list[models.Model]:
    """The next rows, by primary key, whose value starts with another key's id."""
    return list(
        model._default_manager.filter(pk__gt=last)
        .annotate(
            key_id=models.Func(
                models.F(field.name), 0, function="get_byte", output_field=models.IntegerField()
            )
        )
        .exclude(key_id=key_ring().current)
        .exclude(**{f"{field.name}__isnull": True})
        .order_by("pk")
        .only("pk", field.name)[:CHUNK]
    )
