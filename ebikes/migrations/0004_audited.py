"""What changes in the registers is audited, and what money touched is kept: see ebikes/sql/audited.sql."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ebikes", "0003_append_only"), ("merchants", "0003_audit_guards")]
    operations: ClassVar = [migrations.RunSQL([(SQL / "audited.sql").read_text(encoding="utf-8")])]
