from django.apps import AppConfig
from django.db.backends.signals import connection_created


class Probe(AppConfig):
    name = "probe"

    def ready(self):
        from . import cut

        connection_created.connect(cut.connected)
