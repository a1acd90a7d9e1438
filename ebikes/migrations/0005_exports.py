from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import merchants.privacy

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("ebikes", "0004_audited"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="owner",
            options={
                "permissions": [("see_personal_data", "查看完整个人信息")],
                "verbose_name": "车主",
                "verbose_name_plural": "车主",
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("model_label", models.CharField(max_length=64, verbose_name="列表")),
                ("query", merchants.privacy.SealedField(verbose_name="筛选条件")),
                (
                    "file_format",
                    models.CharField(
                        choices=[("xlsx", "XLSX(Excel、WPS)"), ("csv", "CSV")],
                        max_length=4,
                        verbose_name="格式",
                    ),
                ),
                ("personal", models.BooleanField(default=False, verbose_name="完整个人信息")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="用途")),
                ("language", models.CharField(max_length=10, verbose_name="语言")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等待中"),
                            ("writing", "生成中"),
                            ("ready", "可下载"),
                            ("failed", "未完成"),
                            ("expired", "已过期"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="尝试次数")),
                (
                    "rows_expected",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="应有行数"),
                ),
                ("rows_written", models.PositiveIntegerField(default=0, verbose_name="已写行数")),
                ("failure", models.CharField(blank=True, max_length=200, verbose_name="失败原因")),
                ("file_name", models.CharField(max_length=255, verbose_name="文件名")),
                ("file_sha256", models.CharField(blank=True, max_length=64, verbose_name="文件指纹")),
                ("file_size", models.PositiveBigIntegerField(default=0, verbose_name="文件大小")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="完成时间")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="保留至")),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
                    ),
                ),
            ],
            options={
                "verbose_name": "导出",
                "verbose_name_plural": "导出记录",
                "ordering": ["-id"],
                "permissions": [("view_every_export", "查看所有人的导出记录")],
                "indexes": [
                    models.Index(fields=["asked_by", "-id"], name="exports_of_a_person"),
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "writing"])),
                        fields=["id"],
                        name="exports_to_write",
                    ),
                    models.Index(
                        condition=models.Q(("state", "ready")),
                        fields=["expires_at"],
                        name="exports_to_remove",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("personal", False), ("note__gt", ""), _connector="OR"),
                        name="personal_data_leaves_for_a_purpose",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["ready", "expired"]), _negated=True),
                            models.Q(
                                ("expires_at__isnull", False),
                                ("file_sha256__gt", ""),
                                ("finished_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="an_export_that_is_ready_has_a_file",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("failure__gt", ""), ("state", "failed")),
                            models.Q(models.Q(("state", "failed"), _negated=True), ("failure", "")),
                            _connector="OR",
                        ),
                        name="an_export_fails_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.RunSQL([(SQL / "exports.sql").read_text(encoding="utf-8")]),
    ]
