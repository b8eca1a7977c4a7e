from django.core.management.base import BaseCommand, CommandError
from probe import cut
from probe.models import Mark


class Command(BaseCommand):
    help = "Writes two rows, or none if it is interrupted."

    def add_arguments(self, parser):
        parser.add_argument("what")
        parser.add_argument("--fail", action="store_true")

    def handle(self, *, what, fail, **options):
        Mark.objects.create(what=f"{what} begun")
        cut.at(what)
        if fail:
            raise CommandError(f"no {what} today")
        Mark.objects.create(what=f"{what} done")
        self.stdout.write(f"marked {what}")
