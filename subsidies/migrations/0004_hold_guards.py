"""What the database itself refuses about held claims: see subsidies/sql/holds.sql."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subsidies", "0003_holds")]
    operations: ClassVar = [migrations.RunSQL([(SQL / "holds.sql").read_text(encoding="utf-8")])]
