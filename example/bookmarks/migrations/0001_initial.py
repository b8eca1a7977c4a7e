import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Bookmark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", models.URLField(max_length=500, unique=True, verbose_name="address")),
                ("title", models.CharField(blank=True, max_length=300)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="added")),
                ("checked_at", models.DateTimeField(editable=False, null=True, verbose_name="checked")),
                ("problem", models.CharField(blank=True, editable=False, max_length=200)),
            ],
            options={"ordering": ["-added_at", "-pk"]},
        ),
        migrations.CreateModel(
            name="Refresh",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ran_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="ran")),
                ("queued", models.PositiveIntegerField(default=0, verbose_name="bookmarks queued")),
            ],
            options={
                "verbose_name_plural": "refreshes",
                "ordering": ["-ran_at"],
                "get_latest_by": "ran_at",
            },
        ),
    ]
