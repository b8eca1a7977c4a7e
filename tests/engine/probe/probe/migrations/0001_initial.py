from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("what", models.CharField(max_length=80)),
            ],
        ),
    ]
