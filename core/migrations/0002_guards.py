"""What the database itself refuses and writes down."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

APP = Path(__file__).resolve().parent.parent


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL([(APP / "audit/sql/audit.sql").read_text(encoding="utf-8")]),
        migrations.RunSQL([(APP / "audit/sql/audited.sql").read_text(encoding="utf-8")]),
        migrations.RunSQL([(APP / "exports/sql/exports.sql").read_text(encoding="utf-8")]),
    ]
