"""The audit trail is written by triggers and changed by nobody: see merchants/sql/audit.sql and audited.sql."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("merchants", "0002_audit"), ("auth", "0012_alter_user_first_name_max_length")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="auditentry", index=models.Index(fields=["action", "-id"], name="audit_of_a_kind")
        ),
        migrations.AddIndex(
            model_name="auditentry", index=models.Index(fields=["at"], name="audit_of_a_day")
        ),
        migrations.RunSQL([(SQL / "audit.sql").read_text(encoding="utf-8")]),
        migrations.RunSQL([(SQL / "audited.sql").read_text(encoding="utf-8")]),
    ]
