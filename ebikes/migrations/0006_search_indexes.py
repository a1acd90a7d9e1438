"""Finding a filed bike by its frame: the other ways of naming have their indexes already."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ebikes", "0005_exports")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="filedbike",
            index=models.Index(
                condition=models.Q(("frame_no__gt", "")), fields=["frame_no"], name="bikes_by_frame_no"
            ),
        ),
    ]
