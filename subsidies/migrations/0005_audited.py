"""What people change about schemes, payouts and claims is audited: see subsidies/sql/audited.sql."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subsidies", "0004_hold_guards"), ("ebikes", "0004_audited")]
    operations: ClassVar = [migrations.RunSQL([(SQL / "audited.sql").read_text(encoding="utf-8")])]
