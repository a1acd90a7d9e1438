"""What the database itself refuses: see subsidies/sql/."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subsidies", "0001_initial"), ("ebikes", "0003_append_only")]
    operations: ClassVar = [
        migrations.RunSQL([(SQL / "claims.sql").read_text(encoding="utf-8")]),
        migrations.RunSQL([(SQL / "ledger.sql").read_text(encoding="utf-8")]),
        migrations.RunSQL([(SQL / "payouts.sql").read_text(encoding="utf-8")]),
    ]
