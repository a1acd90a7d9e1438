"""What the database itself refuses: see ebikes/sql/."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ebikes", "0002_initial")]
    operations: ClassVar = [
        migrations.RunSQL([(SQL / "append_only.sql").read_text(encoding="utf-8")]),
    ]
