"""What the database itself refuses and writes down."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

APP = Path(__file__).resolve().parent.parent


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ebikes", "0001_initial"), ("core", "0002_guards")]
    operations: ClassVar = [
        migrations.RunSQL([(APP / "evidence/sql/append_only.sql").read_text(encoding="utf-8")]),
        migrations.RunSQL([(APP / "records/sql/audited.sql").read_text(encoding="utf-8")]),
    ]
