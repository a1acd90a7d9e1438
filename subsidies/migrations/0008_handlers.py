"""Whoever handled a claim never approves it: see subsidies/sql/handlers.sql."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subsidies", "0007_signals")]
    operations: ClassVar = [migrations.RunSQL([(SQL / "handlers.sql").read_text(encoding="utf-8")])]
