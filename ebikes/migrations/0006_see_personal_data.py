"""The right to see who somebody is, in full."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ebikes", "0003_append_only")]
    operations: ClassVar = [
        migrations.AlterModelOptions(
            name="owner",
            options={
                "permissions": [("see_personal_data", "查看完整个人信息")],
                "verbose_name": "车主",
                "verbose_name_plural": "车主",
            },
        ),
    ]
