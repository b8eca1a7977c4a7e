from django.core.management.base import BaseCommand
from probe.models import Mark


class Command(BaseCommand):
    help = "Prints the rows in their order."

    def handle(self, **options):
        self.stdout.write(", ".join(Mark.objects.order_by("id").values_list("what", flat=True)))
