from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subsidies", "0008_staff_lists")]

    operations = [
        migrations.AddField(
            model_name="payeechange",
            name="phone_index",
            field=models.BinaryField(
                blank=True, db_index=True, max_length=16, null=True, verbose_name="手机号索引"
            ),
        ),
        migrations.AddField(
            model_name="payeechange",
            name="wallet_index",
            field=models.BinaryField(
                blank=True, db_index=True, max_length=16, null=True, verbose_name="钱包编号索引"
            ),
        ),
        migrations.AddField(
            model_name="signalsweep",
            name="last_payee",
            field=models.BigIntegerField(default=0),
        ),
    ]
