from django.db import migrations

from probe import cut


def mark(apps, schema_editor):
    Mark = apps.get_model("probe", "Mark")
    Mark.objects.using(schema_editor.connection.alias).create(what="migrated")
    cut.at("migration")


class Migration(migrations.Migration):
    dependencies = [("probe", "0001_initial")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
