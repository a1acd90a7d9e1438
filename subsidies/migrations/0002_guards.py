"""What the database itself refuses and writes down."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

APP = Path(__file__).resolve().parent.parent


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subsidies", "0001_initial"), ("ebikes", "0002_guards")]
    operations: ClassVar = [
        migrations.RunSQL([(APP / "claims/sql/claims.sql").read_text(encoding="utf-8")]),
        migrations.RunSQL([(APP / "ledger/sql/ledger.sql").read_text(encoding="utf-8")]),
        migrations.RunSQL([(APP / "payouts/sql/payouts.sql").read_text(encoding="utf-8")]),
        migrations.RunSQL([(APP / "review/sql/holds.sql").read_text(encoding="utf-8")]),
        migrations.RunSQL([(APP / "claims/sql/audited.sql").read_text(encoding="utf-8")]),
        migrations.RunSQL([(APP / "schemes/sql/schemes.sql").read_text(encoding="utf-8")]),
    ]
