"""Inspections, spot checks and events are audited like the other tables: see merchants/sql/audit.sql."""

from typing import ClassVar

from django.db import migrations

TABLES = """
    SELECT audit_table('merchants_inspection', 'merchants.inspection');
    SELECT audit_table('merchants_samplinglot', 'merchants.samplinglot');
    SELECT audit_table('merchants_tradeinevent', 'merchants.tradeinevent');
    SELECT audit_table('merchants_tradeinevent_merchants', 'merchants.tradeinevent_merchants',
                       part_of => 'merchants.tradeinevent', of_column => 'tradeinevent_id');
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("merchants", "0004_inspections")]
    operations: ClassVar = [migrations.RunSQL(TABLES)]
