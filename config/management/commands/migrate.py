"""Django's migrate, as the owner of the schema; and one that cannot have its lock gives up, so that nobody waits."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connection

from core.database.owner import NoOwner, as_owner

LOCK_TIMEOUT = "5s"


class Command(DjangoMigrate):
    def handle(self, *args: Any, **options: Any) -> str | None:
        try:
            with as_owner():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
                return super().handle(*args, **options)
        except NoOwner as error:
            raise CommandError(str(error)) from error
